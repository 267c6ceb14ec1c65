import { expect, test } from "vitest";
import { clock, dayWords } from "../src/when";

test("days and times are written the way people say them, in the hall's own zone", () => {
  expect(dayWords("2026-11-24")).toBe("11月24日 周二");
  expect(dayWords("nonsense")).toBe("nonsense");
  expect(clock("2026-11-24T09:30:00+08:00")).toBe("09:30");
});
