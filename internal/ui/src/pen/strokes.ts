import type { PadSignature } from "../link.gen";

/** The nearest that two points of a stroke lie, in pixels; nearer ones say nothing new. */
const NEAREST = 2;
/** How many points a signature may have; the agent takes twice as many. */
const MOST = 6000;
/** LEAST is the least way of the pen that is more than a dot, in pixels. */
export const LEAST = 60;
/** Pen widths in pixels, as the agent draws them. */
const thin = 1.6;
const normal = 3.2;
const thick = 5.6;

/** Point is where the pen was: pressure is 0 to 255, 0 if nobody knows. */
export interface Point {
  x: number;
  y: number;
  t: number;
  pressure: number;
}

/** penWidth is how wide a pressure draws. */
export function penWidth(pressure: number): number {
  return pressure === 0 ? normal : thin + ((thick - thin) * pressure) / 255;
}

/** pressureOf reads a pointer's pressure; only pens tell the truth. */
export function pressureOf(event: Pick<PointerEvent, "pointerType" | "pressure">): number {
  if (event.pointerType !== "pen") return 0;
  return Math.min(255, Math.max(1, Math.round(event.pressure * 255)));
}

/**
 * Strokes are a signature while it is drawn, on a field of width × height
 * pixels. Points outside the field are held at its edge.
 */
export class Strokes {
  private readonly list: number[][] = [];
  private began: number | undefined;
  private points = 0;
  private way = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    /** least is how long the pen's way is at least. */
    private readonly least = LEAST,
  ) {}

  /** down begins a stroke. */
  down(x: number, y: number, time: number, pressure: number): void {
    this.began ??= time;
    this.list.push([]);
    this.move(x, y, time, pressure);
  }

  /** move goes on with it; it gives the two ends of what is new to draw, if anything is. */
  move(x: number, y: number, time: number, pressure: number): [Point, Point] | undefined {
    const stroke = this.list[this.list.length - 1];
    if (!stroke || this.began === undefined || this.points >= MOST) return undefined;
    const to: Point = {
      x: hold(x, this.width),
      y: hold(y, this.height),
      t: hold(time - this.began, 600_000),
      pressure,
    };
    const from = last(stroke);
    if (from) {
      const far = Math.hypot(to.x - from.x, to.y - from.y);
      if (far < NEAREST) return undefined;
      this.way += far;
    }
    stroke.push(to.x, to.y, to.t, to.pressure);
    this.points++;
    return [from ?? to, to];
  }

  /** enough tells whether this is more than a touch by mistake. */
  get enough(): boolean {
    return this.way >= this.least;
  }

  get empty(): boolean {
    return this.points === 0;
  }

  /** lines are the two ends of each part that is drawn, in the order of drawing. */
  *lines(): Generator<[Point, Point]> {
    for (const stroke of this.list) {
      let from: Point | undefined;
      for (let i = 0; i + 3 < stroke.length; i += 4) {
        const [x = 0, y = 0, t = 0, pressure = 0] = stroke.slice(i, i + 4);
        const to = { x, y, t, pressure };
        if (from) yield [from, to];
        from = to;
      }
    }
  }

  /** signature is what the agent gets. */
  signature(): PadSignature {
    return { width: this.width, height: this.height, strokes: this.list.filter((s) => s.length > 0) };
  }
}

function hold(n: number, most: number): number {
  return Math.round(Math.min(most, Math.max(0, n)));
}

function last(stroke: number[]): Point | undefined {
  const [x, y, t, pressure] = stroke.slice(-4);
  if (x === undefined || y === undefined || t === undefined || pressure === undefined) return undefined;
  return { x, y, t, pressure };
}
