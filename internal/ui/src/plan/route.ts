import type { FloorView, PlaceView, PlanView, Point } from "../link.gen";
import { Grid, ROOMS } from "./grid";
import { floorsOf } from "./places";
import { distance } from "./shapes";

/** Stretch is the part of a way on one floor. */
export interface Stretch {
  floor: string;
  /** points are where it begins, turns and ends; in the middle of nowhere it is one. */
  points: Point[];
  /** by are the stairs or the lift at its end by which one goes on, to on the next floor. */
  by?: PlaceView;
  to?: PlaceView;
}

/** Way leads from one place to another. */
export interface Way {
  from: PlaceView;
  to: PlaceView;
  stretches: Stretch[];
  /** metres are walked; stairs and lifts count nothing. */
  metres: number;
}

/** Walker is who asks for the way. */
export interface Walker {
  /** wheelchair takes no stairs. */
  wheelchair?: boolean;
}

/** Going to another floor costs as much as so many metres: by stairs a floor, by lift the wait and a floor. */
const STAIRS = 8;
const LIFT = 12;
const LIFT_FLOOR = 1;

/** Level is a floor with its grids, made when they are needed. */
class Level {
  private readonly grids: (Grid | undefined)[] = [];
  private readonly walks = new Map<string, Point[]>();

  constructor(
    readonly floor: FloorView,
    readonly height: number,
  ) {}

  /** walk is the way between two places of this floor; empty if there is none. */
  walk(from: PlaceView, to: PlaceView): Point[] {
    const key = `${from.id}\n${to.id}`;
    let points = this.walks.get(key);
    if (!points) {
      points = this.look(from, to);
      if (this.walks.size > 500) this.walks.clear();
      this.walks.set(key, points);
      this.walks.set(`${to.id}\n${from.id}`, [...points].reverse());
    }
    return points;
  }

  private look(from: PlaceView, to: PlaceView): Point[] {
    for (const [i, room] of ROOMS.entries()) {
      this.grids[i] ??= new Grid(this.floor, room);
      const grid = this.grids[i];
      const [a, b] = [grid.stand(from), grid.stand(to)];
      if (a < 0 || b < 0) continue;
      const path = grid.taut(grid.path(a, b));
      if (path.length > 0) return path.map((cell) => grid.middle(cell));
    }
    return [];
  }
}

/** levels are kept as long as the plan that they were made of. */
const known = new WeakMap<PlanView, Level[]>();

function levelsOf(plan: PlanView): Level[] {
  let levels = known.get(plan);
  if (!levels) {
    levels = floorsOf(plan).map((floor, i) => new Level(floor, i));
    known.set(plan, levels);
  }
  return levels;
}

/** Node is a place that was reached, and how. */
interface Node {
  place: PlaceView;
  level: Level;
  cost: number;
  done: boolean;
  before?: Node;
  /** walk leads here on this floor; without it one came by stairs or lift. */
  walk?: Point[];
}

/**
 * findWay is the shortest way between two places, over floors by stairs and lifts,
 * or undefined if there is none. It keeps clear of rooms, counters and walls, and of
 * seats if it can; there and back it is the same. Plans are changed by replacing
 * them: what was found out about one is kept.
 */
export function findWay(plan: PlanView, from: string, to: string, walker: Walker = {}): Way | undefined {
  // Looked for in one direction only, so that the way back is the same.
  if (from > to) {
    const way = findWay(plan, to, from, walker);
    return way && reversed(way);
  }
  const levels = levelsOf(plan);
  const nodes = nodesOf(levels, from, to, walker);
  const start = nodes.find((n) => n.place.id === from);
  const goal = nodes.find((n) => n.place.id === to);
  if (!start || !goal) return undefined;
  start.cost = 0;
  // On one floor nobody takes the stairs to the next window.
  if (start.level === goal.level) go(start, goal);
  if (goal.cost < Infinity) return wayTo(goal, start);
  for (let at = nearest(nodes); at && at !== goal; at = nearest(nodes)) {
    at.done = true;
    for (const next of nodes) if (!next.done) go(at, next);
  }
  return goal.cost < Infinity ? wayTo(goal, start) : undefined;
}

/** nodesOf are the places where a way may begin, end or change floors. */
function nodesOf(levels: Level[], from: string, to: string, walker: Walker): Node[] {
  const nodes: Node[] = [];
  for (const level of levels) {
    for (const place of level.floor.places ?? []) {
      const leads = isLead(place) && (!walker.wheelchair || place.kind === "lift");
      if (leads || place.id === from || place.id === to)
        nodes.push({ place, level, cost: Infinity, done: false });
    }
  }
  return nodes;
}

const isLead = (place: PlaceView) => place.kind === "stairs" || place.kind === "lift";

function nearest(nodes: Node[]): Node | undefined {
  let best: Node | undefined;
  for (const n of nodes) if (!n.done && n.cost < (best?.cost ?? Infinity)) best = n;
  return best;
}

/** go looks whether the way to next is shorter over at. */
function go(at: Node, next: Node): void {
  if (at.level === next.level) {
    const walk = at.level.walk(at.place, next.place);
    const cost = at.cost + lengthOf(walk);
    if (walk.length > 0 && cost < next.cost) Object.assign(next, { cost, before: at, walk });
    return;
  }
  if (at.place.kind !== next.place.kind || !leads(at.place, next.place)) return;
  const floors = Math.abs(at.level.height - next.level.height);
  const cost = at.cost + (at.place.kind === "lift" ? LIFT + LIFT_FLOOR * floors : STAIRS * floors);
  if (cost < next.cost) Object.assign(next, { cost, before: at, walk: undefined });
}

/** leads tells whether stairs or a lift come out at another place: written at either end. */
function leads(a: PlaceView, b: PlaceView): boolean {
  return (isLead(a) && a.leads?.includes(b.id)) || (isLead(b) && b.leads?.includes(a.id)) || false;
}

function wayTo(goal: Node, start: Node): Way {
  const chain: Node[] = [];
  for (let n: Node | undefined = goal; n; n = n.before) chain.unshift(n);
  const stretches: Stretch[] = [{ floor: start.level.floor.id, points: [] }];
  for (const n of chain) {
    const last = stretches[stretches.length - 1] as Stretch;
    if (n.walk) last.points.push(...n.walk.slice(last.points.length > 0 ? 1 : 0));
    else if (n.before) {
      Object.assign(last, { by: n.before.place, to: n.place });
      stretches.push({ floor: n.level.floor.id, points: [] });
    }
  }
  for (const [i, s] of stretches.entries())
    if (s.points.length === 0) s.points = [spot(s.by ?? stretches[i - 1]?.to ?? start.place)];
  const metres = stretches.reduce((sum, s) => sum + lengthOf(s.points), 0);
  return { from: start.place, to: goal.place, stretches, metres };
}

function reversed(way: Way): Way {
  const stretches: Stretch[] = [];
  for (const [i, s] of way.stretches.entries()) {
    const before = way.stretches[i - 1];
    const by = before?.by ? { by: before.to, to: before.by } : {};
    stretches.unshift({ floor: s.floor, points: [...s.points].reverse(), ...by });
  }
  return { from: way.to, to: way.from, stretches, metres: way.metres };
}

const spot = ({ x, y }: Point): Point => ({ x, y });

/** lengthOf is how long a line through points is, in metres. */
export function lengthOf(points: Point[]): number {
  let sum = 0;
  for (const [i, p] of points.entries()) if (i > 0) sum += distance(points[i - 1] ?? p, p);
  return sum;
}

/** along is the point of a line so many metres from its beginning; its end if it is shorter. */
export function along(points: Point[], metres: number): Point | undefined {
  let left = metres;
  for (const [i, p] of points.entries()) {
    const before = points[i - 1];
    if (!before) continue;
    const far = distance(before, p);
    if (far >= left && far > 0) {
      return { x: before.x + ((p.x - before.x) * left) / far, y: before.y + ((p.y - before.y) * left) / far };
    }
    left -= far;
  }
  return points[points.length - 1];
}

/** nearestWay is the shortest of the ways to some places, such as all windows of a service. */
export function nearestWay(plan: PlanView, from: string, to: string[], walker: Walker = {}): Way | undefined {
  let best: Way | undefined;
  for (const id of to) {
    const way = findWay(plan, from, id, walker);
    if (way && (!best || costOf(way) < costOf(best))) best = way;
  }
  return best;
}

/** costOf counts a change of floors like a walk, so that what is near comes first. */
function costOf(way: Way): number {
  return way.metres + way.stretches.filter((s) => s.by).length * LIFT;
}

/** stretchesOn are the lines that a plan draws of a way on one floor. */
export function stretchesOn(way: Way | undefined, floor: string): Point[][] {
  return (way?.stretches ?? []).filter((s) => s.floor === floor).map((s) => s.points);
}
