import type { QueueChanged, WindowView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import {
  type Desk,
  obvious,
  paused,
  pressOf,
  signedIn,
  type Verb,
  whyNot,
  whyNotAsk,
  whyNotFree,
} from "../src/actions";
import { called, queue, serving, window3 } from "./fixture.mjs";

const desk = (window: object = {}, extra: Partial<Desk> = {}): Desk => ({
  window: window3(window) as WindowView,
  queue: queue() as QueueChanged,
  online: true,
  busy: false,
  ...extra,
});
const situations = {
  idle: desk(),
  called: desk({ state: "serving", ticket: called() }),
  serving: desk({ state: "serving", ticket: serving() }),
  paused: desk({ state: "paused", text: "午间休息" }),
};
const verbs: Verb[] = [
  "next",
  "recall",
  "arrive",
  "noShow",
  "transfer",
  "park",
  "putBack",
  "finish",
  "pause",
];

describe("what a clerk may do", () => {
  it.each([
    ["idle", ["next", "pause"]],
    ["called", ["recall", "arrive", "noShow", "park", "putBack"]],
    ["serving", ["transfer", "park", "finish"]],
    ["paused", []],
  ] as const)("while %s is %s", (name, open) => {
    expect(verbs.filter((v) => whyNot(v, situations[name]) === "")).toEqual(open);
  });

  it("is nothing while a command is on its way or the hall is away", () => {
    for (const situation of Object.values(situations)) {
      for (const verb of verbs) {
        expect(whyNot(verb, { ...situation, busy: true })).not.toBe("");
        expect(whyNot(verb, { ...situation, online: false })).not.toBe("");
      }
    }
  });

  it("is, on the ticket in front, the same without the hall: the agent keeps it", () => {
    const away = { online: false, agent: true };
    const open = (name: keyof typeof situations) =>
      verbs.filter((v) => whyNot(v, { ...situations[name], ...away }) === "");
    expect(open("idle")).toEqual([]);
    expect(open("called")).toEqual(["arrive", "noShow", "park", "putBack"]);
    expect(open("serving")).toEqual(["transfer", "park", "finish"]);
    expect(whyNot("next", { ...situations.idle, ...away })).toBe("与大厅服务器的连接中断，恢复后可用");
  });

  it("waits, where it needs the hall, for what is kept to be sent", () => {
    const syncing = { agent: true, pending: 2 };
    expect(whyNot("next", { ...situations.idle, ...syncing })).toBe("正在同步前面的 2 个操作，请稍候");
    expect(whyNot("finish", { ...situations.serving, ...syncing })).toBe("");
    expect(whyNotFree({ ...situations.idle, ...syncing })).not.toBe("");
    expect(whyNotAsk({ ...situations.idle, ...syncing })).not.toBe("");
  });

  it("is by hand not next, but one of the list", () => {
    const picks = desk({ strategy: "by-hand" });
    expect(whyNot("next", picks)).toBe("本窗口由您点选：↑↓ 选择，回车叫号");
    expect(whyNotFree(picks)).toBe("");
    expect(whyNotFree(situations.serving)).toBe("请先按 F8 办结 B012");
    expect(obvious(picks)).toBeUndefined();
    expect(obvious(desk({ strategy: "by-hand", state: "serving", ticket: called() }))).toBe("arrive");
  });

  it("names the ticket and the key when something has to be done first", () => {
    expect(whyNot("next", situations.serving)).toBe("请先按 F8 办结 B012");
    expect(whyNot("finish", situations.called)).toBe("请先按 F3 确认 B012 到达");
  });
});

describe("the obvious step", () => {
  it.each([
    ["idle", "next"],
    ["called", "arrive"],
    ["serving", "finish"],
    ["paused", "continue"],
  ] as const)("while %s is %s", (name, want) => expect(obvious(situations[name])).toBe(want));

  it("is none when nobody waits", () => {
    expect(
      obvious(desk({}, { queue: { ...(queue() as QueueChanged), waiting: [], total: 0 } })),
    ).toBeUndefined();
    expect(obvious(desk({}, { queue: undefined }))).toBeUndefined();
  });
});

describe("an attendance anomaly", () => {
  it("of an empty window still asks to sign in", () => {
    expect(signedIn(window3({ state: "anomaly", staff: undefined, clerk: undefined }) as WindowView)).toBe(
      false,
    );
    expect(signedIn(window3({ state: "anomaly" }) as WindowView)).toBe(true);
    expect(signedIn(window3({ state: "signed-out" }) as WindowView)).toBe(false);
  });

  it("by too long a pause can be continued", () => {
    const long = window3({ state: "anomaly", text: "午间休息", why: "暂停时间过长" }) as WindowView;
    expect(paused(long)).toBe(true);
    expect(obvious({ window: long })).toBe("continue");
    expect(paused(window3({ state: "anomaly" }) as WindowView)).toBe(false);
  });
});

describe("keys", () => {
  const key = (name: string, extra: object = {}) => ({
    key: name,
    repeat: false,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    ...extra,
  });

  it.each([
    ["F1", { verb: "next" }],
    ["F2", { verb: "recall" }],
    ["F3", { verb: "arrive" }],
    ["F4", { verb: "noShow" }],
    ["F5", { verb: "transfer" }],
    ["F6", { verb: "park" }],
    ["F7", { verb: "putBack" }],
    ["F8", { verb: "finish" }],
    ["F9", { verb: "pause" }],
    [" ", { verb: "next" }],
    ["F10", { do: "find" }],
    ["Enter", { do: "enter" }],
    ["1", { tab: "waiting" }],
    ["2", { tab: "missed" }],
    ["3", { tab: "parked" }],
    ["b", { do: "back" }],
    ["W", { do: "why" }],
    ["p", { do: "reprint" }],
    ["ArrowLeft", { side: -1 }],
    ["ArrowRight", { side: 1 }],
    ["ArrowDown", { move: 1 }],
    ["ArrowUp", { move: -1 }],
    ["F11", undefined],
    ["Shift", undefined],
    ["a", undefined],
  ])("%s asks for %o", (name, want) => expect(pressOf(key(name), false, situations.idle)).toEqual(want));

  it("F9 continues a pause", () => {
    expect(pressOf(key("F9"), false, situations.paused)).toEqual({ verb: "continue" });
  });

  it("leave a text field its own keys", () => {
    for (const name of [" ", "Enter", "ArrowUp", "ArrowLeft", "1", "w", "p", "b"])
      expect(pressOf(key(name), true, situations.idle)).toBeUndefined();
    expect(pressOf(key("F1"), true, situations.idle)).toEqual({ verb: "next" });
  });

  it("with Ctrl, Alt or Meta belong to the browser", () => {
    for (const m of ["ctrlKey", "altKey", "metaKey"]) {
      expect(pressOf(key("F4", { [m]: true }), false, situations.idle)).toBeUndefined();
    }
  });

  it("held down count once", () => {
    expect(pressOf(key(" ", { repeat: true }), false, situations.idle)).toBeUndefined();
    expect(pressOf(key("Enter", { repeat: true }), false, situations.idle)).toBeUndefined();
  });
});
