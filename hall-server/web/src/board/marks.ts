import {
  lookOf,
  minutesBetween,
  type PlaceView,
  type PlanView,
  type Tone,
  type WindowView,
} from "@smarthall/ui";
import { floorsOf, type Mark } from "@smarthall/ui/plan";
import { t } from "../text";
import { cause } from "./alarms";
import type { Alarm } from "./types";

/** stateShort is a window's state in a word that fits on the plan. */
export function stateShort(w: WindowView): string {
  if (w.disabled) return t("window.disabled");
  switch (w.state) {
    case "idle":
      return t("plan.state.idle");
    case "serving":
      return w.ticket?.state === "called" ? t("plan.state.called") : t("plan.state.serving");
    case "paused":
      return t("plan.state.paused");
    case "anomaly":
      return t("plan.state.anomaly");
    default:
      return t("plan.state.signed-out");
  }
}

/** toneOf is a window's colour. */
export function toneOf(w: WindowView): Tone {
  return lookOf(w.disabled ? "signed-out" : w.state).tone;
}

/** The posts of a window share a mark: what needs attention stands before what is well. */
const RANK: Tone[] = ["alarm", "pause", "busy", "idle", "away"];

/** windowsAt are the windows of a place: one, or the posts of one. */
export function windowsAt(place: { window?: string }, windows: WindowView[]): WindowView[] {
  if (!place.window) return [];
  return windows.filter((w) => w.id === place.window || (w.post && w.id === `${place.window}-${w.post}`));
}

/** line is a window's state with its ticket, or since when it has had the state. */
function line(w: WindowView, now: number): string {
  const word = stateShort(w);
  if (w.ticket) return `${word} ${w.ticket.number}`;
  const minutes = minutesBetween(w.since, now);
  return w.state === "paused" && minutes > 0 ? `${word} ${t("since.minutes", { n: minutes })}` : word;
}

/** Kinds are what a manager looks for on the plan; the rest is for citizens. */
const KINDS = ["window", "agent", "entrance", "exit", "desk"];

/** wallPlan is a plan without the places that don't matter here, such as windows that aren't shown. */
export function wallPlan(plan: PlanView, windows: WindowView[]): PlanView {
  const matters = (p: PlaceView) => KINDS.includes(p.kind) && (!p.window || windowsAt(p, windows).length > 0);
  return { floors: floorsOf(plan).map((f) => ({ ...f, places: (f.places ?? []).filter(matters) })) };
}

/** marksOf are the states of a plan's windows and of the machines that ring, by place. */
export function marksOf(
  plan: PlanView,
  windows: WindowView[],
  alarms: Alarm[],
  now: number,
): Record<string, Mark> {
  const marks: Record<string, Mark> = {};
  for (const place of floorsOf(plan).flatMap((f) => f.places ?? [])) {
    const here = windowsAt(place, windows).sort((a, b) => RANK.indexOf(toneOf(a)) - RANK.indexOf(toneOf(b)));
    const [first] = here;
    if (first) {
      const [word, ...lines] = here.map((w) => line(w, now));
      marks[place.id] = { tone: toneOf(first), word, lines };
    }
    const rings = alarms.find((a) => a.agent && a.agent === place.agent);
    if (rings) marks[place.id] = { tone: rings.tone, word: cause(rings) };
  }
  return marks;
}
