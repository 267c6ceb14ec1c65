import { setLanguage } from "@smarthall/ui";
import { afterEach, describe, expect, it } from "vitest";
import {
  busyHours,
  type Dimension,
  daysOf,
  fileName,
  labelOf,
  lasting,
  query,
  share,
  timeOr,
} from "../src/statistics/figures";

describe("the range of days", () => {
  it("ends with the hall's day, whatever the browser's clock says", () => {
    expect(daysOf("today", "2026-11-24")).toEqual({ from: "2026-11-24", to: "2026-11-24" });
  });
  it.each([
    ["2026-11-23", "2026-11-23"], // a Monday
    ["2026-11-24", "2026-11-23"],
    ["2026-11-29", "2026-11-23"], // a Sunday
    ["2026-03-01", "2026-02-23"],
  ])("begins the week of %s on Monday %s", (today, from) => {
    expect(daysOf("week", today)).toEqual({ from, to: today });
  });
  it("begins the month with its first day", () => {
    expect(daysOf("month", "2026-02-28")).toEqual({ from: "2026-02-01", to: "2026-02-28" });
  });
});

describe("the question to the hall-server", () => {
  it("leaves out what isn't chosen", () => {
    const choice = { from: "2026-11-01", to: "", service: "tax", window: "", channel: "" };
    expect(query(choice, "window")).toBe("by=window&from=2026-11-01&service=tax");
  });
});

describe("a download", () => {
  it("has the name that the hall-server gives it", () => {
    const header = `attachment; filename="statistics.xlsx"; filename*=UTF-8''${encodeURIComponent("统计 周一.xlsx")}`;
    expect(fileName(header)).toBe("统计 周一.xlsx");
  });
  it.each(["", "attachment", "attachment; filename*=UTF-8''%E4%B"])("has no name in %j", (header) => {
    expect(fileName(header)).toBe("");
  });
});

describe("figures in words", () => {
  it.each([
    [0, "0分00秒"],
    [65, "1分05秒"],
    [3599, "59分59秒"],
    [3779, "1时02分"],
  ])("says %i seconds as %s", (seconds, text) => {
    expect(lasting(seconds)).toBe(text);
  });
  it("tells nothing from nought", () => {
    expect(share(0, 0)).toBe("–");
    expect(share(0, 3)).toBe("0.0%");
    expect(share(2, 3)).toBe("66.7%");
    expect(timeOr({ count: 0, mean: 0, median: 0, p90: 0, max: 0 }, "mean")).toBe("–");
    expect(timeOr({ count: 1, mean: 0, median: 0, p90: 0, max: 0 }, "mean")).toBe("0分00秒");
  });
});

describe("the hours of the day", () => {
  it("are those in which anybody came", () => {
    const week = (came: (day: number, hour: number) => number) =>
      Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => came(day, hour)));
    expect(busyHours(week(() => 0))).toEqual([8, 18]);
    const heat = week((day, hour) => (day === 2 && hour === 9 ? 4 : Number(day === 5 && hour === 16)));
    expect(busyHours(heat)).toEqual([9, 17]);
  });
});

describe("the names of rows", () => {
  const windows = [{ id: "w3", number: "3", name: "社会保险" }];
  const of = (by: Dimension, key: string, label = "标签") => labelOf(by, { key, label }, windows);
  afterEach(() => setLanguage("zh-CN"));

  it("are the server's in Chinese", () => {
    expect(of("weekday", "1", "周一")).toBe("周一");
  });
  it("are ours in English, by their keys", async () => {
    await setLanguage("en");
    expect(of("weekday", "7")).toBe("Sun");
    expect(of("day", "2026-11-23")).toBe("2026-11-23 Mon");
    expect(of("day", "2026-11-29")).toBe("2026-11-29 Sun");
    expect(of("window", "w3")).toBe("Window 3 社会保险");
    expect(of("window", "gone")).toBe("标签");
    expect(of("zone", "")).toBe("No zone");
    expect(of("priority", "")).toBe("None");
    expect(of("channel", "card")).toBe("ID card");
    expect(of("channel", "appointment/wechat")).toBe("Appointment (WeChat)");
    expect(of("channel", "pigeon")).toBe("标签");
    expect(of("clerk", "li", "李敏")).toBe("李敏");
  });
});
