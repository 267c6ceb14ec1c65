import { named } from "../i18n";
import type { FloorView, PlaceView, PlanView, Point } from "../link.gen";
import { floorsOf, placeWords } from "./places";
import { lengthOf, type Stretch, type Way } from "./route";
import { distance, fromEdge, frontOf } from "./shapes";
import { t } from "./text";

/** Turn is how one changes direction: straight on, a little, right round a corner, or back. */
export type Turn = "straight" | "half-left" | "half-right" | "left" | "right" | "back";

/** Step is one thing to do on the way. */
export interface Step {
  kind: "walk" | "stairs" | "lift" | "arrive";
  /** floor is where it is done, points where on it. */
  floor: FloorView;
  points: Point[];
  /** turn comes before a walk; at an arrival it tells on which side the goal is. */
  turn: Turn;
  /** metres are walked. */
  metres: number;
  /** by is the landmark where one turns, past one that is passed further on. */
  by?: PlaceView;
  past?: PlaceView;
  /** to is the floor that stairs or a lift go to, place what one arrives at. */
  to?: FloorView;
  place?: PlaceView;
}

/** SHORT is a walk that isn't worth a step; LONG one on which people like to hear that they are right. */
const SHORT = 2;
const LONG = 12;
/** NEAR is how far a landmark may be from a turn, PASSED from the way, in metres. */
const NEAR = 5;
const PASSED = 3;
/** LANDMARKS are what people see from afar. */
const LANDMARKS = ["desk", "complaints", "forms", "copier", "water", "first-aid", "stairs", "lift", "agent"];

/** degrees is how far b is turned from a, clockwise on the plan, from -180 to 180. */
function degrees(a: Point, b: Point): number {
  const angle = Math.atan2(b.y, b.x) - Math.atan2(a.y, a.x);
  const turn = (angle * 180) / Math.PI;
  return turn > 180 ? turn - 360 : turn <= -180 ? turn + 360 : turn;
}

/** turnOf is the turn from one direction to another. */
export function turnOf(from: Point, to: Point): Turn {
  const turn = degrees(from, to);
  const size = Math.abs(turn);
  if (size < 25) return "straight";
  if (size > 150) return "back";
  if (size < 60) return turn > 0 ? "half-right" : "half-left";
  return turn > 0 ? "right" : "left";
}

/** headingAt is where somebody looks who stands before a place, or has just come in by it. */
export function headingAt(place: PlaceView): Point {
  const front = frontOf(place.turn);
  // Who uses a machine faces it; who comes by a door or out of a lift has it behind.
  return place.kind === "agent" || place.kind === "window" ? { x: -front.x, y: -front.y } : front;
}

const direction = (a: Point, b: Point): Point => ({ x: b.x - a.x, y: b.y - a.y });

/** stepsOf are what to do on a way, in order. */
export function stepsOf(plan: PlanView, way: Way): Step[] {
  const floors = new Map(floorsOf(plan).map((f) => [f.id, f]));
  const steps: Step[] = [];
  let heading = headingAt(way.from);
  for (const stretch of way.stretches) {
    const floor = floors.get(stretch.floor);
    if (!floor) return [];
    heading = walks(floor, stretch, way, heading, steps);
    const { by, to } = stretch;
    const next = by && to && floorsOf(plan).find((f) => f.places?.some((p) => p.id === to.id));
    if (!by || !to || !next) continue;
    const kind = by.kind === "lift" ? "lift" : "stairs";
    steps.push({ kind, floor, points: [by], turn: "straight", metres: 0, place: by, to: next });
    heading = headingAt(to);
  }
  const last = way.stretches[way.stretches.length - 1];
  const floor = last && floors.get(last.floor);
  const end = last?.points[last.points.length - 1];
  if (!floor || !end) return steps;
  const turn = turnOf(heading, direction(end, way.to));
  return [...steps, { kind: "arrive", floor, points: [end], turn, metres: 0, place: way.to }];
}

/** walks adds the walks of a stretch, and tells where one looks at its end. */
function walks(floor: FloorView, stretch: Stretch, way: Way, heading: Point, steps: Step[]): Point {
  let run: Point[] = [];
  let looks = heading;
  let turn: Turn = "straight";
  const first = steps.length;
  const finish = () => {
    if (run.length < 2) return;
    const by = steps.length > first ? landmark(floor, run[0] as Point, way) : undefined;
    const past = passed(floor, run, way, by);
    steps.push({ kind: "walk", floor, points: run, turn, metres: lengthOf(run), by, past });
  };
  for (const [i, p] of stretch.points.entries()) {
    const before = stretch.points[i - 1];
    if (!before) continue;
    const ahead = direction(before, p);
    const change = turnOf(looks, ahead);
    // A bend too small to tell, and a few steps round a corner, belong to the walk.
    if (run.length > 0 && (change === "straight" || lengthOf(run) < SHORT)) {
      run.push(p);
      if (lengthOf(run.slice(0, -1)) < SHORT && steps.length === first)
        turn = turnOf(heading, direction(run[0] as Point, p));
    } else {
      finish();
      run = [before, p];
      turn = change;
    }
    looks = ahead;
  }
  finish();
  return looks;
}

/** landmark is what stands nearest to a turn, if people can see it there. */
function landmark(floor: FloorView, at: Point, way: Way): PlaceView | undefined {
  return landmarks(floor, way)
    .filter((place) => distance(place, at) <= NEAR && !hidden(floor, place, at))
    .sort((a, b) => distance(a, at) - distance(b, at))[0];
}

/** passed is what stands closest to the middle part of a long walk. */
function passed(floor: FloorView, run: Point[], way: Way, by?: PlaceView): PlaceView | undefined {
  const [first, last] = [run[0], run[run.length - 1]];
  if (!first || !last || lengthOf(run) < LONG) return undefined;
  const far = (place: PlaceView) =>
    Math.min(...run.map((p, i) => (i > 0 ? fromEdge(place, run[i - 1] ?? p, p) : Infinity)));
  return landmarks(floor, way)
    .filter((p) => p !== by && far(p) <= PASSED && distance(p, first) > PASSED && distance(p, last) > PASSED)
    .filter((p) => !hidden(floor, p, first) || !hidden(floor, p, last))
    .sort((a, b) => far(a) - far(b))[0];
}

function landmarks(floor: FloorView, way: Way): PlaceView[] {
  return (floor.places ?? []).filter(
    (place) => LANDMARKS.includes(place.kind) && place.id !== way.from.id && place.id !== way.to.id,
  );
}

/** hidden tells whether a wall or room stands between a landmark and who looks for it. */
function hidden(floor: FloorView, place: PlaceView, at: Point): boolean {
  const middle = { x: (place.x + at.x) / 2, y: (place.y + at.y) / 2 };
  return (floor.areas ?? []).some(
    ({ kind, shape }) =>
      (kind === "wall" || kind === "room") &&
      (shape ?? []).some(
        (corner, i, all) => fromEdge(middle, all[i > 0 ? i - 1 : all.length - 1] ?? corner, corner) < 0.1,
      ),
  );
}

/** metresText is a length as people say it. */
export function metresText(metres: number): string {
  return t("plan.metres", { n: Math.max(1, Math.round(metres)) });
}

/** spaced sets a name that begins with a digit or a Latin letter off from what stands before it. */
function spaced(place: PlaceView): string {
  const words = placeWords(place);
  return /^[!-~]/.test(words) ? ` ${words}` : words;
}

/** stepWords say a step in the language shown. */
export function stepWords(step: Step): string {
  return wordsOf(step).replace(/ {2,}/g, " ").trim();
}

function wordsOf(step: Step): string {
  const n = Math.max(1, Math.round(step.metres));
  switch (step.kind) {
    case "walk": {
      const walk = t(`plan.walk.${step.turn}`, { n });
      const told = step.by ? t("plan.walk.by", { place: spaced(step.by), walk }) : walk;
      return step.past ? t("plan.walk.past", { place: spaced(step.past), walk: told }) : told;
    }
    case "stairs":
    case "lift":
      return changeWords(step.kind, step.to);
    case "arrive":
      return t(`plan.arrive.${sideOf(step.turn)}`, { place: step.place ? spaced(step.place) : "" });
  }
}

/** changeWords say how to get to another floor. */
export function changeWords(kind: string, to?: FloorView): string {
  const floor = named(to?.name ?? "");
  return kind === "lift" ? t("plan.lift", { floor }) : t("plan.stairs", { floor });
}

function sideOf(turn: Turn): "ahead" | "left" | "right" {
  if (turn === "left" || turn === "half-left") return "left";
  return turn === "right" || turn === "half-right" ? "right" : "ahead";
}
