import type { FloorView, PlaceView, Point } from "../link.gen";
import { boundsOf, distance, fromEdge, frontOf, inside } from "./shapes";

/** CELL is the side of a grid's cells in metres; huge floors have larger ones. */
const CELL = 0.25;
/** MOST is how many cells a grid has at most. */
const MOST = 160_000;
/** STAND is how far before a place people stand, REACH how far that may be moved, in metres. */
const STAND = 0.6;
const REACH = 4;

/** FURNITURE is how large what stands at some kinds of places is, in metres from its middle. */
const FURNITURE: Record<string, number> = {
  desk: 0.8,
  complaints: 0.8,
  forms: 0.8,
  copier: 0.4,
  water: 0.4,
  agent: 0.35,
};

/** Room is how much room a walk keeps. */
export interface Room {
  /** clearance is the distance to rooms, counters and walls, in metres. */
  clearance: number;
  /** seats tells that rows of seats may be walked through. */
  seats: boolean;
}

/** ROOMS are tried one after the other: round the seats, and through them if there is no other way. */
export const ROOMS: Room[] = [
  { clearance: 0.45, seats: false },
  { clearance: 0.3, seats: true },
];

/**
 * Grid is a floor in square cells, of which those are free in whose middle
 * somebody can stand. Whoever stays in free cells touches no obstacle.
 */
export class Grid {
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
  private readonly blocked: Uint8Array;
  private readonly cost: Float64Array;
  private readonly before: Int32Array;
  private readonly seen: Uint32Array;
  private round = 0;

  constructor(floor: FloorView, room: Room) {
    this.cell = Math.max(CELL, Math.sqrt((floor.width * floor.depth) / MOST));
    this.columns = Math.max(1, Math.floor(floor.width / this.cell));
    this.rows = Math.max(1, Math.floor(floor.depth / this.cell));
    const n = this.columns * this.rows;
    this.blocked = new Uint8Array(n);
    this.cost = new Float64Array(n);
    this.before = new Int32Array(n);
    this.seen = new Uint32Array(n);
    // A free cell's corners must be clear as well.
    const clearance = Math.max(room.clearance, this.cell * 0.75);
    for (const area of floor.areas ?? []) {
      if (area.kind === "zone" || (area.kind === "seats" && room.seats)) continue;
      // Plain copies: reading a page's reactive store in a loop is slow.
      this.block(
        (area.shape ?? []).map(({ x, y }) => ({ x, y })),
        clearance,
      );
    }
    for (const { kind, x, y } of floor.places ?? [])
      if (FURNITURE[kind]) this.furnish({ x, y }, FURNITURE[kind] + Math.min(0.3, clearance));
  }

  /** free tells whether somebody can stand in a cell. */
  free(cell: number): boolean {
    return this.blocked[cell] === 0;
  }

  /** middle is a cell's middle, in metres. */
  middle(cell: number): Point {
    return {
      x: ((cell % this.columns) + 0.5) * this.cell,
      y: (Math.floor(cell / this.columns) + 0.5) * this.cell,
    };
  }

  /** stand is the free cell nearest to where people stand before a place; -1 if none is near. */
  stand(place: PlaceView): number {
    const front = frontOf(place.turn);
    return this.near({ x: place.x + front.x * STAND, y: place.y + front.y * STAND });
  }

  /** at is the cell that p lies in; -1 if that is outside. */
  at(p: Point): number {
    const [x, y] = [Math.floor(p.x / this.cell), Math.floor(p.y / this.cell)];
    return x >= 0 && y >= 0 && x < this.columns && y < this.rows ? y * this.columns + x : -1;
  }

  /** near is the free cell nearest to p; -1 if none is within reach. */
  near(p: Point): number {
    const column = Math.floor(p.x / this.cell);
    const row = Math.floor(p.y / this.cell);
    const most = Math.ceil(Math.max(REACH, this.cell) / this.cell);
    let best = -1;
    let far = Infinity;
    for (let ring = 0; ring <= most; ring++) {
      // No cell of a ring further out is nearer than that.
      if (best >= 0 && (ring - 1) * this.cell > far) break;
      for (const cell of this.ring(column, row, ring)) {
        const d = distance(this.middle(cell), p);
        if (this.free(cell) && d < far - 1e-9) [best, far] = [cell, d];
      }
    }
    return best;
  }

  private *ring(column: number, row: number, ring: number): Generator<number> {
    for (let y = row - ring; y <= row + ring; y++) {
      const whole = Math.abs(y - row) === ring;
      for (let x = column - ring; x <= column + ring; x += whole || ring === 0 ? 1 : 2 * ring)
        if (x >= 0 && y >= 0 && x < this.columns && y < this.rows) yield y * this.columns + x;
    }
  }

  private furnish(p: Point, radius: number): void {
    for (let row = this.index(p.y - radius); row <= this.index(p.y + radius); row++) {
      for (let column = this.index(p.x - radius); column <= this.index(p.x + radius); column++) {
        if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) continue;
        const cell = row * this.columns + column;
        if (distance(this.middle(cell), p) < radius) this.blocked[cell] = 1;
      }
    }
  }

  private block(shape: Point[], clearance: number): void {
    if (shape.length < 3) return;
    const b = boundsOf(shape);
    const [first, last] = [this.index(b.left - clearance), this.index(b.right + clearance)];
    const bottom = Math.min(this.rows - 1, this.index(b.bottom + clearance));
    for (let row = Math.max(0, this.index(b.top - clearance)); row <= bottom; row++) {
      for (let column = Math.max(0, first); column <= Math.min(this.columns - 1, last); column++) {
        const cell = row * this.columns + column;
        if (this.blocked[cell] === 0 && near(this.middle(cell), shape, clearance)) this.blocked[cell] = 1;
      }
    }
  }

  private index(metres: number): number {
    return Math.floor(metres / this.cell);
  }

  /** path is a shortest way over free cells from one to another, by straight and slant steps; empty if there is none. */
  path(from: number, to: number): number[] {
    if (!this.free(from) || !this.free(to)) return [];
    this.round++;
    const heap = new Heap();
    const { columns } = this;
    const [goalX, goalY] = [to % columns, Math.floor(to / columns)];
    const left = (cell: number) => {
      const dx = Math.abs((cell % columns) - goalX);
      const dy = Math.abs(Math.floor(cell / columns) - goalY);
      return Math.max(dx, dy) + (Math.SQRT2 - 1) * Math.min(dx, dy);
    };
    this.reach(from, -1, 0);
    heap.push(from, left(from));
    for (let cell = heap.pop(); cell >= 0; cell = heap.pop()) {
      if (cell === to) return this.back(to);
      this.spread(cell, (next) => heap.push(next, (this.cost[next] ?? 0) + left(next)));
    }
    return [];
  }

  /** spread reaches a cell's neighbours by steps that are shorter than what they had. */
  private spread(cell: number, reached: (next: number) => void): void {
    const { columns, rows } = this;
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    const so = this.cost[cell] ?? 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if ((dx === 0 && dy === 0) || x + dx < 0 || y + dy < 0 || x + dx >= columns || y + dy >= rows)
          continue;
        const next = cell + dy * columns + dx;
        if (!this.free(next)) continue;
        // A slant step doesn't cut the corner of an obstacle.
        if (dx !== 0 && dy !== 0 && !(this.free(cell + dx) && this.free(cell + dy * columns))) continue;
        const cost = so + (dx !== 0 && dy !== 0 ? Math.SQRT2 : 1);
        if (this.seen[next] === this.round && cost >= (this.cost[next] ?? 0) - 1e-9) continue;
        this.reach(next, cell, cost);
        reached(next);
      }
    }
  }

  private reach(cell: number, before: number, cost: number): void {
    this.seen[cell] = this.round;
    this.before[cell] = before;
    this.cost[cell] = cost;
  }

  private back(to: number): number[] {
    const path: number[] = [];
    for (let cell = to; cell >= 0; cell = this.before[cell] ?? -1) path.push(cell);
    return path.reverse();
  }

  /** straight tells whether one can walk straight from the middle of a cell to that of another. */
  straight(from: number, to: number): boolean {
    const { columns } = this;
    let [x, y] = [from % columns, Math.floor(from / columns)];
    const [toX, toY] = [to % columns, Math.floor(to / columns)];
    const [dx, dy] = [Math.abs(toX - x), Math.abs(toY - y)];
    const [stepX, stepY] = [Math.sign(toX - x), Math.sign(toY - y)];
    // Every cell that the line touches is looked at; lead tells which border it meets next.
    let lead = dx - dy;
    for (let left = dx + dy; ; ) {
      if (!this.free(y * columns + x)) return false;
      if (left <= 0) return true;
      if (lead === 0) {
        if (!this.free(y * columns + x + stepX) || !this.free((y + stepY) * columns + x)) return false;
        x += stepX;
        y += stepY;
        lead += 2 * (dx - dy);
        left -= 2;
      } else if (lead > 0) {
        x += stepX;
        lead -= 2 * dy;
        left--;
      } else {
        y += stepY;
        lead += 2 * dx;
        left--;
      }
    }
  }

  /** taut draws a path tight: only the cells remain at which it turns. */
  taut(path: number[]): number[] {
    let cells = this.tighten(path, true);
    for (let before = Infinity; cells.length < before; ) {
      before = cells.length;
      cells = this.tighten(cells, false);
    }
    return cells;
  }

  /** tighten leaves out what can be seen past; once stops at the first corner that hides what follows. */
  private tighten(path: number[], once: boolean): number[] {
    const out = path.slice(0, 1);
    for (let at = 0; at < path.length - 1; ) {
      let next = at + 1;
      for (let far = at + 2; far < path.length; far++) {
        if (this.straight(path[at] as number, path[far] as number)) next = far;
        else if (once) break;
      }
      out.push(path[next] as number);
      at = next;
    }
    return out;
  }
}

/** near tells whether p is in an outline or closer to it than clearance. */
function near(p: Point, shape: Point[], clearance: number): boolean {
  if (inside(p, shape)) return true;
  return shape.some(
    (corner, i) => fromEdge(p, shape[i > 0 ? i - 1 : shape.length - 1] ?? corner, corner) < clearance,
  );
}

/** Heap gives the cells pushed, the one of least cost first. */
class Heap {
  private readonly cells: number[] = [];
  private readonly costs: number[] = [];

  push(cell: number, cost: number): void {
    let at = this.cells.length;
    this.cells.push(cell);
    this.costs.push(cost);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if ((this.costs[up] as number) <= cost) break;
      this.move(up, at);
      at = up;
    }
    this.set(at, cell, cost);
  }

  /** pop is -1 if nothing is left. */
  pop(): number {
    const top = this.cells[0];
    const cell = this.cells.pop();
    const cost = this.costs.pop();
    if (top === undefined || cell === undefined || cost === undefined) return -1;
    const n = this.cells.length;
    if (n === 0) return top;
    let at = 0;
    for (let down = 1; down < n; down = 2 * at + 1) {
      if (down + 1 < n && (this.costs[down + 1] as number) < (this.costs[down] as number)) down++;
      if ((this.costs[down] as number) >= cost) break;
      this.move(down, at);
      at = down;
    }
    this.set(at, cell, cost);
    return top;
  }

  private move(from: number, to: number): void {
    this.set(to, this.cells[from] as number, this.costs[from] as number);
  }

  private set(at: number, cell: number, cost: number): void {
    this.cells[at] = cell;
    this.costs[at] = cost;
  }
}
