import { describe, expect, test } from "vitest";
import { cityDay, type Delegation, dayAfter, endOf, standing, tree } from "../src/my/units/units";

const now = new Date("2026-11-23T09:00:00+08:00");

function delegation(id: string, more: Partial<Delegation> = {}): Delegation {
  return {
    id,
    depth: 1,
    grantee: "张*",
    role: "handler",
    items: [],
    from: "2026-11-01T00:00:00+08:00",
    until: "2027-11-01T00:00:00+08:00",
    state: "active",
    holds: true,
    mine: false,
    mayEnd: true,
    mayChange: true,
    ...more,
  };
}

test("a delegation stands below the one it rests on, and knows how many fall with it", () => {
  const list = [
    delegation("c", { parent: "b", depth: 3 }),
    delegation("b", { parent: "a", depth: 2 }),
    delegation("ended", { parent: "a", depth: 2, state: "cancelled", holds: false }),
    delegation("other"),
    delegation("a"),
  ];
  expect(tree(list).map((b) => [b.id, b.below])).toEqual([
    ["other", 0],
    ["a", 2],
    ["b", 1],
    ["c", 0],
    ["ended", 0],
  ]);
});

describe("why a delegation doesn't hold", () => {
  test.each([
    ["holds", {}],
    ["ended", { holds: false, state: "cancelled" }],
    ["over", { holds: false, until: "2026-11-23T08:59:59+08:00" }],
    ["early", { holds: false, from: "2026-11-24T00:00:00+08:00" }],
    ["fallen", { holds: false }],
  ] as const)("%s", (want, more) => {
    expect(standing(delegation("a", more), now)).toBe(want);
  });
});

test("terms end on the same day of a later month, or on its last", () => {
  expect(dayAfter(now, 3)).toBe("2027-02-23");
  expect(dayAfter(new Date("2026-11-30T23:30:00+08:00"), 3)).toBe("2027-02-28");
  expect(dayAfter(new Date("2026-08-31T00:10:00+08:00"), 12)).toBe("2027-08-31");
  expect(cityDay(new Date("2026-12-31T23:59:00+08:00"))).toBe("2026-12-31");
});

test("a term ends with its day, and never after the one it rests on", () => {
  expect(endOf("2027-02-23")).toBe("2027-02-23T15:59:59.000Z");
  expect(endOf("2027-02-23", "2027-02-01T00:00:00Z")).toBe("2027-02-01T00:00:00Z");
  expect(endOf("2027-02-23", "2028-01-01T00:00:00Z")).toBe("2027-02-23T15:59:59.000Z");
});
