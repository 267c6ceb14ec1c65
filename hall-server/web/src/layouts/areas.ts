import type { StripArea, StripLayout, StripPage } from "@smarthall/ui";
import type { Box, Measure } from "./snap";

/** DOTS is the measure of areas on a strip: a digit wide and a character high at least. */
export const DOTS: Measure = { grid: 1, w: 8, h: 16 };

/** MOST is how many areas a page may have. */
export const MOST = 4;

/** measureOf is DOTS on a strip that is lower than a character. */
export const measureOf = (height: number): Measure => ({ ...DOTS, h: Math.min(DOTS.h, height) });

/** halves divides a strip in two: into lines if it is high enough, else side by side. */
export function halves(width: number, height: number, first: string, second: string): StripArea[] {
  if (height >= 2 * DOTS.h) {
    const h = Math.floor(height / 2);
    return [
      { x: 0, y: 0, w: width, h, text: first },
      { x: 0, y: h, w: width, h: height - h, text: second },
    ];
  }
  const w = Math.floor(width / 2);
  return [
    { x: 0, y: 0, w, h: height, text: first },
    { x: w, y: 0, w: width - w, h: height, text: second },
  ];
}

const meet = (a: Box, b: Box) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** clash tells whether an area lies on another of its page. */
export function clash(areas: Box[], i: number): boolean {
  const one = areas[i];
  return !!one && areas.some((other, n) => n !== i && meet(one, other));
}

/** room is the first free place for one more area, as large as it can be; nothing if there is none. */
export function room(areas: Box[], width: number, height: number): Box | undefined {
  const { w: least, h } = measureOf(height);
  for (let y = 0; y + h <= height; y += h) {
    for (let x = 0; x + least <= width; x += least) {
      const place = { x, y, w: least, h };
      if (areas.some((a) => meet(a, place))) continue;
      while (
        place.x + place.w + least <= width &&
        !areas.some((a) => meet(a, { ...place, w: place.w + least }))
      )
        place.w += least;
      return place;
    }
  }
  return undefined;
}

/** within keeps areas on a strip that was made smaller. */
export function within(areas: StripArea[], width: number, height: number): StripArea[] {
  return areas
    .filter((a) => a.x + DOTS.w <= width && a.y + measureOf(height).h <= height)
    .map((a) => ({ ...a, w: Math.min(a.w, width - a.x), h: Math.min(a.h, height - a.y) }));
}

/** areasOf is how many areas the pages of a strip have at most; 1 if none is divided. */
export function areasOf(strip: StripLayout | undefined): number {
  const pages: StripPage[] = Object.values(strip ?? {}).flat();
  return Math.max(1, ...pages.map((p) => p.areas?.length ?? 0));
}
