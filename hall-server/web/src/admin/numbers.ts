import { call } from "../api";
import { t } from "../text";

/** Series is a run of ticket numbers, as GET /series lists it. */
export interface Series {
  id: string;
  prefix: string;
  digits: number;
  first: number;
  last: number;
  next: number;
  /** kiosk gives these numbers itself while the hall is away. */
  kiosk?: string;
  services: string[];
}

/** Quota is how many places a service has in a part of the day, from and to in minutes after midnight. */
export interface Quota {
  service: string;
  from: number;
  to: number;
  places: number;
  used: number;
}

/** Priority is a class of people who are due earlier. */
export interface Priority {
  id: string;
  name: string;
  shortenSeconds: number;
  age?: number;
  authorise?: boolean;
  daily?: number;
  given: number;
}

/** Numbers are all rules in force that count something. */
export interface Numbers {
  series: Series[];
  quotas: Quota[];
  priorities: Priority[];
}

/** readNumbers asks for them. */
export async function readNumbers(): Promise<Numbers> {
  const [series, quotas, priorities] = await Promise.all(
    ["/series", "/quotas", "/priorities"].map(async (path) => (await call(path)).json()),
  );
  return { series: series.series, quotas: quotas.quotas, priorities: priorities.priorities };
}

/** numberOf is the n-th number of a series, such as A012. */
export function numberOf(series: Series, n: number): string {
  return series.prefix + String(n).padStart(series.digits, "0");
}

/** givenOf is how many numbers of a series were given today. */
export function givenOf(series: Series): number {
  return Math.max(0, series.next - series.first);
}

/** hoursOf says a part of the day: 09:00–12:00, or the whole day. */
export function hoursOf(quota: Quota): string {
  if (quota.from === 0 && quota.to >= 24 * 60) return t("numbers.day");
  const clock = (n: number) =>
    `${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
  return `${clock(quota.from)}–${clock(quota.to)}`;
}

/** Use is how far something with a limit is used up. */
export interface Use {
  /** width is the bar's, as per cent. */
  width: string;
  tone: "busy" | "pause" | "alarm";
  word: string;
}

/** From this share on a limit is nearly used up. */
const NEARLY = 0.8;

/** useOf tells by width, tone and word how far a limit is used up. */
export function useOf(used: number, limit: number): Use {
  const share = limit > 0 ? used / limit : 1;
  const width = `${Math.min(100, Math.round(share * 100))}%`;
  if (share >= 1) return { width, tone: "alarm", word: t("numbers.full") };
  const left = t("numbers.left", { n: limit - used });
  return { width, tone: share >= NEARLY ? "pause" : "busy", word: left };
}

/** conditionOf says who gets a priority class. */
export function conditionOf(p: Priority): string {
  const by = [
    p.age ? t("numbers.by.age", { n: p.age }) : "",
    p.authorise ? t("numbers.by.staff") : "",
  ].filter(Boolean);
  return by.join(t("numbers.or")) || t("numbers.by.anybody");
}
