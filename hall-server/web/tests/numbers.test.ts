import { afterEach, expect, test, vi } from "vitest";
import {
  conditionOf,
  givenOf,
  hoursOf,
  numberOf,
  type Priority,
  readNumbers,
  type Series,
  useOf,
} from "../src/admin/numbers";
import { tabOf } from "../src/admin/tabs";
import { accuracyLine, expected } from "../src/words";
import { board } from "./fixtures";

afterEach(() => vi.unstubAllGlobals());

const series: Series = { id: "A", prefix: "A", digits: 3, first: 1, last: 999, next: 13, services: [] };

test("numbers of a series have its prefix and digits, and more when they need more", () => {
  expect(numberOf(series, 12)).toBe("A012");
  expect(numberOf(series, 1200)).toBe("A1200");
  expect(givenOf(series)).toBe(12);
  expect(givenOf({ ...series, first: 500, next: 1 })).toBe(0);
});

test("a quota says its hours, or the whole day", () => {
  const quota = { service: "tax", places: 1, used: 0 };
  expect(hoursOf({ ...quota, from: 540, to: 725 })).toBe("09:00–12:05");
  expect(hoursOf({ ...quota, from: 0, to: 1440 })).toBe("全天");
});

test("a limit is told by width, tone and word", () => {
  expect(useOf(10, 200)).toEqual({ width: "5%", tone: "busy", word: "还剩 190" });
  expect(useOf(159, 200).tone).toBe("busy");
  expect(useOf(160, 200)).toEqual({ width: "80%", tone: "pause", word: "还剩 40" });
  expect(useOf(200, 200)).toEqual({ width: "100%", tone: "alarm", word: "已用完" });
  expect(useOf(203, 200)).toMatchObject({ width: "100%", tone: "alarm" });
  expect(useOf(0, 0)).toMatchObject({ tone: "alarm" });
});

test("a class says who gets it", () => {
  const p = (over: Partial<Priority>): Priority => ({
    id: "p",
    name: "优先",
    shortenSeconds: 600,
    given: 0,
    ...over,
  });
  expect(conditionOf(p({ age: 70 }))).toBe("身份证年龄满 70 岁");
  expect(conditionOf(p({ age: 70, authorise: true }))).toBe("身份证年龄满 70 岁或工作人员授权");
  expect(conditionOf(p({}))).toBe("本人说明即可");
});

test("all lists are asked for together", async () => {
  const answers: Record<string, unknown> = {
    "/api/v1/series": { series: [series] },
    "/api/v1/quotas": { day: "2026-11-23", quotas: [] },
    "/api/v1/priorities": { priorities: [] },
  };
  vi.stubGlobal("fetch", async (path: string) => Response.json(answers[path]));
  expect(await readNumbers()).toEqual({ series: [series], quotas: [], priorities: [] });
});

test("an address names its part of the administration", () => {
  expect(["#strategy", "#config", "", "#nothing"].map(tabOf)).toEqual([
    "strategy",
    "config",
    "overview",
    "overview",
  ]);
});

test("an expected wait is a range where there is one", () => {
  const [s] = board().services ?? [];
  if (!s) throw new Error("no service");
  expect(expected({ ...s, waitLow: 15, waitHigh: 20, waitMinutes: 17 })).toBe("15–20 分钟");
  expect(expected({ ...s, waitLow: 5, waitHigh: 5, waitMinutes: 17 })).toBe("5 分钟");
  expect(expected({ ...s, waitLow: undefined, waitHigh: undefined, waitMinutes: 17 })).toBe("17 分钟");
  expect(expected({ ...s, waitLow: undefined, waitHigh: undefined, waitMinutes: undefined })).toBe("–");
});

test("promises are judged in whole per cent", () => {
  const { line, title } = accuracyLine({
    n: 128,
    wape: 0.234,
    meanErrorMinutes: 2.44,
    within: 0.871,
    coverage: 0.8,
    underBy5: 0.042,
  });
  expect(line).toBe("等候预估：平均相差 2.4 分钟，准确 87%（今天 128 次）");
  expect(title).toContain("4% 的人");
});
