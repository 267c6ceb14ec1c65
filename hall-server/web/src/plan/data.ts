import { type LanguageView, listed, named, type PlanView, type WindowState } from "@smarthall/ui";
import {
  byNumber,
  floorsOf,
  placeWords,
  type Spot,
  spotsOfNumbers,
  spotsOfService,
} from "@smarthall/ui/plan";
import { t } from "./text";

/** PlanData is what the hall-server tells of its plan. */
export interface PlanData {
  hall: string;
  plan?: PlanView;
  services: { id: string; name: string; windows: string[] | null }[];
  windows: { id: string; state: WindowState }[];
  languages?: LanguageView[];
}

/** PATIENCE is how long an answer may take, in milliseconds. */
const PATIENCE = 8000;

/** readPlan asks the hall-server; it throws if there is no answer. */
export async function readPlan(): Promise<PlanData> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const answer = await fetch("/plan/data", { signal: abort.signal });
    if (!answer.ok) throw new Error(`plan: ${answer.status}`);
    return (await answer.json()) as PlanData;
  } finally {
    clearTimeout(timer);
  }
}

/** languageAsked is the query with the language to begin in: the address's, else the phone's own if that is English. */
export function languageAsked(search: string, own: readonly string[]): string {
  if (new URLSearchParams(search).has("lang")) return search;
  const first = own.find((tag) => /^(zh|en)(-|$)/i.test(tag));
  return first && /^en/i.test(first) ? "?lang=en" : search;
}

/** Choice is one place to go to, or several of which the nearest will do. */
export interface Choice {
  id: string;
  name: string;
  places: string[];
}

const ids = (spots: Spot[]) => spots.map((s) => s.place.id);

/** ticketChoice are the windows of a ticket, by the numbers in the address; undefined for none. */
export function ticketChoice(data: PlanData, numbers: string | null): Choice | undefined {
  const spots = spotsOfNumbers(data.plan, (numbers ?? "").split(",").filter(Boolean).slice(0, 50));
  if (spots.length === 0) return undefined;
  const list = listed(spots.map((s) => s.place.number ?? ""));
  return { id: "ticket", name: t("page.ticket", { list }), places: ids(spots) };
}

/** choicesOf are the places one may go to, by kind. */
export function choicesOf(data: PlanData): { services: Choice[]; windows: Choice[]; places: Choice[] } {
  const services = data.services.flatMap((s) => {
    const spots = spotsOfService(data.plan, s);
    return spots.length > 0 ? [{ id: `service-${s.id}`, name: named(s.name), places: ids(spots) }] : [];
  });
  const spots = floorsOf(data.plan).flatMap((floor) =>
    (floor.places ?? []).map((place) => ({ floor, place })),
  );
  const many = floorsOf(data.plan).length > 1;
  const one = ({ floor, place }: Spot): Choice => ({
    id: place.id,
    name: many ? `${placeWords(place)} · ${named(floor.name)}` : placeWords(place),
    places: [place.id],
  });
  const windows = spots.filter((s) => s.place.kind === "window").sort((a, b) => byNumber(a.place, b.place));
  return {
    services,
    windows: windows.map(one),
    places: spots.filter((s) => s.place.kind !== "window").map(one),
  };
}
