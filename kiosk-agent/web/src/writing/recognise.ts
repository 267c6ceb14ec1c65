import { evenly, POINTS, SCALE, type Stroke, squared } from "./strokes";

/**
 * Characters are told apart by where strokes of which direction lie: neither
 * their order nor whether some are joined matters much. A character becomes a
 * grid of cells, each with eight directions; the one whose grid looks most like
 * what was written is meant.
 */
const CELLS = 8;
const DIRECTIONS = 8;
const SIZE = CELLS * CELLS * DIRECTIONS;
/** FINE is how many points of a written stroke are looked at. */
const FINE = 24;
/** UNEVEN is what a difference in the number of strokes costs: joined strokes are usual, more are not. */
const FEWER = 0.05;
const MORE = 0.25;

/** features are a character's grid, of length 1. Strokes lie in a square of side 1. */
export function features(
  strokes: readonly Stroke[],
  into: Float32Array = new Float32Array(SIZE),
): Float32Array {
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [x0 = 0, y0 = 0] = stroke[i - 1] ?? [];
      const [x1 = 0, y1 = 0] = stroke[i] ?? [];
      const length = Math.hypot(x1 - x0, y1 - y0);
      if (length === 0) continue;
      const turn = (Math.atan2(y1 - y0, x1 - x0) / (2 * Math.PI)) * DIRECTIONS + DIRECTIONS;
      // A long piece is walked along, so that every cell that it crosses knows of it.
      const steps = Math.ceil(length * CELLS * 2);
      for (let s = 0; s < steps; s++) {
        const part = (s + 0.5) / steps;
        spread(into, x0 + (x1 - x0) * part, y0 + (y1 - y0) * part, turn, length / steps);
      }
    }
  }
  return unit(into);
}

/** spread shares a piece among the nearest cells and directions. */
function spread(into: Float32Array, x: number, y: number, turn: number, weight: number) {
  const [cx, cy] = [x * CELLS - 0.5, y * CELLS - 0.5];
  const [left, top, low] = [Math.floor(cx), Math.floor(cy), Math.floor(turn)];
  for (let i = left - 1; i <= left + 2; i++) {
    if (i < 0 || i >= CELLS) continue;
    const near = Math.max(0, 1 - Math.abs(cx - i) / 2);
    for (let j = top - 1; j <= top + 2; j++) {
      if (j < 0 || j >= CELLS) continue;
      const both = near * Math.max(0, 1 - Math.abs(cy - j) / 2) * weight;
      const at = (j * CELLS + i) * DIRECTIONS;
      const first = at + (low % DIRECTIONS);
      const second = at + ((low + 1) % DIRECTIONS);
      into[first] = (into[first] ?? 0) + both * (1 - (turn - low));
      into[second] = (into[second] ?? 0) + both * (turn - low);
    }
  }
}

/** unit makes a grid comparable: a root, so that a long stroke doesn't drown short ones, and length 1. */
function unit(v: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < v.length; i++) {
    const root = Math.sqrt(v[i] ?? 0);
    v[i] = root;
    sum += root * root;
  }
  const length = Math.sqrt(sum) || 1;
  for (let i = 0; i < v.length; i++) v[i] = (v[i] ?? 0) / length;
  return v;
}

/** Recogniser knows all characters of a file. */
export class Recogniser {
  private readonly characters: string[] = [];
  private readonly strokes: number[] = [];
  private readonly grids: Float32Array;

  constructor(file: Uint8Array) {
    const starts: number[] = [];
    for (let at = 0; at + 3 <= file.length; at += 3 + (file[at + 2] ?? 0) * POINTS * 2) starts.push(at);
    this.grids = new Float32Array(starts.length * SIZE);
    starts.forEach((at, n) => {
      const count = file[at + 2] ?? 0;
      this.characters.push(String.fromCharCode(((file[at] ?? 0) << 8) | (file[at + 1] ?? 0)));
      this.strokes.push(count);
      features(read(file, at + 3, count), this.grids.subarray(n * SIZE, (n + 1) * SIZE));
    });
  }

  /** guess are the characters that are most like what was written, the likeliest first. */
  guess(written: readonly Stroke[], most: number): string[] {
    const drawn = written.filter((s) => s.length > 0).map((s) => evenly(s, FINE));
    if (drawn.length === 0) return [];
    const grid = features(squared(drawn));
    const scores = this.characters.map((_, n) => {
      let alike = 0;
      const at = n * SIZE;
      for (let i = 0; i < SIZE; i++) alike += (grid[i] ?? 0) * (this.grids[at + i] ?? 0);
      const has = this.strokes[n] ?? 1;
      const off = (drawn.length - has) / has;
      return alike - (off < 0 ? -off * FEWER : off * MORE);
    });
    const best = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    return best.slice(0, most).map((n) => this.characters[n] ?? "");
  }
}

function read(file: Uint8Array, from: number, count: number): Stroke[] {
  return Array.from({ length: count }, (_, s) =>
    Array.from({ length: POINTS }, (_, p) => {
      const at = from + (s * POINTS + p) * 2;
      return [(file[at] ?? 0) / SCALE, (file[at + 1] ?? 0) / SCALE] as const;
    }),
  );
}
