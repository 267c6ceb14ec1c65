import type { QueueChanged, WindowView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import { type Desk, obvious, paused, pressOf, signedIn, type Verb, whyNot } from "../src/actions";
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
const verbs: Verb[] = ["next", "recall", "arrive", "noShow", "putBack", "finish", "pause"];

describe("what a clerk may do", () => {
  it.each([
    ["idle", ["next", "pause"]],
    ["called", ["recall", "arrive", "noShow", "putBack"]],
    ["serving", ["finish"]],
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
    ["F6", { verb: "putBack" }],
    ["F8", { verb: "finish" }],
    ["F9", { verb: "pause" }],
    [" ", { verb: "next" }],
    ["Enter", { call: true }],
    ["ArrowDown", { move: 1 }],
    ["ArrowUp", { move: -1 }],
    ["F5", undefined],
    ["a", undefined],
  ])("%s asks for %o", (name, want) => expect(pressOf(key(name), false, situations.idle)).toEqual(want));

  it("F9 continues a pause", () => {
    expect(pressOf(key("F9"), false, situations.paused)).toEqual({ verb: "continue" });
  });

  it("leave a text field its own keys", () => {
    for (const name of [" ", "Enter", "ArrowUp"])
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
