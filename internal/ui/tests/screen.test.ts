import { afterEach, describe, expect, test } from "vitest";
import { type App, createApp, h, nextTick } from "vue";
import type { CallView, FeedView, LayoutBlock, LayoutView, WindowView } from "../src/link.gen";
import { fit, fresh, LayoutStage, type ScreenData, shows, unit, wideOf } from "../src/screen";

const block = (over: Partial<LayoutBlock>): LayoutBlock => ({
  id: "b",
  kind: "text",
  x: 0,
  y: 0,
  w: 600,
  h: 200,
  set: {},
  style: {},
  ...over,
});
const layout = (...blocks: LayoutBlock[]): LayoutView => ({
  id: "l",
  name: "l",
  kind: "screen",
  width: 1920,
  height: 1080,
  blocks,
});
const call = (over: Partial<CallView> = {}) =>
  ({
    id: "c1",
    ticket: "t1",
    number: "A012",
    recall: 0,
    window: "3",
    windowNumber: "3",
    windowName: "社会保险",
    zone: "B",
    service: "s",
    serviceName: "社保",
    at: "2026-11-23T09:00:00+08:00",
    ...over,
  }) as CallView;
const window3 = (over: Partial<WindowView> = {}) =>
  ({
    id: "3",
    number: "3",
    name: "社会保险",
    zone: "B",
    state: "idle",
    since: "",
    services: [],
    online: true,
    served: 0,
    ...over,
  }) as WindowView;
const now = Date.parse("2026-11-23T09:30:00+08:00");
const data = (over: Partial<ScreenData> = {}): ScreenData => ({
  hall: {
    name: "东湖大厅",
    zones: [{ id: "B", name: "社保区" }],
    day: "",
    timeZone: "Asia/Shanghai",
    notices: ["通知"],
  },
  services: [],
  windows: [],
  calls: [],
  feeds: [],
  zone: "",
  below: [],
  glow: new Set(),
  now,
  file: (id) => `/files/${id}`,
  code: (text) => `/qr.png?text=${text}`,
  ...over,
});

let app: App | undefined;
afterEach(() => app?.unmount());

/** paint is the page of a layout. */
async function paint(l: LayoutView, d: ScreenData): Promise<HTMLElement> {
  const root = document.createElement("div");
  app = createApp({ render: () => h(LayoutStage, { layout: l, data: d, scale: 0.5 }) });
  app.mount(root);
  await nextTick();
  return root;
}

test("a text is a text, whatever is in it, and its words are filled in", async () => {
  const text = "{hall} {zone} <img src=x onerror=alert(1)> {window}号 {name} {other}";
  const root = await paint(layout(block({ set: { text, zone: "B" } })), data({ below: [window3()] }));
  expect(root.querySelector("img, script")).toBeNull();
  expect(root.textContent).toContain("东湖大厅 社保区 <img src=x onerror=alert(1)> 3号 社会保险 {other}");
});

test("a kind that a newer hall knows stays empty, the rest is shown", async () => {
  const root = await paint(
    layout(block({ id: "x", kind: "hologram" }), block({ id: "y", set: { text: "仍在" } })),
    data(),
  );
  expect(root.querySelectorAll(".block")).toHaveLength(1);
  expect(root.textContent).toContain("仍在");
});

test("each of two windows below a screen has its own state", async () => {
  const below = [
    window3({ state: "paused", text: "午休，13:30 恢复" }),
    window3({ id: "4", number: "4", state: "serving" }),
  ];
  const calls = [call({ window: "4", windowNumber: "4", number: "B007" })];
  const one = block({ id: "1", kind: "state", set: { window: 1 } });
  const two = block({ id: "2", kind: "state", set: { window: 2 } });
  const root = await paint(layout(one, two), data({ below, calls, windows: below }));
  const [first, second] = [...root.querySelectorAll(".block")].map((b) => b.textContent);
  expect(first).toContain("午休，13:30 恢复");
  expect(second).toContain("B007");
});

describe("what is told from outside", () => {
  const feed = (over: Partial<FeedView> = {}): FeedView => ({
    name: "weather",
    text: "多云",
    at: "2026-11-23T09:00:00+08:00",
    until: "2026-11-23T10:00:00+08:00",
    ...over,
  });

  test("is shown while it is fresh", async () => {
    const l = layout(block({ kind: "feed", set: { feed: "weather" } }));
    expect((await paint(l, data({ feeds: [feed()] }))).textContent).toContain("多云");
    app?.unmount();
    expect(
      (await paint(l, data({ feeds: [feed({ until: "2026-11-23T09:29:00+08:00" })] }))).textContent,
    ).not.toContain("多云");
  });

  test("is never shown if there is none, or none of that name", () => {
    expect(fresh(undefined, now)).toBe(false);
    expect(fresh(feed({ until: "no time" }), now)).toBe(false);
  });
});

describe("a call is seen in a layout", () => {
  const board = { channel: "board" as const, zone: "", below: [] as WindowView[] };
  const above = { channel: "window" as const, zone: "", below: [window3()] };
  const cases: [string, LayoutView, CallView, typeof board, boolean][] = [
    ["that shows the newest", layout(block({ kind: "hero" })), call(), board, true],
    ["of its zone", layout(block({ kind: "calls", set: { zone: "B" } })), call(), board, true],
    ["of another zone", layout(block({ kind: "calls", set: { zone: "A" } })), call(), board, false],
    ["without calls", layout(block({})), call(), board, false],
    ["not meant for boards", layout(block({ kind: "hero" })), call({ channels: ["voice"] }), board, false],
  ];
  test.each(cases)("%s", (_, l, c, screen, want) => {
    expect(shows(l, c, screen)).toBe(want);
  });
  test("above its window, and no other", () => {
    const l = layout(block({ kind: "state" }));
    expect(shows(l, call(), above)).toBe(true);
    expect(shows(l, call({ window: "9" }), above)).toBe(false);
  });
});

test("sizes follow the box", () => {
  expect(unit(block({ w: 760, h: 1000 }), 76, 21)).toBe(10);
  expect(unit(block({ w: 760, h: 105 }), 76, 21)).toBe(5);
  expect(unit(block({ w: 760, h: 105, style: { size: "s" } }), 76, 21)).toBeCloseTo(3.5);
  expect(wideOf("窗口A")).toBeCloseTo(2.58);
  expect(fit(["窗口"], 100, 1000)).toBe(50);
  expect(fit([], 100, 135)).toBe(100);
});
