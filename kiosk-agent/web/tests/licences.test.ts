import { type PageSnapshot, setLanguage } from "@smarthall/ui";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp, h, ref } from "vue";
import { start } from "../src/flow";
import { entries } from "../src/home";
import LicencesView from "../src/licences/LicencesView.vue";
import { day, faced, span } from "../src/licences/licence";
import { openDoor } from "../src/terminal/door";
import { card, snapshot } from "./fixture.mjs";

const one = {
  id: "01L",
  name: "\u8425\u4e1a\u6267\u7167",
  number: "3301****0001",
  holder: "\u97e9*",
  issuer: "market",
  from: "2026-11-02",
  left: 1,
};

/** Answers by method and path, in order; the last one stays. */
const answers = new Map<string, { status: number; body: unknown }[]>();
let asked: string[] = [];

beforeEach(() => {
  asked = [];
  answers.clear();
  answers.set("GET", [{ status: 200, body: { camera: false } }]);
  answers.set("GET /licences", [{ status: 200, body: { licences: [one] } }]);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const what = `${init.method} ${url.replace(/^\/terminal\/[^/]+/, "")}`.trim();
    asked.push(`${what} ${init.body ?? ""}`.trim());
    const list = answers.get(what) ?? [{ status: 404, body: {} }];
    const { status, body } = (list.length > 1 ? list.shift() : list[0]) ?? { status: 500, body: {} };
    return new Response(JSON.stringify(body), { status });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  setLanguage("zh-CN");
});

/** settle lets all that waits for an answer go on. */
const settle = () => new Promise((done) => setTimeout(done, 20));

/** open shows the view as the page does. */
async function open() {
  const inside = ref<{ back(): boolean; says: string }>();
  const over = vi.fn();
  const root = document.createElement("div");
  const props = {
    flow: { ...start(), card },
    page: snapshot() as PageSnapshot,
    client: {} as never,
    online: true,
  };
  const app = createApp({ render: () => h(LicencesView, { ...props, ref: inside, onDone: over }) });
  app.mount(root);
  await settle();
  return {
    root,
    over,
    says: () => inside.value?.says,
    back: () => inside.value?.back(),
    press: async (words: RegExp) => {
      [...root.querySelectorAll("button")].find((b) => words.test(b.textContent?.trim() ?? ""))?.click();
      await settle();
    },
    close: () => app.unmount(),
  };
}

test("a licence is chosen, checked and printed, and counted as printed", async () => {
  answers.set("POST /licences/01L/prints", [{ status: 200, body: {} }]);
  const view = await open();
  expect(view.says()).toBe("licences");
  await view.press(/\u8425\u4e1a\u6267\u7167/);
  expect(view.says()).toBe("licences-check");
  expect(view.root.textContent).toContain("3301****0001");
  await view.press(/\u6253\u5370$/);
  expect(view.says()).toBe("licences-done");
  expect(asked.at(-1)).toBe("POST /licences/01L/prints {}");
  expect(view.back()).toBe(true);
  await settle();
  await view.press(/\u8425\u4e1a\u6267\u7167/);
  const again = view.root.querySelector<HTMLButtonElement>("button.print");
  expect(again?.disabled || again?.getAttribute("aria-disabled")).toBeTruthy();
  await view.press(/^\u6253\u5370/);
  expect(asked.filter((a) => a.startsWith("POST")).length).toBe(1);
  view.close();
});

test("a printer that has no paper is said, and she can try again", async () => {
  const detail = "\u7f3a\u7eb8";
  answers.set("POST /licences/01L/prints", [
    { status: 409, body: { code: "page.not-ready", detail } },
    { status: 200, body: {} },
  ]);
  const view = await open();
  await view.press(/\u8425\u4e1a\u6267\u7167/);
  await view.press(/\u6253\u5370$/);
  expect(view.root.querySelector("[role=alert]")?.textContent).toBe(detail);
  expect(view.says()).toBe("refused");
  await view.press(/\u518d\u6253\u5370\u4e00\u6b21/);
  expect(view.says()).toBe("licences-done");
  view.close();
});

test("who has none is told so; a session that is over ends the page; a platform that is away is asked again", async () => {
  answers.set("GET /licences", [{ status: 200, body: { licences: [] } }]);
  const none = await open();
  expect(none.says()).toBe("licences-none");
  none.close();
  answers.set("GET /licences", [{ status: 410, body: { code: "session.gone", detail: "x" } }]);
  const gone = await open();
  expect(gone.over).toHaveBeenCalled();
  gone.close();
  answers.set("GET /licences", [
    { status: 503, body: { code: "platform.away", detail: "x" } },
    { status: 200, body: { licences: [one] } },
  ]);
  const away = await open();
  expect(away.says()).toBe("refused");
  await away.press(/./);
  expect(away.says()).toBe("licences");
  away.close();
});

test("where faces are compared nothing is listed before, and staff vouch without a visit", async () => {
  answers.set("GET", [{ status: 200, body: { camera: false, face: { threshold: 0.55, photo: false } } }]);
  const view = await open();
  expect(asked).not.toContain("GET /licences");
  view.close();
  answers.set("POST /licences/voucher", [{ status: 200, body: { staff: "zhao" } }]);
  const by = await faced(openDoor("s")).own<{ staff: string }>("POST", "/voucher", {
    staff: "zhao",
    password: "x",
  });
  expect(by.staff).toBe("zhao");
});

test("days are written as people read them", async () => {
  expect(day("2026-11-02")).toBe("2026\u5e7411\u67082\u65e5");
  expect(span(one)).toContain("2026\u5e7411\u67082\u65e5");
  await setLanguage("en");
  expect(span({ from: "2026-11-02", until: "2031-11-01" })).toBe("November 2, 2026 to November 1, 2031");
  expect(day("soon")).toBe("soon");
});

test("only a self-service machine with a page printer and a reader offers it", () => {
  const offered = (mode: "queue" | "terminal", classes: string[], state = "online") =>
    entries(
      snapshot({
        kiosk: { mode, services: "taken", voice: "off", volume: 100 },
        devices: classes.map((c) => ({ id: c, class: c, state })),
      }) as PageSnapshot,
      { online: true, alone: false },
    ).find((e) => e.id === "licences");
  expect(offered("terminal", ["id-reader", "page-printer"])?.why).toBe("");
  expect(offered("queue", ["id-reader", "page-printer"])).toBeUndefined();
  expect(offered("terminal", ["id-reader", "printer"])).toBeUndefined();
  expect(offered("terminal", ["page-printer"])).toBeUndefined();
  expect(offered("terminal", ["id-reader", "page-printer"], "paper_end")?.why).not.toBe("");
});
