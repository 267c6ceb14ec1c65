import { expect, test } from "vitest";
import { areasOf, clash, halves, measureOf, room, within } from "../src/layouts/areas";
import { dragged, nudged } from "../src/layouts/snap";

const area = (x: number, y: number, w: number, h = 16) => ({ x, y, w, h, text: "A" });

test("a strip is divided side by side, a high one in lines", () => {
  expect(halves(65, 16, "A", "B")).toEqual([
    { x: 0, y: 0, w: 32, h: 16, text: "A" },
    { x: 32, y: 0, w: 33, h: 16, text: "B" },
  ]);
  expect(halves(128, 32, "A", "B").map((a) => [a.y, a.w, a.h])).toEqual([
    [0, 128, 16],
    [16, 128, 16],
  ]);
});

test("areas that touch are side by side, areas that share a dot clash", () => {
  expect(clash([area(0, 0, 32), area(32, 0, 32)], 0)).toBe(false);
  expect(clash([area(0, 0, 33), area(32, 0, 32)], 0)).toBe(true);
});

test("one more area takes the first free place, or there is none", () => {
  expect(room([area(0, 0, 32)], 96, 16)).toEqual({ x: 32, y: 0, w: 64, h: 16 });
  expect(room([area(0, 0, 96)], 96, 32)).toEqual({ x: 0, y: 16, w: 96, h: 16 });
  expect(room([area(0, 0, 96)], 96, 16)).toBeUndefined();
});

test("areas follow a strip that is made smaller", () => {
  expect(within([area(0, 0, 96), area(96, 0, 96)], 64, 16)).toEqual([area(0, 0, 64)]);
});

test("areas are placed by the dot and stay as large as a character", () => {
  const strip = { width: 192, height: 16 };
  const to = dragged(area(96, 0, 96), "w", 87.4, 0, strip, [], 0, measureOf(16));
  expect(to.box).toMatchObject({ x: 183, w: 9 });
  expect(dragged(area(96, 0, 96), "w", 500, 0, strip, [], 0, measureOf(16)).box).toMatchObject({
    x: 184,
    w: 8,
  });
  expect(nudged(area(0, 0, 8), -1, 0, true, strip, measureOf(16)).w).toBe(8);
});

test("a layout needs as many areas as its richest page", () => {
  expect(areasOf(undefined)).toBe(1);
  expect(
    areasOf({
      idle: [{ text: "A", seconds: 1 }],
      called: [{ text: "A", seconds: 1, areas: [area(0, 0, 8), area(8, 0, 8)] }],
    }),
  ).toBe(2);
});
