import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, nextTick } from "vue";
import { type FakeSocket, sockets } from "../../../internal/ui/tests/socket";
import App from "../src/App.vue";
import CallerView from "../src/views/CallerView.vue";
import { called, missed, parked, queue, serving, snapshot, ticket, waiting, window3 } from "./fixture.mjs";

// The pages run whole, on a socket in the test's hands; keys go in, commands come out.
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

function mount(page: typeof App): void {
  document.body.innerHTML = '<div id="app"></div>';
  const app = createApp(page);
  app.mount("#app");
  end = () => app.unmount();
  socket = wire.last();
  socket.open();
}

async function show(win: object, extra: object = {}): Promise<void> {
  socket.receive({ type: "page.snapshot", body: snapshot(win as never, extra) });
  await nextTick();
  await vi.dynamicImportSettled(); // the dialogs come a moment later than the desk
  await nextTick();
}

const free = window3();
const front = serving();
const busy = window3({ state: "serving", ticket: front });
const away = { link: { online: false, since: "2026-11-23T01:00:00Z" } };

beforeEach(() => {
  vi.useFakeTimers();
  mount(App);
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const text = () => document.body.textContent ?? "";
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]');
const input = (at: string) => document.querySelector(at) as HTMLInputElement;
const commands = () => socket.sent.map((m) => ({ type: m.type, body: m.body }));
const last = () => commands().at(-1);

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    const at = dialog()?.contains(document.activeElement) ? document.activeElement : dialog();
    const target = at ?? window;
    target.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true }));
    await settle();
  }
}

async function type(el: HTMLInputElement, value: string): Promise<void> {
  el.value = value;
  el.dispatchEvent(new Event("input"));
  await nextTick();
}

async function submit(): Promise<void> {
  dialog()
    ?.querySelector("form")
    ?.dispatchEvent(new Event("submit", { cancelable: true }));
  await settle();
}

async function answer(body: object, type = "answer"): Promise<void> {
  socket.answer(body, type);
  await settle();
}

async function scan(code: string, more: object = {}): Promise<void> {
  socket.receive({ type: "code.scanned", body: { text: code, ...more } });
  await settle();
}

describe("transfer", () => {
  it("is F5, what to, Enter; Enter alone does nothing", async () => {
    await show(busy);
    await press("F5");
    await submit();
    expect(commands()).toEqual([]);
    await type(input('[role="combobox"]'), "bdc");
    await submit();
    expect(commands()).toMatchObject([
      { type: "ticket.transfer", body: { ticket: front.id, service: "real-estate", place: "arrival" } },
    ]);
    await answer({ ticket: { ...front, state: "waiting", service: "real-estate" }, window: free });
    expect(dialog()).toBeNull();
    expect(text()).toContain("B012 已转移");
    expect(text()).toContain("下一位 B013");
  });

  it("goes to a window, behind so many, with a reason, and says what was refused", async () => {
    await show(busy);
    await press("F5");
    await type(input('[role="combobox"]'), "7");
    const radios = document.querySelectorAll<HTMLInputElement>('input[type="radio"]');
    (radios[2] as HTMLInputElement).checked = true;
    radios[2]?.dispatchEvent(new Event("change"));
    await type(input('.count [type="number"]'), "5");
    await type(input('[role="dialog"] input[maxlength="60"]'), " 需复核 ");
    await submit();
    expect(last()).toEqual({
      type: "ticket.transfer",
      body: { ticket: front.id, window: "7", place: "after", after: 5, reason: "需复核" },
    });
    await answer({ status: 409, code: "ticket.other-service", detail: "7 号窗口已停用" }, "error");
    expect(dialog()?.textContent).toContain("7 号窗口已停用");
    expect(input('[role="combobox"]').value).toBe("7");
  });

  it("keeps what was typed when the panel is closed, for this ticket only", async () => {
    await show(busy);
    await press("F5");
    await type(input('[role="combobox"]'), "bdc");
    await press("Escape");
    expect(dialog()).toBeNull();
    await press("F5");
    expect(input('[role="combobox"]').value).toBe("bdc");
    await show(window3({ state: "serving", ticket: serving() }));
    await settle();
    expect(dialog()).toBeNull();
    await press("F5");
    expect(input('[role="combobox"]').value).toBe("");
  });

  it("begins in its field, and Escape closes it alone and leaves the focus where it was", async () => {
    const refused = [{ type: "ticket.arrive", ticket: "t", number: "B011", detail: "已过号" }];
    await show(busy, { pending: { refused } });
    const before = document.querySelector<HTMLElement>(".preferences .open");
    before?.focus();
    await press("F5");
    expect(document.activeElement).toBe(input('[role="combobox"]'));
    await press("Escape");
    expect(dialog()).toBeNull();
    expect(document.activeElement).toBe(before);
    expect(commands()).toEqual([]);
    await press("Escape");
    expect(last()?.type).toBe("pending.clear");
  });

  it("waits until the citizen has come", async () => {
    await show(window3({ state: "serving", ticket: called() }));
    await press("F5");
    expect(dialog()).toBeNull();
    expect(text()).toContain("请先按 F3 确认 B012 到达");
  });
});

describe("parking", () => {
  it("is two keys", async () => {
    await show(busy);
    await press("F6", "2");
    expect(commands()).toEqual([
      { type: "ticket.park", body: { ticket: front.id, reason: "补签字", minutes: 20 } },
    ]);
    await answer({ ticket: { ...front, state: "parked" }, window: free });
    expect(dialog()).toBeNull();
    expect(text()).toContain("B012 已挂起");
  });

  it("takes another time by the arrows and the clerk's own words", async () => {
    await show(busy);
    await press("F6", "ArrowRight", "ArrowRight");
    const words = input(".own input");
    await type(words, "回家取户口本1");
    words.focus();
    await press("1"); // typed, not chosen
    await submit();
    expect(commands()).toEqual([
      { type: "ticket.park", body: { ticket: front.id, reason: "回家取户口本1", minutes: 0 } },
    ]);
  });

  it("ends by two keys where the window is free", async () => {
    await show(free);
    expect(text()).toContain("挂起的 B010 已到时间");
    await press("3", "Enter");
    expect(last()).toEqual({ type: "ticket.resume", body: { ticket: parked[0]?.id } });
    await answer({ ticket: { ...parked[0], state: "serving", window: "3" } });
    expect(text()).toContain("B010 恢复办理");
    expect(document.querySelector('[data-testid="number"]')?.textContent).toBe("B010");
  });

  it("ends in the queue by B, and not at a window with somebody", async () => {
    await show(busy);
    await press("3", "ArrowDown", "Enter");
    expect(commands()).toEqual([]);
    expect(text()).toContain("请先按 F8 办结 B012");
    await press("b");
    expect(last()).toEqual({
      type: "ticket.resume",
      body: { ticket: parked[1]?.id, back: true },
    });
    await answer({ ticket: { ...parked[1], state: "waiting" } });
    expect(document.querySelector('[data-testid="number"]')?.textContent).toBe("B012");
  });
});

describe("the missed and the printed again", () => {
  it("rejoins by two keys", async () => {
    await show(busy);
    await press("2", "Enter");
    expect(commands()).toEqual([{ type: "ticket.rejoin", body: { ticket: missed[0]?.id } }]);
    await answer({ ticket: { ...missed[0], state: "waiting" } });
    expect(text()).toContain("B009 已重新排队");
    expect(document.querySelector('[data-testid="number"]')?.textContent).toBe("B012");
  });

  it("prints again where the clerk says, if there is a choice", async () => {
    await show(busy);
    await press("p", "2");
    expect(last()).toEqual({ type: "ticket.reprint", body: { ticket: front.id, kiosk: "kiosk-2" } });
    await answer({ ticket: { ...front, copies: 1 } });
    expect(dialog()).toBeNull();
  });

  it("prints again at once where there is one kiosk", async () => {
    const s = snapshot(busy as never);
    s.hall.kiosks.length = 1;
    socket.receive({ type: "page.snapshot", body: s });
    await nextTick();
    await press("p");
    expect(dialog()).toBeNull();
    expect(last()).toEqual({ type: "ticket.reprint", body: { ticket: front.id, kiosk: "kiosk-1" } });
  });
});

describe("a window whose clerk picks", () => {
  const picks = window3({ strategy: "by-hand", strategyText: "手工点选" });

  it("explains itself on F1, calls the first without and others with a reason", async () => {
    await show(picks);
    await press("F1");
    expect(commands()).toEqual([]);
    expect(text()).toContain("本窗口由您点选");
    await press("Enter");
    expect(last()).toEqual({ type: "window.call", body: { ticket: waiting[0]?.id, reason: "" } });
    await answer({ none: false });
    await press("ArrowDown", "ArrowDown", "Enter");
    expect(dialog()?.textContent).toContain("叫 B014 到窗口");
    expect(commands()).toHaveLength(1);
  });
});

describe("scanning", () => {
  const paper = (state: string, extra: object = {}) => ticket("B020", 10, { state, ...extra });

  it("calls who waits and receives at once", async () => {
    await show(free);
    const found = paper("waiting");
    await scan(`http://hall/t/${found.id}`);
    expect(last()).toEqual({ type: "ticket.find", body: { text: `http://hall/t/${found.id}` } });
    await answer({ ticket: found });
    expect(last()).toEqual({ type: "window.call", body: { ticket: found.id, reason: "扫码接件" } });
    const now = { ...found, state: "called", window: "3" };
    await answer({ ticket: now, window: window3({ state: "serving", ticket: now }) });
    expect(last()).toEqual({ type: "ticket.arrive", body: { ticket: found.id } });
    await answer({ ticket: { ...now, state: "serving" } });
    expect(text()).toContain("B020 已接件，开始办理");
  });

  it("asks before it ends a service, with one key", async () => {
    await show(busy);
    await scan(front.id);
    await answer({ ticket: front });
    expect(commands()).toHaveLength(1);
    expect(dialog()?.textContent).toContain("B012 正在本窗口办理，按回车办结");
    document.querySelector<HTMLButtonElement>('[role="dialog"] .go')?.click();
    await settle();
    expect(last()).toEqual({ type: "ticket.finish", body: { ticket: front.id } });
  });

  it("tells where a visit is that goes on elsewhere, with its times", async () => {
    await show(busy);
    await scan("B020");
    await answer({ ticket: paper("called", { window: "10a", calledAt: "2026-11-23T01:05:00Z" }) });
    expect(dialog()?.textContent).toContain("B020 已由 10 号窗口呼叫");
    expect(dialog()?.textContent).toContain("叫号 09:05");
    expect(commands()).toHaveLength(1);
  });

  it("lets who missed the call rejoin, and calls at once if nobody else waits", async () => {
    await show(busy);
    const found = paper("missed");
    await scan("B020");
    await answer({ ticket: found });
    expect(last()?.type).toBe("ticket.rejoin");
    await answer({ ticket: { ...found, state: "waiting" } });
    expect(last()?.type).toBe("ticket.rejoin");
    socket.receive({ type: "queue.changed", body: queue({ waiting: [], total: 0 }) });
    socket.receive({ type: "window.changed", body: free });
    await scan("B020");
    await answer({ ticket: found });
    await answer({ ticket: { ...found, state: "waiting" } });
    expect(last()?.type).toBe("window.call");
  });

  it("does not disturb a clerk who types", async () => {
    await show(busy);
    await press("F5");
    await scan("B020");
    expect(commands()).toEqual([]);
    expect(text()).toContain("再扫码");
  });

  it("closes the panel that looks visits up once the step is done", async () => {
    await show(window3({ state: "serving", ticket: called() }));
    await press("F10");
    const found = called();
    await show(window3({ state: "serving", ticket: found }));
    await scan(found.id);
    await answer({ ticket: found });
    expect(last()?.type).toBe("ticket.arrive");
    await answer({ ticket: { ...found, state: "serving" } });
    expect(dialog()).toBeNull();
  });

  it("finds a typed number and does its step by one more key", async () => {
    await show(free);
    await press("F10");
    await type(input('[role="dialog"] input'), "b020");
    await submit();
    expect(last()).toEqual({ type: "ticket.find", body: { text: "b020" } });
    const found = paper("waiting");
    await answer({ ticket: found });
    expect(document.activeElement?.textContent).toContain("呼叫并接件");
    (document.activeElement as HTMLButtonElement).click();
    await settle();
    expect(last()).toEqual({ type: "window.call", body: { ticket: found.id, reason: "查号接件" } });
  });

  it("takes one paper at a time", async () => {
    await show(free);
    await scan("B020");
    await scan("B020");
    expect(commands()).toHaveLength(1);
  });
});

describe("while the hall is away", () => {
  it("work on the ticket in front goes on and is shown as done", async () => {
    await show(window3({ state: "serving", ticket: front }), away);
    expect(text()).toContain("离线");
    await press("F8");
    expect(last()).toEqual({ type: "ticket.finish", body: { ticket: front.id } });
    const action = {
      id: "1",
      type: "ticket.finish",
      ticket: front.id,
      number: "B012",
      at: "2026-11-23T01:00:00Z",
    };
    socket.receive({ type: "pending.changed", body: { actions: [action] } });
    await answer({});
    expect(text()).toContain("离线：1 个操作待同步（B012 完成）");
    expect(text()).toContain("已记下");
    expect(document.querySelector('[data-testid="number"]')).toBeNull();
    await press("F1");
    expect(commands()).toHaveLength(1);
  });

  it("a scanned paper is found on the page", async () => {
    await show(window3({ state: "serving", ticket: called() }), away);
    const first = called();
    await show(window3({ state: "serving", ticket: first }), away);
    await scan(first.id);
    expect(commands()).toEqual([{ type: "ticket.arrive", body: { ticket: first.id } }]);
  });

  it("a refusal on return is named until it was read", async () => {
    const refused = [{ type: "ticket.arrive", ticket: "t", number: "B012", detail: "B012 号现在是“已过号”" }];
    await show(free, { pending: { refused } });
    expect(text()).toContain("B012 到达没有成功：B012 号现在是“已过号”");
    await press("Escape");
    expect(last()?.type).toBe("pending.clear");
  });
});

describe("a call for staff by the desk's button", () => {
  const since = "2026-11-23T01:05:00Z";
  const help = () => document.querySelector(".coming")?.textContent ?? "";
  async function changed(call?: object): Promise<void> {
    socket.receive({ type: "help.changed", body: call ? { help: call } : {} });
    await settle();
  }

  it("is told until it is answered, and then who comes", async () => {
    vi.setSystemTime("2026-11-23T01:05:10Z");
    await show(free);
    expect(help()).toBe("");
    await changed({ since });
    expect(help()).toBe("已呼叫工作人员");
    await changed({ since, at: "2026-11-23T01:06:00Z", by: "张科" });
    expect(help()).toContain("张科 马上过来");
    vi.setSystemTime("2026-11-23T01:16:30Z");
    await vi.advanceTimersByTimeAsync(1500);
    expect(help()).toBe("");
  });

  it("is forgotten when the key that ends it was pressed, and needs no name", async () => {
    vi.setSystemTime("2026-11-23T01:05:10Z");
    await show(free, { help: { since, at: "2026-11-23T01:05:05Z" } });
    expect(help()).toContain("工作人员马上过来");
    await changed();
    expect(help()).toBe("");
  });
});

describe("the label of a visit that is over", () => {
  const label = { kind: "visit", visit: "20261122A012" };
  const unknown = { status: 404, code: "ticket.unknown", detail: "没有这张号票，可能已过当日" };

  async function withPlatform(): Promise<void> {
    const page = snapshot(free as never);
    (page.hall as { hall: object }).hall = {
      ...page.hall.hall,
      platform: { pages: "https://zwfw.example.cn", hall: "demo" },
    };
    socket.receive({ type: "page.snapshot", body: page });
    await vi.dynamicImportSettled();
    await nextTick();
  }

  it("leads to its cases at the platform's desk", async () => {
    await withPlatform();
    await scan("20261122a012", label);
    expect(last()).toEqual({ type: "ticket.find", body: { text: "20261122a012" } });
    await answer(unknown, "error");
    await vi.dynamicImportSettled();
    await nextTick();
    expect(dialog()?.textContent).toContain("2026-11-22 A012");
    expect(dialog()?.textContent).toContain("这次来访不在今天");
    expect(text()).not.toContain("没有这张号票");
  });

  it("finished today says so, and leads there too", async () => {
    await withPlatform();
    await scan("20261123A009", { kind: "visit", visit: "20261123A009" });
    await answer({ ticket: { ...front, number: "A009", state: "finished" } });
    await vi.dynamicImportSettled();
    await nextTick();
    expect(dialog()?.textContent).toContain("A009 已办结");
  });

  it("is only told where the hall has no platform, or when the hall couldn't be asked", async () => {
    await show(free);
    await scan("20261122A012", label);
    await answer(unknown, "error");
    expect(dialog()).toBeNull();
    expect(text()).toContain("没有这张号票，可能已过当日");
    await withPlatform();
    await scan("20261122A012", label);
    await answer({ status: 503, code: "link.away", detail: "连不上大厅" }, "error");
    expect(dialog()).toBeNull();
  });
});

describe("the small caller", () => {
  beforeEach(() => {
    end();
    mount(CallerView);
  });

  it("does the five keys on the same window, and no others", async () => {
    await show(free);
    expect(text()).toContain("下一位 B013");
    await press("F1", "F5", "F9", "1", "w");
    expect(commands().map((c) => c.type)).toEqual(["window.callNext"]);
    const now = called();
    await answer({ ticket: now, window: window3({ state: "serving", ticket: now }) });
    expect(document.querySelector('[data-testid="number"]')?.textContent).toBe("B012");
    await press("F3");
    await answer({ ticket: { ...now, state: "serving" } });
    await press(" ");
    expect(commands().map((c) => c.type)).toEqual(["window.callNext", "ticket.arrive", "ticket.finish"]);
  });

  it("does nothing at a window where nobody is signed in", async () => {
    await show(window3({ state: "signed-out", staff: undefined, clerk: undefined }));
    await press("F1", " ");
    expect(commands()).toEqual([]);
    expect(text()).toContain("请先在办理页登录");
  });
});
