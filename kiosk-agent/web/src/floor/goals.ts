import { listed, named, type PageSnapshot, type PlanView, type ServiceView } from "@smarthall/ui";
import {
  along,
  byNumber,
  floorsOf,
  headingAt,
  KINDS,
  kindWords,
  placeWords,
  type Spot,
  spotsOfService,
  type Way,
} from "@smarthall/ui/plan";
import { t } from "./text";

/** Goal is what somebody may want to be led to: one place, or whichever of several is nearest. */
export interface Goal {
  id: string;
  name: string;
  /** hint says where it is. */
  hint: string;
  spots: Spot[];
}

/** SHEETS are the lists of goals. */
export const SHEETS = ["services", "windows", "places"] as const;
export type Sheet = (typeof SHEETS)[number];

/** goalsOf are the goals of a list; those that aren't on the plan are left out. */
export function goalsOf(sheet: Sheet, plan: PlanView | undefined, page: PageSnapshot): Goal[] {
  if (sheet === "services") return (page.hall?.services ?? []).flatMap((s) => goalOfService(plan, s));
  const spots = floorsOf(plan).flatMap((floor) => (floor.places ?? []).map((place) => ({ floor, place })));
  if (sheet === "windows") {
    const windows = spots.filter((s) => s.place.kind === "window");
    return windows.sort((a, b) => byNumber(a.place, b.place)).map(goalOfSpot);
  }
  const order = (kind: string) => KINDS.indexOf(kind as (typeof KINDS)[number]);
  const others = spots.filter((s) => s.place.kind !== "window" && s.place.agent !== page.agent);
  return grouped(others.sort((a, b) => order(a.place.kind) - order(b.place.kind)));
}

/** goalOfService is whichever window of a service is nearest; none if no window of it is on the plan. */
export function goalOfService(plan: PlanView | undefined, service: ServiceView): Goal[] {
  const spots = spotsOfService(plan, service);
  if (spots.length === 0) return [];
  return [{ id: `service-${service.id}`, name: named(service.name), hint: windowsHint(spots), spots }];
}

/** windowsHint names windows by their numbers. */
export function windowsHint(spots: Spot[]): string {
  const list = listed(spots.map((s) => s.place.number ?? ""));
  return t("floor.windows", { list });
}

/** goalOfSpot is one place. */
export function goalOfSpot(spot: Spot): Goal {
  return { id: spot.place.id, name: placeWords(spot.place), hint: named(spot.floor.name), spots: [spot] };
}

/** grouped makes one goal of places of the same kind and name, such as the toilets of all floors. */
function grouped(spots: Spot[]): Goal[] {
  const goals = new Map<string, Goal>();
  for (const spot of spots) {
    const key = `${spot.place.kind} ${spot.place.name}`;
    const goal = goals.get(key);
    if (!goal) goals.set(key, goalOfSpot(spot));
    else {
      goal.spots.push(spot);
      goal.hint = listed([...new Set(goal.spots.map((s) => named(s.floor.name)))]);
    }
  }
  return [...goals.values()];
}

/** iconKind is the kind whose icon a goal has. */
export function iconKind(goal: Goal): string {
  return goal.spots[0]?.place.kind ?? "other";
}

/** kindOf is what kind of place a goal is, if its name doesn't say so already. */
export function kindOf(goal: Goal): string {
  const word = kindWords(iconKind(goal));
  return goal.name.includes(word) ? "" : word;
}

/** SIGHT is how far along a way people look when they set off, in metres: round the machine that they stand at. */
const SIGHT = 5;

/**
 * startAngle is where a way leads at first for who stands before the machine, in
 * degrees clockwise from straight ahead; 0 if the way has no length.
 */
export function startAngle(way: Way): number {
  const points = way.stretches[0]?.points ?? [];
  const [a, b] = [points[0], along(points, SIGHT)];
  if (!a || !b || (a.x === b.x && a.y === b.y)) return 0;
  const heading = headingAt(way.from);
  const turn = Math.atan2(b.y - a.y, b.x - a.x) - Math.atan2(heading.y, heading.x);
  const degrees = (turn * 180) / Math.PI;
  return Math.round(((degrees + 540) % 360) - 180);
}
