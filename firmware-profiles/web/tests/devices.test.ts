import { expect, test } from "vitest";
import { follow, type Source } from "../src/console";
import { bytes, conditionWord, fold, grouped, paper, type SimDevice } from "../src/devices";
import { lamps } from "../src/dots";
import data from "./devices.json";

const devices = () => structuredClone(data) as unknown as SimDevice[];

test("devices stand under the program they are plugged into, in the file's order", () => {
  const groups = grouped(devices());
  expect(groups.map((g) => g.agent)).toEqual(["kiosk-1", "kiosk-2", "counter-1", "display-1"]);
  expect(groups[0]?.devices.map((d) => d.id)).toEqual([
    "kiosk-1-printer",
    "kiosk-1-reader",
    "kiosk-1-scanner",
  ]);
});

test("a device that changes keeps its place; a new one comes last", () => {
  const before = devices();
  const unplugged = { ...(before[1] as SimDevice), plugged: false };
  const after = fold(before, unplugged);
  expect(after.map((d) => d.id)).toEqual(before.map((d) => d.id));
  expect(after[1]?.plugged).toBe(false);
  expect(fold(before, { ...unplugged, id: "new" })).toHaveLength(before.length + 1);
});

test("a ticket's dots come as one picture, where the first of them stood", () => {
  const lines = paper({
    n: 1,
    at: "",
    cut: "full",
    lines: [
      { text: "A012", size: 4 },
      { qr: "http://x", width: 174 },
      { text: "" },
      { image: true, width: 64 },
    ],
  });
  expect(lines.map((l) => l.picture)).toEqual([false, true, false]);
});

test("a ticket without lines is an empty paper", () => {
  expect(paper({ n: 1, at: "", cut: "", lines: null })).toEqual([]);
});

test("a condition that is newer than this page keeps its name", () => {
  expect(conditionWord("paper-out")).toBe("缺纸");
  expect(conditionWord("on-fire")).toBe("on-fire");
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [5 << 20, "5.0 MiB"],
])("%d bytes are %s", (n, want) => expect(bytes(n)).toBe(want));

test("a short text is centred on the strip, a long one begins at its edge", () => {
  const all = { alpha: () => 255 };
  expect(lamps({ width: 2, ...all }, 6, 1)).toEqual([
    [2, 0],
    [3, 0],
  ]);
  expect(lamps({ width: 8, ...all }, 6, 1)).toHaveLength(8);
  expect(lamps({ width: 2, alpha: () => 40 }, 6, 1)).toEqual([]);
});

test("the page follows the events, over a break and a line of rubbish", () => {
  const listeners: ((event: { data: string }) => void)[] = [];
  const source: Source = {
    onopen: null,
    onerror: null,
    addEventListener: (_, listener) => listeners.push(listener),
    close: () => {},
  };
  const state = follow(source);
  const hear = (text: string) =>
    listeners.forEach((l) => {
      l({ data: text });
    });
  source.onopen?.();
  for (const d of devices()) hear(JSON.stringify(d));
  hear("{");
  hear("null");
  hear(JSON.stringify({ ...devices()[0], conditions: ["jam"] }));
  expect(state.connected).toBe(true);
  expect(state.devices).toHaveLength(10);
  expect(state.devices[0]?.conditions).toEqual(["jam"]);
  source.onerror?.();
  expect(state.connected).toBe(false);
  expect(state.devices).toHaveLength(10);
});
