import { clock, day, isMobile, maskPhone, messages, minutesBetween, running } from "@smarthall/ui";
import { describe, expect, it } from "vitest";

describe("format", () => {
  it.each([
    [0, "00:00"],
    [391, "06:31"],
    [3600, "1:00:00"],
    [3723.9, "1:02:03"],
    [-5, "00:00"],
  ])("running(%d) is %s", (seconds, want) => expect(running(seconds)).toBe(want));

  it("shows the hall's own time, and the machine's if the zone is unknown", () => {
    const noon = Date.parse("2026-11-23T04:05:00Z");
    expect(clock(noon, "Asia/Shanghai")).toBe("12:05");
    expect(clock(noon, "Nowhere/Land")).toMatch(/^\d\d:\d\d$/);
    expect(day(noon, "Asia/Shanghai")).toContain("星期一");
  });

  it("counts whole minutes and none for a missing or future time", () => {
    const now = Date.parse("2026-11-23T09:10:59Z");
    expect(minutesBetween("2026-11-23T09:00:00Z", now)).toBe(10);
    expect(minutesBetween(undefined, now)).toBe(0);
    expect(minutesBetween("2026-11-23T09:11:30Z", now)).toBe(0);
  });

  it.each([
    ["13812345678", true],
    ["12812345678", false],
    ["1381234567", false],
    ["138123456789", false],
    ["1381234567a", false],
  ])("isMobile(%s) is %s", (text, want) => expect(isMobile(text)).toBe(want));

  it("masks a phone number and nothing shorter", () => {
    expect(maskPhone("13812345678")).toBe("138****5678");
    expect(maskPhone("1381")).toBe("1381");
  });
});

describe("messages", () => {
  const t = messages({ hello: "{who}，您好 {who}", plain: "返回" });

  it("fills every place of a name", () => expect(t("hello", { who: "王*" })).toBe("王*，您好 王*"));
  it("shows a place that nobody filled", () => expect(t("hello", {})).toContain("{who}"));
  it("gives a plain text as it is", () => expect(t("plain")).toBe("返回"));
});
