import { expect, test } from "vitest";
import { ApiError } from "../src/api";
import { isFinal, isOver, type Line, merged, nextWait } from "../src/consult/consult";
import { beside, type Overheard, sorted } from "../src/staff/desk/conversations/conversations";

const line = (n: number, text = `line ${n}`): Line => ({
  n,
  at: "2026-11-23T09:00:00+08:00",
  by: "asker",
  text,
});

test("lines come once and in order, however often and late they arrive", () => {
  expect(merged([line(1), line(3)], [line(2), line(3)]).map((l) => l.n)).toEqual([1, 2, 3]);
  expect(merged([], [line(2), line(1)]).map((l) => l.n)).toEqual([1, 2]);
});

test("after failures one asks ever more seldom, and not at all where it is of no use", () => {
  expect([0, 1000, 2000, 8000, 15_000].map(nextWait)).toEqual([1000, 2000, 4000, 15_000, 15_000]);
  const refused = (status: number) => isFinal(new ApiError(status, "", ""));
  expect([401, 404, 409, 422].map(refused)).toEqual([true, true, true, true]);
  expect([0, 408, 429, 500, 503].map(refused)).toEqual([false, false, false, false, false]);
  expect(isFinal(new Error("bug"))).toBe(false);
});

test("nothing can be said in a conversation that is over", () => {
  expect((["automatic", "waiting", "served", "ended", "written", undefined] as const).map(isOver)).toEqual([
    false,
    false,
    false,
    true,
    true,
    false,
  ]);
});

const one = (id: string, over: Partial<Overheard>): Overheard =>
  ({
    id,
    state: "served",
    mine: false,
    owes: false,
    asked: `2026-11-23T09:0${id}:00+08:00`,
    ...over,
  }) as Overheard;

test("one's own open questions come first, then whoever waits, the longest first", () => {
  const all = [
    one("1", { member: "b" }),
    one("2", { mine: true }),
    one("4", { state: "waiting" }),
    one("3", { state: "waiting" }),
    one("5", { mine: true, owes: true }),
  ];
  expect(sorted(all).map((c) => c.id)).toEqual(["5", "3", "4", "2", "1"]);
});

test("the keys go around the list", () => {
  const all = [{ id: "a" }, { id: "b" }];
  expect([beside(all, "a", 1), beside(all, "b", 1), beside(all, "a", -1)]).toEqual(["b", "a", "b"]);
  expect([beside(all, undefined, 1), beside(all, "gone", -1), beside([], "a", 1)]).toEqual([
    "a",
    "b",
    undefined,
  ]);
});
