/** Box is a rectangle in a layout's pixels. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Guide is a line that a box has snapped to. */
export interface Guide {
  vertical: boolean;
  at: number;
}

/** Measure is how finely boxes are placed, and the smallest that one may be. */
export interface Measure {
  /** grid is what boxes snap to where no other box is near. */
  grid: number;
  w: number;
  h: number;
}

/** PAGE is the measure of blocks on a screen, in pixels. */
export const PAGE: Measure = { grid: 10, w: 20, h: 20 };

/** Edge is which sides a drag moves: n, ne, e … or the whole box. */
export type Edge = "move" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "nw";

/**
 * dragged is a box moved or resized by dx and dy: kept on the stage, snapped to
 * edges and middles of others within reach, else to the grid.
 */
export function dragged(
  box: Box,
  edge: Edge,
  dx: number,
  dy: number,
  stage: { width: number; height: number },
  others: Box[],
  reach: number,
  measure: Measure = PAGE,
): { box: Box; guides: Guide[] } {
  const { grid } = measure;
  const guides: Guide[] = [];
  const xs = lines(others, stage.width, "x", "w");
  const ys = lines(others, stage.height, "y", "h");
  if (edge === "move") {
    const x = along(box.x + dx, box.w, stage.width, xs, reach, grid, true, guides);
    const y = along(box.y + dy, box.h, stage.height, ys, reach, grid, false, guides);
    return { box: { ...box, x, y }, guides };
  }
  let { x, y, w, h } = box;
  if (edge.includes("w")) {
    const to = clamp(end(box.x + dx, xs, reach, grid, true, guides), 0, box.x + box.w - measure.w);
    w = box.x + box.w - to;
    x = to;
  }
  if (edge.includes("e"))
    w = clamp(end(box.x + box.w + dx, xs, reach, grid, true, guides), box.x + measure.w, stage.width) - box.x;
  if (edge.includes("n")) {
    const to = clamp(end(box.y + dy, ys, reach, grid, false, guides), 0, box.y + box.h - measure.h);
    h = box.y + box.h - to;
    y = to;
  }
  if (edge.includes("s"))
    h =
      clamp(end(box.y + box.h + dy, ys, reach, grid, false, guides), box.y + measure.h, stage.height) - box.y;
  return { box: { x, y, w, h }, guides };
}

/** nudged is a box moved, or with resize made larger, by the keyboard. */
export function nudged(
  box: Box,
  dx: number,
  dy: number,
  resize: boolean,
  stage: { width: number; height: number },
  measure: Measure = PAGE,
): Box {
  if (resize) {
    return {
      ...box,
      w: clamp(box.w + dx, measure.w, stage.width - box.x),
      h: clamp(box.h + dy, measure.h, stage.height - box.y),
    };
  }
  return {
    ...box,
    x: clamp(box.x + dx, 0, stage.width - box.w),
    y: clamp(box.y + dy, 0, stage.height - box.h),
  };
}

/** lines are where edges and middles of others and of the stage are. */
function lines(others: Box[], side: number, at: "x" | "y", size: "w" | "h"): number[] {
  return [0, side / 2, side, ...others.flatMap((o) => [o[at], o[at] + o[size] / 2, o[at] + o[size]])];
}

/** along is where a whole side of a box comes to lie. */
function along(
  to: number,
  size: number,
  side: number,
  at: number[],
  reach: number,
  grid: number,
  vertical: boolean,
  guides: Guide[],
): number {
  let best: { off: number; at: number } | undefined;
  for (const part of [0, size / 2, size]) {
    for (const line of at) {
      const off = line - (to + part);
      if (Math.abs(off) <= reach && (!best || Math.abs(off) < Math.abs(best.off))) best = { off, at: line };
    }
  }
  if (best) {
    const snapped = Math.round(to + best.off);
    if (snapped === clamp(snapped, 0, side - size)) {
      guides.push({ vertical, at: best.at });
      return snapped;
    }
  }
  return clamp(Math.round(to / grid) * grid, 0, side - size);
}

/** end is where one edge comes to lie. */
function end(
  to: number,
  at: number[],
  reach: number,
  grid: number,
  vertical: boolean,
  guides: Guide[],
): number {
  let best: number | undefined;
  for (const line of at) {
    if (Math.abs(line - to) <= reach && (best === undefined || Math.abs(line - to) < Math.abs(best - to)))
      best = line;
  }
  if (best === undefined) return Math.round(to / grid) * grid;
  guides.push({ vertical, at: best });
  return Math.round(best);
}

function clamp(n: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, n));
}
