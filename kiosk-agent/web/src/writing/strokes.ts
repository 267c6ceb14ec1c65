/** Point is where a pen was; y grows downwards. */
export type Point = readonly [x: number, y: number];
/** Stroke is what a pen drew without being lifted. */
export type Stroke = readonly Point[];

/** POINTS is how many points a stroke is kept with, SCALE what a side of a character is then. */
export const POINTS = 6;
export const SCALE = 255;

/** evenly are so many points at equal distances along a stroke. */
export function evenly(stroke: Stroke, count: number): Point[] {
  const [first] = stroke;
  if (!first) return [];
  const lengths = stroke.slice(1).map((p, i) => distance(stroke[i] ?? p, p));
  const whole = lengths.reduce((a, b) => a + b, 0);
  const out: Point[] = [first];
  let at = 0;
  let walked = 0;
  for (let n = 1; n < count; n++) {
    const to = (whole * n) / (count - 1);
    while (at < lengths.length - 1 && walked + (lengths[at] ?? 0) < to) walked += lengths[at++] ?? 0;
    const [a, b] = [stroke[at] ?? first, stroke[at + 1] ?? stroke[at] ?? first];
    const part = lengths[at] ? (to - walked) / (lengths[at] ?? 1) : 0;
    out.push([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]);
  }
  return out;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** FLAT is how much narrower a side may be than the other and still be stretched to it. */
const FLAT = 0.35;

/** squared moves strokes into a square of side 1; what is flat or narrow stays so. */
export function squared(strokes: readonly Stroke[]): Stroke[] {
  const all = strokes.flat();
  const range = (axis: 0 | 1) => {
    const values = all.map((p) => p[axis]);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  const [left, right] = range(0);
  const [top, bottom] = range(1);
  const [w, h] = [right - left, bottom - top];
  const longest = Math.max(w, h, 1e-6);
  const sx = w / longest < FLAT ? longest : w;
  const sy = h / longest < FLAT ? longest : h;
  return strokes.map((s) =>
    s.map(([x, y]): Point => [(x - left - w / 2) / sx + 0.5, (y - top - h / 2) / sy + 0.5]),
  );
}

/**
 * packed is a character as the file of all keeps it: its code (two bytes), how
 * many strokes it has, and the points of each, a byte a side.
 */
export function packed(character: string, strokes: readonly Stroke[]): number[] {
  const code = character.charCodeAt(0);
  const points = squared(strokes).flatMap((s) => evenly(s, POINTS).flat());
  return [code >> 8, code & 255, strokes.length, ...points.map((n) => Math.round(n * SCALE))];
}
