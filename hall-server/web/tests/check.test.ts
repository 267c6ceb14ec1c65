import { expect, test } from "vitest";
import { ordered } from "../src/admin/appointments";
import { amountOf, isPeriod, wrongOf, wrongsOf } from "../src/admin/settings/check";
import { type Field, RULES, services } from "../src/admin/settings/sections";

test.each([
  ["09:00-12:00", true],
  ["9:00-12:00", true],
  ["22:00-24:00", true],
  ["12:00-09:00", false],
  ["09:00-09:00", false],
  ["09:00-", false],
  ["-12:00", false],
  ["morning", false],
  ["<script>-12:00", false],
])("a period ends later than it begins: %s is one: %s", (text, is) => {
  expect(isPeriod(text)).toBe(is);
});

const minutes: Field = { key: "target_wait", kind: "minutes", required: true, min: 1, max: 480 };
const count: Field = { key: "posts", kind: "number", min: 1, max: 4 };
const hours: Field = { key: "attendance", kind: "hours" };
const quotas: Field = { key: "quotas", kind: "quotas" };

test.each([
  ["a required one that is empty", minutes, undefined, "请填写"],
  ["an optional one that is empty", count, undefined, ""],
  ["the least and the most", minutes, "1m", ""],
  ["the least and the most", minutes, "8h", ""],
  ["less than the least", minutes, "30s", "请填 1 到 480"],
  ["no duration at all", minutes, "soon", "请填 1 到 480"],
  ["more than the most", count, 5, "请填 1 到 4"],
  ["not a number", count, "2", "请填 1 到 4"],
  ["whole periods", hours, ["09:00-12:00", "13:00-17:00"], ""],
  [
    "one period of two that ends before it begins",
    hours,
    ["09:00-12:00", "17:00-13:00"],
    "时段要填完整，结束晚于开始",
  ],
  ["a quota for the whole day", quotas, [{ places: 0 }], ""],
  ["a quota without its number", quotas, [{ hours: "09:00-12:00", places: null }], "请填数量"],
  ["a quota with half a period", quotas, [{ hours: "09:00-", places: 5 }], "时段要填完整，结束晚于开始"],
])("a field says what is wrong: %s", (_, field, value, words) => {
  expect(wrongOf(field, value)).toBe(words);
});

test("durations are counted in the field's own unit", () => {
  expect(amountOf(minutes, "1h30m")).toBe(90);
  expect(amountOf({ ...minutes, kind: "seconds" }, "1m30s")).toBe(90);
  expect(amountOf(minutes, "")).toBeUndefined();
});

test("an empty form names every field that is needed, and the usual rules are all well", () => {
  expect(Object.keys(wrongsOf(services.fields, {}))).toEqual([
    "name",
    "zone",
    "series",
    "target_wait",
    "service_time",
    "id",
  ]);
  const usual = Object.fromEntries(RULES.map(({ key, usual }) => [key, usual]));
  expect(wrongsOf(RULES, usual)).toEqual({});
});

test("visits stand by a column, and by time without one", () => {
  const visit = (code: string, name: string) => ({ code, name }) as Parameters<typeof ordered>[0][number];
  const day = [visit("10", "b"), visit("9", "a"), visit("11", "")];
  expect(ordered(day, null, false)).toEqual(day);
  expect(ordered(day, "code", false).map((a) => a.code)).toEqual(["9", "10", "11"]);
  expect(ordered(day, "name", true).map((a) => a.code)).toEqual(["10", "9", "11"]);
});
