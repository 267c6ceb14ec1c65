import { describe, expect, it } from "vitest";
import { type Count, dayBefore, linesOf } from "../src/staff/exchange/exchange";

const count = (day: string, state: Count["state"], n: number, service = "case.report"): Count => ({
  day,
  member: "province",
  direction: "out",
  service,
  state,
  n,
});

describe("messages by day", () => {
  it("gathers the states of one service, days as they come", () => {
    const lines = linesOf([
      count("2026-11-23", "acknowledged", 7),
      count("2026-11-23", "waiting", 1),
      count("2026-11-23", "sent", 2),
      count("2026-11-23", "dead", 1, "case.handover"),
      count("2026-11-22", "refused", 3),
    ]);
    expect(
      lines.map(({ day, service, all, taken, open, refused, dead }) => [
        day,
        service,
        all,
        taken,
        open,
        refused,
        dead,
      ]),
    ).toEqual([
      ["2026-11-23", "case.report", 10, 7, 3, 0, 0],
      ["2026-11-23", "case.handover", 1, 0, 0, 0, 1],
      ["2026-11-22", "case.report", 3, 0, 0, 3, 0],
    ]);
  });

  it("takes a day for what it is where the halls are", () => {
    expect(dayBefore(0, Date.parse("2026-11-23T16:30:00Z"))).toBe("2026-11-24");
    expect(dayBefore(1, Date.parse("2026-11-23T15:30:00Z"))).toBe("2026-11-22");
  });
});
