import type { ServiceView } from "@smarthall/ui";
import { FEW, placesText, waitText } from "@smarthall/ui/screen";
import { describe, expect, test } from "vitest";
import { service } from "./fixtures";

describe("what a board says of a wait", () => {
  const cases: [string, Partial<ServiceView>, string][] = [
    ["a range", { waiting: 6, waitLow: 15, waitHigh: 20, waitMinutes: 18 }, "约等 15–20 分钟"],
    ["a range of one number", { waiting: 6, waitLow: 8, waitHigh: 8 }, "约等 8 分钟"],
    ["a range that begins now", { waiting: 1, waitLow: 0, waitHigh: 5 }, "5 分钟内"],
    ["nobody waits but all windows are busy", { waiting: 0, waitLow: 3, waitHigh: 6 }, "约等 3–6 分钟"],
    ["no wait", { waiting: 0, waitLow: 0, waitHigh: 0 }, "随到随办"],
    ["nothing forecast yet", { waiting: 4, waitMinutes: 12 }, "约等 12 分钟"],
    ["nothing forecast, nobody waits", { waiting: 0 }, "随到随办"],
    [
      "no window open, whatever was forecast",
      { waiting: 4, openWindows: 0, waitLow: 5, waitHigh: 9 },
      "暂无窗口",
    ],
    ["closed", { openWindows: 0, available: false }, "暂停取号"],
  ];
  for (const [name, over, want] of cases) {
    test(name, () => expect(waitText(service(over))).toBe(want));
  }
});

test("places are told when they become few", () => {
  expect(placesText(service())).toBe("");
  expect(placesText(service({ placesLeft: FEW + 1 }))).toBe("");
  expect(placesText(service({ placesLeft: FEW }))).toBe("剩 10 个号");
  expect(placesText(service({ placesLeft: 0, available: false }))).toBe("号已取完");
});
