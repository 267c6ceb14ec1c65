import type { FloorView, Point } from "@smarthall/ui";
import { distance, Grid, ROOMS } from "@smarthall/ui/plan";

/** Pose is where somebody stands on a floor, in metres, and looks: heading is clockwise from right, pitch up, in radians. */
export interface Pose extends Point {
  heading: number;
  pitch: number;
}

/** Keys are what is held down: 1, -1 or 0. */
export interface Keys {
  ahead: number;
  turn: number;
}

/** Speeds in metres and radians a second. */
const PACE = 2;
const TURN = 1.4;
/** FOLLOW is how quickly the eyes follow a bend of a way, a second; AHEAD how far along it they look, in metres. */
const FOLLOW = 3;
const AHEAD = 1.5;
/** LOOK is the highest and lowest that one looks. */
const LOOK = 0.5;

/** Walker walks on one floor: by keys, to a spot, or along a way. It keeps out of rooms, counters and walls. */
export class Walker {
  pose: Pose;
  private way: Point[] = [];
  private readonly grid: Grid;

  constructor(floor: FloorView, pose: Pose) {
    const room = ROOMS[ROOMS.length - 1];
    this.grid = new Grid(floor, room ?? { clearance: 0.3, seats: true });
    this.pose = pose;
    if (!this.clear(pose)) {
      const near = this.grid.near(pose);
      if (near >= 0) Object.assign(this.pose, this.grid.middle(near));
    }
  }

  /** walking tells whether there is a way to follow. */
  get walking(): boolean {
    return this.way.length > 0;
  }

  /** left is the length of the way that is still to be walked, in metres. */
  get left(): number {
    return this.way.reduce((sum, p, i) => sum + distance(i > 0 ? (this.way[i - 1] ?? p) : this.pose, p), 0);
  }

  /** follow walks along points from here on. */
  follow(points: Point[]): void {
    this.way = points.map(({ x, y }) => ({ x, y }));
    this.pose.pitch = 0;
  }

  /** goTo walks to a spot by the shortest way; false if there is none. */
  goTo(spot: Point): boolean {
    const [from, to] = [this.grid.near(this.pose), this.grid.near(spot)];
    if (from < 0 || to < 0) return false;
    const path = this.grid.taut(this.grid.path(from, to)).map((cell) => this.grid.middle(cell));
    this.follow(path.slice(1));
    return path.length > 0;
  }

  /** stop stays here. */
  stop(): void {
    this.way = [];
  }

  /** look turns the eyes, in radians. */
  look(turn: number, pitch: number): void {
    this.pose.heading += turn;
    this.pose.pitch = Math.max(-LOOK, Math.min(LOOK, this.pose.pitch + pitch));
  }

  /** step moves on by seconds; false if nothing moved. */
  step(seconds: number, keys: Keys): boolean {
    if (keys.ahead !== 0 || keys.turn !== 0) {
      this.stop();
      this.pose.heading += keys.turn * TURN * seconds;
      if (keys.ahead !== 0) this.move(keys.ahead * PACE * seconds);
      return true;
    }
    return this.along(PACE * seconds, seconds);
  }

  /** move goes straight on, or along what is in the way. */
  private move(metres: number): void {
    const { x, y, heading } = this.pose;
    const [dx, dy] = [Math.cos(heading) * metres, Math.sin(heading) * metres];
    for (const to of [
      { x: x + dx, y: y + dy },
      { x: x + dx, y },
      { x, y: y + dy },
    ]) {
      if (!this.clear(to)) continue;
      Object.assign(this.pose, to);
      return;
    }
  }

  private clear(p: Point): boolean {
    const cell = this.grid.at(p);
    return cell >= 0 && this.grid.free(cell);
  }

  private along(metres: number, seconds: number): boolean {
    if (this.way.length === 0) return false;
    const ahead = this.ahead();
    const wanted = Math.atan2(ahead.y - this.pose.y, ahead.x - this.pose.x);
    const turn = Math.atan2(Math.sin(wanted - this.pose.heading), Math.cos(wanted - this.pose.heading));
    this.pose.heading += turn * Math.min(1, FOLLOW * seconds);
    // Who has to turn far stands still until it is nearly done.
    let left = metres * Math.max(0, Math.min(1, 1.6 - Math.abs(turn)));
    for (let next = this.way[0]; next; next = this.way[0]) {
      const far = distance(this.pose, next);
      if (far > left) {
        const share = left / far;
        this.pose.x += (next.x - this.pose.x) * share;
        this.pose.y += (next.y - this.pose.y) * share;
        return true;
      }
      left -= far;
      Object.assign(this.pose, { x: next.x, y: next.y });
      this.way.shift();
    }
    return true;
  }

  /** ahead is the spot on the way that the eyes are at. */
  private ahead(): Point {
    let left = AHEAD;
    let at: Point = this.pose;
    for (const next of this.way) {
      const far = distance(at, next);
      if (far >= left) {
        const share = left / far;
        return { x: at.x + (next.x - at.x) * share, y: at.y + (next.y - at.y) * share };
      }
      left -= far;
      at = next;
    }
    return at;
  }
}
