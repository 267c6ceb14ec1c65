import type { Point } from "../link.gen";

/** distance is how far apart two points are, in metres. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** inside tells whether p lies in the outline; points on its edge may be either. */
export function inside(p: Point, shape: Point[]): boolean {
  let within = false;
  let before = shape[shape.length - 1];
  for (const corner of shape) {
    if (before && corner.y > p.y !== before.y > p.y) {
      const x = corner.x + ((p.y - corner.y) / (before.y - corner.y)) * (before.x - corner.x);
      if (p.x < x) within = !within;
    }
    before = corner;
  }
  return within;
}

/** fromEdge is the distance of p from the segment a to b. */
export function fromEdge(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / square;
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(p.x - a.x - at * dx, p.y - a.y - at * dy);
}

/** Bounds is an upright rectangle. */
export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** boundsOf is the smallest upright rectangle around points. */
export function boundsOf(points: Point[]): Bounds {
  const b = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    b.left = Math.min(b.left, x);
    b.top = Math.min(b.top, y);
    b.right = Math.max(b.right, x);
    b.bottom = Math.max(b.bottom, y);
  }
  return b;
}

/** overlap tells whether two rectangles share more than an edge. */
export function overlap(a: Bounds, b: Bounds): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** middleOf is the centre of gravity of an outline, or of its corners if it has no area. */
export function middleOf(shape: Point[]): Point {
  let area = 0;
  let x = 0;
  let y = 0;
  let before = shape[shape.length - 1] ?? { x: 0, y: 0 };
  for (const corner of shape) {
    const cross = before.x * corner.y - corner.x * before.y;
    area += cross;
    x += (before.x + corner.x) * cross;
    y += (before.y + corner.y) * cross;
    before = corner;
  }
  if (Math.abs(area) > 1e-9) return { x: x / (3 * area), y: y / (3 * area) };
  const n = Math.max(1, shape.length);
  return {
    x: shape.reduce((sum, p) => sum + p.x, 0) / n,
    y: shape.reduce((sum, p) => sum + p.y, 0) / n,
  };
}

/** frontOf is the direction that a place's front looks, one metre long. */
export function frontOf(turn = 0): Point {
  const angle = (turn * Math.PI) / 180;
  return { x: -Math.sin(angle), y: Math.cos(angle) };
}
