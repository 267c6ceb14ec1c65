import { type Bounds, overlap } from "./shapes";

/** Wanted is a text that should stand beside its mark. Lengths are pixels. */
export interface Wanted {
  id: string;
  /** lines are set one below the other; the first alone is kept if they don't fit. */
  lines: string[];
  /** mark is the box of the mark that it belongs to. */
  mark: Bounds;
  /** sides are where it may stand, the best first. */
  sides: Side[];
  /** size is the height of its letters. */
  size: number;
  /** most is how wide it may become before it is broken or shortened. */
  most: number;
}
export type Side = "right" | "left" | "below" | "above";

/** Placed is where a text stands: x is the middle, or the end that anchor tells. */
export interface Placed {
  id: string;
  lines: string[];
  /** own is how many of the lines are the first text's. */
  own: number;
  x: number;
  /** y is the middle of the first line. */
  y: number;
  anchor: "start" | "middle" | "end";
  size: number;
  box: Bounds;
}

/** LINE is the height of a line in letters, GAP the space between mark and text in pixels. */
export const LINE = 1.25;
const GAP = 3;

/** widthOf is about how wide a text is in letters of size 1: Chinese ones are square. */
export function widthOf(text: string): number {
  let sum = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code >= 0x2e80) sum += 1;
    else if (/[A-Z0-9@%&MWmw]/.test(letter)) sum += 0.66;
    else if (/[ .,:;'ijlt|!-]/.test(letter)) sum += 0.34;
    else sum += 0.56;
  }
  return sum;
}

/** broken sets a text in at most two lines no wider than most letters, shortened if it must be. */
export function broken(text: string, most: number): string[] {
  if (widthOf(text) <= most) return [text];
  const words = text.includes(" ") ? text.split(/(?<= )/) : [...text];
  let first = "";
  let rest = words;
  while (rest.length > 0 && widthOf(first + rest[0]) <= most) {
    first += rest[0];
    rest = rest.slice(1);
  }
  if (first.trim() === "") return [shortened(text, most)];
  // Two lines of about the same length read better than a full one and a scrap.
  if (!text.includes(" ") && widthOf(text) <= 2 * most) {
    const half = Math.ceil(words.length / 2);
    return [words.slice(0, half).join(""), words.slice(half).join("")];
  }
  return [first.trim(), shortened(rest.join("").trim(), most)];
}

/** shortened cuts a text to most letters with an ellipsis. */
export function shortened(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let cut = [...text];
  while (cut.length > 1 && widthOf(`${cut.join("")}…`) > most) cut = cut.slice(0, -1);
  return `${cut.join("").trim()}…`;
}

/** place puts lines at one side of a mark. */
function at(side: Side, w: Wanted, [own, rest]: [string[], string[]], shift: number): Placed {
  const lines = [...own, ...rest];
  const width = Math.max(...lines.map(widthOf)) * w.size + 2;
  const height = lines.length * LINE * w.size;
  const { mark } = w;
  const middle = (mark.left + mark.right) / 2 + (side === "below" || side === "above" ? shift * width : 0);
  const centre = (mark.top + mark.bottom) / 2 + (side === "left" || side === "right" ? shift * height : 0);
  const upright = side === "left" || side === "right";
  const left =
    side === "right" ? mark.right + GAP : side === "left" ? mark.left - GAP - width : middle - width / 2;
  const top = upright
    ? centre - height / 2
    : side === "below"
      ? mark.bottom + GAP / 2
      : mark.top - GAP / 2 - height;
  return {
    id: w.id,
    lines,
    own: own.length,
    x: side === "right" ? left : side === "left" ? left + width : middle,
    y: top + (LINE * w.size) / 2,
    anchor: side === "right" ? "start" : side === "left" ? "end" : "middle",
    size: w.size,
    box: { left, top, right: left + width, bottom: top + height },
  };
}

/** SHIFTS move a text along its side, in its own lengths, if its best place is taken. */
const SHIFTS = [0, 0.3, -0.3];

/**
 * arrange finds a place for every text that has one: within the room, clear of
 * taken and of each other. The first ones choose first; a text that fits nowhere
 * is broken, shortened to its first line, and then left out.
 */
export function arrange(wanted: Wanted[], taken: Bounds[], room: Bounds): Placed[] {
  const full = [...taken];
  const placed: Placed[] = [];
  for (const w of wanted) {
    if (w.lines.length === 0 || w.lines.every((line) => line === "")) continue;
    const fit = fitting(w, full, room);
    if (!fit) continue;
    full.push(fit.box);
    placed.push(fit);
  }
  return placed;
}

function fitting(w: Wanted, full: Bounds[], room: Bounds): Placed | undefined {
  const most = Math.max(3, w.most / w.size);
  const [first = "", ...rest] = w.lines;
  const tries: [string[], string[]][] = [
    [broken(first, most), rest.map((line) => shortened(line, most * 1.6))],
    [[first], rest],
    [broken(first, most), []],
    [[shortened(first, most * 0.8)], []],
    [[shortened(first, 3.6)], []],
  ];
  for (const lines of tries) {
    for (const shift of SHIFTS) {
      for (const side of w.sides) {
        const spot = at(side, w, lines, shift);
        const { left, top, right, bottom } = spot.box;
        if (left < room.left || top < room.top || right > room.right || bottom > room.bottom) continue;
        if (!full.some((other) => overlap(spot.box, other))) return spot;
      }
    }
  }
  return undefined;
}

/** Named is an outline with a name that should stand in it. */
export interface Named {
  id: string;
  text: string;
  /** middle is where it stands best; holds tells whether a box lies in the outline. */
  middle: { x: number; y: number };
  bounds: Bounds;
  holds: (box: Bounds) => boolean;
  size: number;
}

/**
 * name finds a place for an outline's name inside it, as near to its middle as
 * what is taken allows: in one line, in two, or from top to bottom if it is narrow.
 */
export function name(w: Named, taken: Bounds[]): Placed | undefined {
  const letters = [...w.text];
  const half = Math.ceil(letters.length / 2);
  const upright = widthOf(w.text) === letters.length;
  const tries = [[w.text]];
  if (w.text.includes(" ")) tries.push(broken(w.text, widthOf(w.text) * 0.6));
  else if (letters.length > 3) tries.push([letters.slice(0, half).join(""), letters.slice(half).join("")]);
  if (upright) tries.push(letters);
  for (const lines of tries) {
    const width = (Math.max(...lines.map(widthOf)) + 0.5) * w.size;
    const height = lines.length * LINE * w.size;
    for (const { x, y } of around(w)) {
      const box = { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
      if (!w.holds(box) || taken.some((other) => overlap(box, other))) continue;
      return {
        id: w.id,
        lines,
        own: lines.length,
        x,
        y: box.top + (LINE * w.size) / 2,
        anchor: "middle",
        size: w.size,
        box,
      };
    }
  }
  return undefined;
}

/** around are spots in an outline, the middle first. */
function around({ middle, bounds, size }: Named): { x: number; y: number }[] {
  const spots = [middle];
  const step = Math.max(size, (bounds.right - bounds.left) / 24, (bounds.bottom - bounds.top) / 24);
  for (let x = bounds.left + step / 2; x < bounds.right; x += step)
    for (let y = bounds.top + step / 2; y < bounds.bottom; y += step) spots.push({ x, y });
  const far = (p: { x: number; y: number }) => Math.hypot(p.x - middle.x, p.y - middle.y);
  return spots.sort((a, b) => far(a) - far(b));
}
