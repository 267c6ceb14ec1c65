import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Live } from "../src/mobile/live";
import { type Bell, Ring } from "../src/mobile/ring";

interface Part {
  state?: string;
  call?: string;
  say?: string;
  next?: number;
  inner?: string;
}

/** part is what the server writes. */
function part({
  state = "waiting",
  call = "",
  say = "前面还有 2 位",
  next = 3,
  inner = "",
}: Part = {}): string {
  return `<div id="part" data-state="${state}" data-call="${call}" data-live="${next > 0}" data-rings="${next > 0}" data-next="${next}"
    data-say="${say}" data-title="${say} · A012"><span id="now">10:24:05</span>${inner}</div>`;
}

function load(html: string) {
  document.body.innerHTML = `<p id="away" hidden><span id="since"></span></p><p id="heard"></p><div id="ring"></div><div id="ticket">${html}</div>`;
}

/** server answers what the test says, and remembers what it was asked. */
const server = {
  asked: [] as { path: string; init: RequestInit }[],
  answer: (): Response => new Response("", { status: 500 }),
};

function html(body: string, tag: string, next = 3, status = 200): Response {
  const headers = { "content-type": "text/html; charset=utf-8", ETag: tag, "Smarthall-Next": String(next) };
  return new Response(body, { status, headers });
}

const bell = { unlock: vi.fn(async () => true), strike: vi.fn() } satisfies Bell;
let ringing: boolean[] = [];

function start(path = "/t/01J"): { live: Live; ring: Ring } {
  const ring = new Ring(bell, (on) => ringing.push(on));
  const live = new Live(path, ring, () => 0.5);
  live.start();
  return { live, ring };
}

const heard = () => document.getElementById("heard")?.textContent;
const away = () => !document.getElementById("away")?.hidden;
const tag = (i: number) => new Headers(server.asked[i]?.init.headers).get("If-None-Match");

beforeEach(() => {
  vi.useFakeTimers();
  server.asked = [];
  ringing = [];
  vi.clearAllMocks();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    server.asked.push({ path, init });
    return server.answer();
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("looking", () => {
  test("at the server's pace, with the version it has", async () => {
    load(part({ next: 6 }));
    start();
    server.answer = () => html(part({ say: "前面还有 1 位" }), '"b"');
    await vi.advanceTimersByTimeAsync(5900);
    expect(server.asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.asked[0]?.path).toBe("/t/01J/live");
    expect(tag(0)).toBeNull();
    expect(document.title).toBe("前面还有 1 位 · A012");
    server.answer = () =>
      new Response(null, { status: 304, headers: { "Smarthall-Next": "12", "Smarthall-Now": "10:24:11" } });
    await vi.advanceTimersByTimeAsync(3000);
    expect(tag(1)).toBe('"b"');
    expect(document.getElementById("now")?.textContent).toBe("10:24:11");
    await vi.advanceTimersByTimeAsync(11_800);
    expect(server.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.asked).toHaveLength(3);
  });

  test("ends with the visit", async () => {
    load(part());
    const { live } = start();
    server.answer = () => html(part({ state: "cancelled", next: 0 }), '"z"', 0);
    await vi.advanceTimersByTimeAsync(60_000);
    await live.look();
    expect(server.asked).toHaveLength(1);
    expect(document.getElementById("ring")?.hidden).toBe(true);
  });

  test("an ended visit is not asked for at all", async () => {
    load(part({ state: "finished", next: 0 }));
    start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toHaveLength(0);
  });

  test("what was read out before is not read out again", async () => {
    load(part());
    start();
    server.answer = () => html(part(), '"a"');
    await vi.advanceTimersByTimeAsync(3100);
    const first = heard();
    server.answer = () => html(part({ say: "请 A012 号到 3 号窗口", state: "called", call: "01J.1" }), '"b"');
    await vi.advanceTimersByTimeAsync(3100);
    expect([first, heard()]).toEqual(["前面还有 2 位", "请 A012 号到 3 号窗口"]);
  });
});

describe("a connection that blinks", () => {
  test("leaves the page, says since when, asks ever less, and comes back", async () => {
    load(part({ inner: "<b>A012</b>" }));
    start("/t/blink");
    server.answer = () => {
      throw new TypeError("failed to fetch");
    };
    await vi.advanceTimersByTimeAsync(3000);
    expect(away()).toBe(true);
    expect(document.getElementById("since")?.textContent).toBe("10:24:05");
    expect(document.querySelector("#ticket b")?.textContent).toBe("A012");
    await vi.advanceTimersByTimeAsync(2000 + 4000 + 8000);
    expect(server.asked).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(server.asked.length).toBeLessThan(16);
    const mine = () => server.asked.filter((a) => a.path === "/t/blink/live").length;
    const before = mine();
    server.answer = () => html(part({ say: "前面还有 0 位" }), '"c"');
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(mine()).toBe(before + 1);
    expect(away()).toBe(false);
  });

  test("a server that is being restarted is away too", async () => {
    load(part());
    start();
    server.answer = () => new Response("", { status: 502 });
    await vi.advanceTimersByTimeAsync(3100);
    expect(away()).toBe(true);
  });

  test("an answer that never comes is given up", async () => {
    load(part());
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      return new Promise((_, reject) =>
        init.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    });
    start();
    await vi.advanceTimersByTimeAsync(3000 + 8000);
    expect(away()).toBe(true);
  });
});

describe("buttons", () => {
  const form = `<form method="post" action="/t/01J/notice"><input type="hidden" name="channel" value="sms">
    <button name="wanted" value="0">关闭</button></form>
    <details id="cancel"><summary>取消排队</summary><form method="post" action="/t/01J/cancel"><button>确定取消</button></form></details>`;

  async function press(selector: string) {
    document.querySelector<HTMLButtonElement>(selector)?.click();
    await vi.advanceTimersByTimeAsync(0);
  }

  test("send their form and show what came of it", async () => {
    load(part({ inner: form }));
    start();
    server.answer = () => html(part({ inner: '<p class="notice">已关闭</p>' }), '"n"');
    await press('[name="wanted"]');
    expect(server.asked[0]?.path).toBe("/t/01J/notice");
    expect(server.asked[0]?.init.method).toBe("POST");
    expect(String(server.asked[0]?.init.body)).toBe("channel=sms&wanted=0");
    expect(document.querySelector(".notice")?.textContent).toBe("已关闭");
    server.answer = () => new Response(null, { status: 304, headers: { "Smarthall-Next": "3" } });
    await vi.advanceTimersByTimeAsync(3100);
    expect(tag(1)).toBe('"n"');
    expect(document.querySelector(".notice")).not.toBeNull();
  });

  test("a refusal is shown as the server words it", async () => {
    load(part({ inner: form }));
    start();
    server.answer = () => html(part({ inner: '<p class="notice bad">不能取消</p>' }), '"n"', 3, 409);
    await press("#cancel button");
    expect(document.querySelector(".notice.bad")?.textContent).toBe("不能取消");
  });

  test("that can't be sent may be pressed again", async () => {
    load(part({ inner: form }));
    start();
    server.answer = () => {
      throw new TypeError("failed to fetch");
    };
    await press("#cancel button");
    expect(away()).toBe(true);
    expect([...document.querySelectorAll("button")].every((b) => !b.disabled)).toBe(true);
  });

  test("what is open and focused stays so when the page changes", async () => {
    load(part({ inner: form }));
    start();
    document.getElementById("cancel")?.setAttribute("open", "");
    document.querySelector<HTMLElement>("#cancel button")?.focus();
    const before = document.activeElement;
    server.answer = () => html(part({ say: "前面还有 1 位", inner: form }), '"b"');
    await vi.advanceTimersByTimeAsync(3100);
    expect(document.getElementById("cancel")?.hasAttribute("open")).toBe(true);
    expect(document.activeElement).not.toBe(before);
    expect(document.activeElement?.textContent).toBe("确定取消");
  });
});

describe("ringing", () => {
  test("a call rings again and again, once asked for, until somebody hears it", async () => {
    const ring = new Ring(bell, (on) => ringing.push(on));
    await ring.enable();
    ring.follow("01J.1");
    await vi.advanceTimersByTimeAsync(7100);
    expect(bell.strike).toHaveBeenCalledTimes(3);
    ring.hush();
    ring.follow("01J.1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bell.strike).toHaveBeenCalledTimes(3);
    expect(ringing).toEqual([true, false]);
    ring.follow("01J.2");
    expect(bell.strike).toHaveBeenCalledTimes(4);
    ring.follow("");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bell.strike).toHaveBeenCalledTimes(4);
  });

  test("nobody is rung who did not ask, but for a call that is still on", async () => {
    const ring = new Ring(bell, (on) => ringing.push(on));
    ring.follow("01J.1");
    expect(bell.strike).not.toHaveBeenCalled();
    await ring.enable();
    expect(bell.strike).toHaveBeenCalledTimes(1);
    ring.hush();
  });

  test("it does not ring for ever", async () => {
    const ring = new Ring(bell, (on) => ringing.push(on));
    await ring.enable();
    ring.follow("01J.1");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(bell.strike).toHaveBeenCalledTimes(12);
    expect(ringing).toEqual([true, false]);
  });

  test("a phone without sound still shakes", async () => {
    bell.unlock.mockRejectedValueOnce(new Error("no audio"));
    const ring = new Ring(bell, () => {});
    expect(await ring.enable()).toBe(false);
    ring.follow("01J.1");
    expect(bell.strike).toHaveBeenCalledTimes(1);
    ring.hush();
  });
});
