import type { Message } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, nextTick } from "vue";
import { type FakeSocket, sockets } from "../../../internal/ui/tests/socket";
import App from "../src/App.vue";
import { called, reason, serving, snapshot, waiting, window3 } from "./fixture.mjs";

// The whole page runs here, in a small browser, on a socket in the test's hands.
const wire = sockets();
vi.mock("@smarthall/ui", async (load) => {
  const ui = await load<typeof import("@smarthall/ui")>();
  class Client extends ui.LinkClient {
    constructor(options = {}) {
      super({ ...options, url: "ws://agent/ws", open: wire.open, random: () => 0 });
    }
  }
  return { ...ui, LinkClient: Client };
});

let end: () => void;
let socket: FakeSocket;

async function show(win: ReturnType<typeof window3>): Promise<void> {
  socket.receive({ type: "page.snapshot", body: snapshot(win) });
  await nextTick();
}

beforeEach(async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<div id="app"></div>';
  const app = createApp(App);
  app.mount("#app");
  end = () => app.unmount();
  socket = wire.last();
  socket.open();
  await show(window3());
  await vi.dynamicImportSettled(); // the dialogs come a moment later than the desk
  await nextTick();
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

const press = (key: string, extra: object = {}) =>
  window.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...extra }));
const pressOn = (target: Element, key: string) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true }));
const sent = () => socket.sent.map((m: Message) => m.type);
const text = () => document.body.textContent ?? "";
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the desk", () => {
  it("calls the next with F1, shows who came and why", async () => {
    press("F1");
    expect(sent()).toEqual(["window.callNext"]);
    const front = called(0);
    socket.answer({ window: window3({ state: "serving", ticket: front }), ticket: front, reason });
    await settle();
    expect(document.querySelector('[data-testid="number"]')?.textContent).toBe("B012");
    expect(text()).not.toContain(reason.text);
    press("w");
    await nextTick();
    expect(text()).toContain(reason.text);
    expect(text()).toContain("可叫 9 位");
  });

  it("never sends two commands for a double press, in any order of keys", async () => {
    press("F1");
    press("F1");
    press(" ");
    press("F1", { repeat: true });
    await nextTick();
    (document.querySelector('[aria-keyshortcuts="F1"]') as HTMLButtonElement).click();
    expect(sent()).toEqual(["window.callNext"]);
  });

  it("goes through a service by the space bar alone", async () => {
    press(" ");
    socket.answer({ window: window3({ state: "serving", ticket: called(0) }) });
    await settle();
    press(" ");
    socket.answer({ window: window3({ state: "serving", ticket: serving(0) }) });
    await settle();
    press(" ");
    socket.answer({ window: window3() });
    await settle();
    expect(sent()).toEqual(["window.callNext", "ticket.arrive", "ticket.finish"]);
  });

  it("says why a key does nothing and sends nothing", async () => {
    press("F8");
    await nextTick();
    expect(sent()).toEqual([]);
    expect(text()).toContain("还没有叫号");
  });

  it("calls one by hand with the marked ticket and a reason", async () => {
    press("ArrowDown");
    press("ArrowDown");
    press("Enter");
    await settle();
    const dialog = document.querySelector('[role="dialog"]') as HTMLElement;
    expect(dialog.textContent).toContain("叫 B014 到窗口");
    const go = [...dialog.querySelectorAll("button")].find(
      (b) => b.textContent?.trim() === "叫号↵",
    ) as HTMLButtonElement;
    expect(go.disabled).toBe(true);
    const input = dialog.querySelector("input") as HTMLInputElement;
    input.value = "材料已补齐";
    input.dispatchEvent(new Event("input"));
    await nextTick();
    press("F1");
    go.click();
    expect(socket.sent).toMatchObject([
      { type: "window.call", body: { ticket: waiting[1]?.id, reason: "材料已补齐" } },
    ]);
  });

  it("shows the hall's refusal and stays as it was", async () => {
    press("F1");
    socket.answer({ status: 409, code: "window.busy", detail: "请先办结 B011" }, "error");
    await settle();
    expect(text()).toContain("请先办结 B011");
    press("F1");
    expect(sent()).toEqual(["window.callNext", "window.callNext"]);
  });

  it("tells when nobody waits", async () => {
    press("F1");
    socket.answer({ none: true });
    await settle();
    expect(text()).toContain("现在没有人等候");
  });

  it("shows the rating beside the next call", async () => {
    const until = new Date(Date.now() + 20_000).toISOString();
    socket.receive({ type: "rating.asked", body: { ticket: "t", number: "B012", until } });
    await nextTick();
    expect(text()).toContain("请群众评价 B012");
    press("F1");
    expect(sent()).toEqual(["window.callNext"]);
    socket.receive({ type: "rating.given", body: { ticket: "t", score: 5 } });
    await nextTick();
    expect(text()).toContain("非常满意");
  });

  it("warns when the card on the reader isn't the ticket's", async () => {
    await show(window3({ state: "serving", ticket: serving() }));
    const card = {
      session: "s",
      kind: "citizen",
      kindName: "居民身份证",
      name: "李*",
      number: "1****************2",
      at: "",
    };
    socket.receive({ type: "card.read", body: card });
    await nextTick();
    expect(text()).toContain("与号票姓名不一致");
    socket.receive({ type: "card.read", body: { ...card, name: "王*" } });
    await nextTick();
    expect(text()).not.toContain("与号票姓名不一致");
  });
});

describe("signing in", () => {
  it("keeps what was typed through a broken line and an agent that starts anew", async () => {
    await show(window3({ state: "signed-out", staff: undefined, clerk: undefined }));
    const staff = document.querySelector('input[name="staff"]') as HTMLInputElement;
    staff.value = "2003";
    staff.dispatchEvent(new Event("input"));
    pressOn(staff, " ");
    socket.close();
    await vi.advanceTimersByTimeAsync(2000);
    socket = wire.last();
    socket.open();
    socket.receive({ type: "page.snapshot", body: { ...snapshot(), hall: undefined } });
    await nextTick();
    expect((document.querySelector('input[name="staff"]') as HTMLInputElement).value).toBe("2003");
    expect(socket.sent).toEqual([]);
  });

  it("sends staff and password once and forgets the password after", async () => {
    await show(window3({ state: "signed-out", staff: undefined, clerk: undefined }));
    for (const [name, value] of [
      ["staff", " 2003 "],
      ["password", "demo"],
    ]) {
      const input = document.querySelector(`input[name="${name}"]`) as HTMLInputElement;
      input.value = value ?? "";
      input.dispatchEvent(new Event("input"));
    }
    const form = document.querySelector("form") as HTMLFormElement;
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    expect(socket.sent).toMatchObject([{ type: "window.signIn", body: { staff: "2003", password: "demo" } }]);
    socket.answer({ window: window3() });
    await settle();
    expect(text()).toContain("下一位 B013");
  });
});

describe("what a clerk notes", () => {
  const front = { ...serving(), service: "social" };
  beforeEach(() => show(window3({ state: "serving", ticket: front })));

  it("writes a remark by N, a text and Enter, which others read with the visit", async () => {
    press("n");
    await settle();
    const field = document.querySelector<HTMLInputElement>('[role="dialog"] input');
    if (!field) throw new Error("no field");
    field.value = "  原件已核对 ";
    field.dispatchEvent(new Event("input"));
    await nextTick();
    field.form?.requestSubmit();
    await nextTick();
    expect(socket.sent.at(-1)).toMatchObject({
      type: "ticket.note",
      body: { ticket: front.id, text: "原件已核对" },
    });
    socket.answer({});
    await settle();
    const { queue } = snapshot().hall;
    const note = { window: "3", clerk: "赵静", text: "原件已核对", at: front.takenAt };
    socket.receive({ type: "queue.changed", body: { ...queue, notes: [note] } });
    await nextTick();
    expect(document.querySelector(".notes")?.textContent).toContain("原件已核对");
  });

  const boxes = () => [...document.querySelectorAll<HTMLButtonElement>(".materials button")];
  const ticked = () => boxes().map((b) => b.getAttribute("aria-pressed") === "true");
  const ticks = () => socket.sent.filter((m) => m.type === "ticket.materials");
  /** The hall tells of the visit in front. */
  async function tell(seen?: string[]) {
    socket.receive({ type: "queue.changed", body: { ...snapshot().hall.queue, front: front.id, seen } });
    await settle();
  }

  it("ticks the materials off one by one with M, and a click takes it back", async () => {
    await tell();
    expect(boxes().length).toBeGreaterThan(1);
    press("m");
    await nextTick();
    expect(ticked()).toEqual(boxes().map((_, i) => i === 0));
    const [first, second] = boxes().map((b) => b.textContent?.replace("✓", "") ?? "");
    expect(ticks()).toMatchObject([{ body: { ticket: front.id, seen: [first] } }]);

    // What comes while that is on its way is sent after it, as one.
    press("m");
    boxes()[0]?.click();
    await nextTick();
    expect(ticks()).toHaveLength(1);
    socket.answer({});
    await settle();
    expect(ticks().slice(1)).toMatchObject([{ body: { seen: [second] } }]);
    await tell([first ?? ""]); // the hall's word of the first comes late
    expect(ticked().slice(0, 2)).toEqual([false, true]);
  });

  it("shows what others have seen of the visit, and adds to it what was ticked before that was known", async () => {
    press("m");
    await nextTick();
    expect(ticks()).toEqual([]);
    const names = boxes().map((b) => b.textContent?.replace("✓", "") ?? "");
    await tell([names[1] ?? ""]);
    expect(ticked().slice(0, 2)).toEqual([true, true]);
    expect(ticks()).toMatchObject([{ body: { seen: [names[1], names[0]] } }]);
  });

  it("keeps a tick without the hall's word of what was seen before when the hall is away", async () => {
    press("m");
    await nextTick();
    expect(ticks()).toEqual([]);
    socket.receive({
      type: "page.snapshot",
      body: {
        ...snapshot(window3({ state: "serving", ticket: front })),
        link: { online: false, since: front.takenAt },
      },
    });
    await settle();
    const [first] = boxes().map((b) => b.textContent?.replace("✓", "") ?? "");
    expect(ticks()).toMatchObject([{ body: { ticket: front.id, seen: [first] } }]);
  });

  it("takes a tick back that the hall refuses, and says why", async () => {
    await tell();
    press("m");
    await nextTick();
    socket.answer({ code: "window.signed-out", title: "", detail: "请先签到", status: 409 }, "error");
    await settle();
    expect(ticked()).not.toContain(true);
    expect(document.body.textContent).toContain("请先签到");
  });

  it("asks for no remark where nobody is in front", async () => {
    await show(window3());
    press("n");
    await nextTick();
    expect(document.querySelector('[role="dialog"]')).toBeNull();
  });
});
