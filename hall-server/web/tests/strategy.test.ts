import type { ServiceView, WindowView } from "@smarthall/ui";
import { afterEach, expect, test, vi } from "vitest";
import {
  groupsOf,
  mistakeOf,
  moved,
  newDraft,
  ordered,
  servicesOf,
  setStrategy,
  strategyOf,
  toggled,
} from "../src/admin/strategy";
import { board, problem } from "./fixtures";

afterEach(() => vi.unstubAllGlobals());

const services = ["a", "b", "c"].map((id) => ({ id, name: id })) as ServiceView[];

test("services are those of the chosen windows, in the hall's order", () => {
  const windows = [
    { id: "1", services: ["c", "a"] },
    { id: "2", services: ["b"] },
  ] as WindowView[];
  expect(servicesOf(windows, new Set(["1"]), services).map((s) => s.id)).toEqual(["a", "c"]);
  expect(servicesOf(windows, new Set(), services)).toEqual([]);
});

test("only what a kind needs is sent", () => {
  const draft = { ...newDraft(), order: ["c"], weights: { a: 3, gone: 9 } };
  expect(strategyOf({ ...draft, kind: "longest-wait" }, services)).toEqual({ kind: "longest-wait" });
  expect(strategyOf({ ...draft, kind: "strict" }, services)).toEqual({
    kind: "strict",
    order: ["c", "a", "b"],
  });
  expect(strategyOf({ ...draft, kind: "ratio" }, services)).toEqual({
    kind: "ratio",
    weights: { appointment: 2, "walk-in": 1 },
  });
  expect(strategyOf({ ...draft, kind: "ratio", by: "service" }, services)).toEqual({
    kind: "ratio",
    weights: { a: 3, b: 1, c: 1 },
  });
});

test("what the hall-server would refuse is said before it is sent", () => {
  const ratio = (weights: Record<string, number>) => mistakeOf({ kind: "ratio", weights }, 1);
  expect(mistakeOf({ kind: "due-date" }, 0)).toBe("请先勾选窗口");
  expect(mistakeOf({ kind: "due-date" }, 3)).toBe("");
  expect(ratio({ a: 2, b: 0 })).toBe("");
  expect(ratio({ a: 0, b: 0 })).toBe("比例至少有一项大于 0");
  for (const wrong of [-1, 1.5, 101, Number.NaN]) expect(ratio({ a: wrong, b: 1 })).toMatch(/整数/);
});

test("an element is moved one place or many, and never off the list", () => {
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 1, 2)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 5, 0)).toEqual(["a", "b"]);
});

test("services that an order doesn't know come last", () => {
  expect(ordered(["c", "gone"], services).map((s) => s.id)).toEqual(["c", "a", "b"]);
});

test("ticking a zone takes all of it, and gives all back when all were in", () => {
  expect([...toggled(new Set(["1"]), ["1", "2"])]).toEqual(["1", "2"]);
  expect([...toggled(new Set(["1", "2", "9"]), ["1", "2"])]).toEqual(["9"]);
});

test("windows stand by zone, and zones without windows are left out", () => {
  const b = board();
  const groups = groupsOf([...(b.hall.zones ?? []), { id: "Z", name: "空" }], b.windows ?? []);
  expect(groups.map((g) => g.zone.id)).toEqual(["A", "B", "C"]);
  expect(groups.flatMap((g) => g.windows)).toHaveLength(12);
});

test("a change names its windows; without a strategy they go back to the hall's file", async () => {
  const asked = vi.fn(async (_path: string, _init: RequestInit) => Response.json({ windows: [] }));
  vi.stubGlobal("fetch", asked);
  await setStrategy(["1", "2"], { kind: "by-hand" });
  await setStrategy(["3"]);
  const bodies = asked.mock.calls.map(([, init]) => JSON.parse(String(init.body)));
  expect(bodies).toEqual([{ windows: ["1", "2"], strategy: { kind: "by-hand" } }, { windows: ["3"] }]);
  vi.stubGlobal("fetch", async () => problem(403, { detail: "没有权限" }));
  await expect(setStrategy(["1"])).rejects.toThrow("没有权限");
});
