import { language, named, SOURCE } from "@smarthall/ui";
import type { Charge, Item, Limit, Material, Opening, OpeningHours, Place } from "../guide";
import { t as kiosk } from "../text";
import { has, t } from "./text";

// What the platform words of a guide is Chinese. Readers of other languages get
// our words for the data beside it; where an older platform sends none, and of
// what an office has written itself, they get the platform's text.

/** foreign tells that the page is read in another language than the platform writes. */
export const foreign = () => language.value !== SOURCE;

const joined = (parts: string[]) => parts.filter(Boolean).join(t("wording.also"));

/** UNITS are what limits are counted in, and those without a count. */
const UNITS = ["working-days", "days", "months", "instant", "none"];

/** limit is a time limit. */
export function limit(data: Limit | undefined, theirs = ""): string {
  if (!data || !UNITS.includes(data.unit) || (theirs && !foreign())) return theirs;
  return kiosk(`kiosk.guide.days.${data.unit}` as "kiosk.guide.days.days", { n: data.days ?? 0 });
}

/** promised is how long an item takes. */
export const promised = ({ item }: Item) =>
  foreign() ? limit(item.promisedLimit, item.promised) : (item.promised ?? "");

/** statutory is the law's own limit. */
export function statutory({ item }: Item): string {
  const data = item.statutoryLimit;
  if (!foreign() || !data) return item.statutory ?? "";
  return data.unit === "none" ? t("wording.statutory.none") : limit(data, item.statutory);
}

/** visits is how often one has to come. */
export function visits({ item }: Item): string {
  const n = item.visitsMost;
  if (!foreign() || n === undefined) return item.visits ?? "";
  return n === 0 ? t("wording.visits.none") : t("wording.visits.most", { n });
}

/** charge is one thing that is charged for. */
export function charge(c: Charge): string {
  if (!foreign() || !c.name || !c.standard) return c.text;
  return t("wording.charge", { name: named(c.name), standard: named(c.standard) });
}

/** fee is what an item costs, as long as nobody knows which of its charges are due. */
export function fee({ item }: Item): string {
  if (!foreign()) return item.fee ?? "";
  if (item.free) return kiosk("kiosk.guide.noFee");
  return joined((item.charges ?? []).map(charge)) || (item.fee ?? "");
}

/** count is how a material is brought: shared, shown, as a file, or how many of it. */
function count(m: Material): string {
  if (m.source === "sharing") return t("wording.shared");
  if (m.type === "show") return t("wording.show");
  if (m.type === "edoc") return t("wording.edoc");
  const { originals = 0, copies = 0 } = m;
  return [
    originals > 0 ? t("wording.originals", { n: originals }) : "",
    copies > 0 ? t("wording.copies", { n: copies }) : "",
  ]
    .filter(Boolean)
    .join(t("wording.and"));
}

/** note is what else to know of a material: how it is brought, how badly it is needed, in which case. */
export function note(m: Material): string {
  if (!foreign() || !m.type) return m.note ?? "";
  const need =
    m.need === "tolerable" ? t("wording.tolerable") : m.need === "promise" ? t("wording.promise") : "";
  return joined([count(m), need, m.when ? t("wording.when", { text: named(m.when) }) : ""]);
}

/** A Monday, to name the days of a week by. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

/** day is the name of a day of the week, from Monday, 1. */
function day(n: number): string {
  const at = MONDAY + (n - 1) * DAY;
  try {
    return new Intl.DateTimeFormat(language.value, { weekday: "long", timeZone: "UTC" }).format(at);
  } catch {
    return new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(at); // a tag that this browser doesn't know
  }
}

/** days names those of a week, neighbours as a range. */
function days(list: number[]): string {
  if (list.length === 0) return t("wording.workdays");
  if (list.length === 7) return t("wording.daily");
  const runs: [number, number][] = [];
  for (const n of list) {
    const last = runs[runs.length - 1];
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs
    .map(([from, to]) => (from === to ? day(from) : t("wording.days", { from: day(from), to: day(to) })))
    .join(t("wording.and"));
}

function times({ times: list }: Opening): string {
  const whole = list.length === 1 && list[0]?.from === "0:00" && list[0].to === "24:00";
  return whole ? t("wording.allDay") : list.map(({ from, to }) => `${from}-${to}`).join(t("wording.and"));
}

function hours(open: OpeningHours): string {
  const all = joined(open.parts.map((p) => t("wording.open", { days: days(p.days ?? []), times: times(p) })));
  return open.exceptHolidays ? t("wording.holidays", { hours: all }) : all;
}

/** whereOf is where one goes: windows by their numbers, else the place by its name. */
export function whereOf(p: Place): string {
  const n = p.windowNumbers?.length ?? 0;
  if (!foreign() || n === 0) return named(p.window ?? p.name);
  return t("wording.windows", { list: p.windowNumbers?.join(t("wording.and")) ?? "", n });
}

/** hoursOf is when one finds somebody there. */
export const hoursOf = (p: Place) => (foreign() && p.opening ? hours(p.opening) : named(p.hours ?? ""));

/** place is where one goes, and when. */
export function place(p: Place): string {
  const [where, when] = [whereOf(p), hoursOf(p)];
  if (!foreign() || !when) return [where, when].filter(Boolean).join(" ");
  return t("wording.place", { where, hours: when });
}

/** theme is what a shelf of items is called: by the hall, else by us, else by the platform. */
export function theme(name: string, id: string | undefined): string {
  const halls = named(name);
  if (!foreign() || halls !== name || !id || !has(`wording.theme.${id}`)) return halls;
  return t(`wording.theme.${id}` as "wording.theme.p-birth");
}
