import { named } from "../i18n";
import type { FloorView, PlaceView, PlanView, ServiceView, WindowBrief } from "../link.gen";
import type { Mark } from "./layout";
import { t } from "./text";

/** Spot is a place with the floor it is on. */
export interface Spot {
  floor: FloorView;
  place: PlaceView;
}

/** floorsOf are a plan's floors; none without a plan. */
export function floorsOf(plan?: PlanView): FloorView[] {
  return plan?.floors ?? [];
}

function find(plan: PlanView | undefined, is: (place: PlaceView) => boolean): Spot | undefined {
  for (const floor of floorsOf(plan)) {
    const place = floor.places?.find(is);
    if (place) return { floor, place };
  }
  return undefined;
}

/** spotOf is the place with id. */
export function spotOf(plan: PlanView | undefined, id: string): Spot | undefined {
  return find(plan, (place) => place.id === id);
}

/** spotOfAgent is where a machine stands. */
export function spotOfAgent(plan: PlanView | undefined, agent: string): Spot | undefined {
  return find(plan, (place) => place.agent === agent);
}

/**
 * spotOfWindow is where a window is. A window with several posts has the ids 8-1,
 * 8-2 everywhere but on the plan, where it is 8.
 */
export function spotOfWindow(plan: PlanView | undefined, window: string): Spot | undefined {
  const whole = window.replace(/-\d+$/, "");
  return (
    find(plan, (place) => place.window === window) ??
    (whole === window ? undefined : find(plan, (place) => place.window === whole))
  );
}

/** spotsOfNumbers are the windows whose signs say these numbers, each once. */
export function spotsOfNumbers(plan: PlanView | undefined, numbers: string[]): Spot[] {
  return numbers.flatMap((number) => find(plan, (place) => place.number === number) ?? []);
}

/** spotsOfService are the windows that serve a service, each once, in the plan's order. */
export function spotsOfService(
  plan: PlanView | undefined,
  service: { windows?: ServiceView["windows"] | null },
): Spot[] {
  const found = new Map<string, Spot>();
  for (const window of service.windows ?? []) {
    const spot = spotOfWindow(plan, window);
    if (spot) found.set(spot.place.id, spot);
  }
  return [...found.values()].sort((a, b) => byNumber(a.place, b.place));
}

/** byNumber sorts windows by the numbers on their signs: 2 before 10. */
export function byNumber(a: PlaceView, b: PlaceView): number {
  return (a.number ?? a.name).localeCompare(b.number ?? b.name, "zh-CN", { numeric: true });
}

/** entranceOf is where people come in: the first entrance, or nothing. */
export function entranceOf(plan?: PlanView): Spot | undefined {
  return find(plan, (place) => place.kind === "entrance");
}

/** placeWords is what a place is called in the language shown. */
export function placeWords(place: PlaceView): string {
  if (place.kind !== "window" || !place.number) return named(place.name);
  return t("plan.window", { number: place.number, sign: named(place.sign ?? "") }).trim();
}

/** labelOf is what stands beside a place's mark, which shows a window's number already. */
export function labelOf(place: PlaceView): string {
  return place.kind === "window" && place.number ? named(place.sign ?? "") : named(place.name);
}

/** KINDS are all kinds of places, in the order in which they are offered. */
export const KINDS = [
  "window",
  "desk",
  "complaints",
  "forms",
  "copier",
  "reading",
  "seats",
  "water",
  "toilet",
  "accessible-toilet",
  "nursing",
  "first-aid",
  "lift",
  "stairs",
  "entrance",
  "exit",
  "parking",
  "agent",
  "other",
] as const;

/** kindWords is what a kind of place is called. */
export function kindWords(kind: string): string {
  const known = KINDS.find((one) => one === kind) ?? "other";
  return t(`plan.kind.${known}`);
}

/** OPENNESS are the states of windows, from who isn't there to who is. */
const OPENNESS = ["anomaly", "signed-out", "paused", "idle", "serving"];

/** openMarks tell citizens which windows are open; of a window with several posts the busiest counts. */
export function openMarks(
  plan: PlanView | undefined,
  windows: Pick<WindowBrief, "id" | "state" | "disabled">[],
): Record<string, Mark> {
  const marks: Record<string, Mark> = {};
  const best = new Map<string, number>();
  for (const window of windows) {
    const place = spotOfWindow(plan, window.id)?.place;
    const open = OPENNESS.indexOf(window.disabled ? "signed-out" : window.state);
    if (!place || (best.get(place.id) ?? -1) >= open) continue;
    best.set(place.id, open);
    if (open >= 3) marks[place.id] = { tone: "idle", word: t("plan.state.open") };
    else if (open === 2) marks[place.id] = { tone: "pause", word: t("plan.state.paused") };
    else marks[place.id] = { tone: "away", word: t("plan.state.closed") };
  }
  return marks;
}
