import { language, named, SOURCE } from "@smarthall/ui";
import { call } from "../api";
import { t } from "../text";

/** Times sums up durations, in seconds. */
export interface Times {
  count: number;
  mean: number;
  median: number;
  p90: number;
  max: number;
}

/** Figures are those of one row; see the API's description for their meaning. */
export interface Figures {
  key: string;
  label: string;
  taken: number;
  finished: number;
  missed: number;
  abandoned: number;
  closed: number;
  open: number;
  transferred: number;
  parked: number;
  returned: number;
  wait: Times;
  withinTarget: number;
  service: Times;
  ratings: { count: number; mean: number; satisfied: number; levels: number[] };
}

/** Statistics is a table of figures. */
export interface Statistics {
  hall: string;
  today: string;
  from: string;
  to: string;
  by: Dimension;
  unit: "visit" | "stage";
  /** whole is false while the latest visits are still being counted. */
  whole: boolean;
  rows: Figures[];
  total: Figures;
  /** heat counts by weekday, Monday first, and hour. */
  heat: number[][];
}

/** The dimensions that a table can have its rows by, in the order of the tabs. */
export const dimensions = [
  "service",
  "window",
  "clerk",
  "zone",
  "channel",
  "priority",
  "hour",
  "weekday",
  "day",
] as const;
export type Dimension = (typeof dimensions)[number];

/** A window as tables name it. */
export interface Place {
  id: string;
  number: string;
  name: string;
}

/**
 * labelOf names a row in the language of the page. The server's label is
 * Chinese; readers of other languages get ours for its key.
 */
export function labelOf(
  by: Dimension,
  row: Pick<Figures, "key" | "label">,
  windows: readonly Place[],
): string {
  if (language.value === SOURCE) return row.label;
  switch (by) {
    case "weekday":
      return weekday(Number(row.key)) || row.label;
    case "day": {
      const at = new Date(`${row.key}T00:00:00Z`).getUTCDay();
      return `${row.key} ${weekday(at || 7)}`.trim();
    }
    case "window": {
      const w = windows.find((x) => x.id === row.key);
      return w ? `${t("window.number", { n: w.number })} ${named(w.name)}`.trim() : row.label;
    }
    case "zone":
      return row.key === "" ? t("stats.zone.none") : named(row.label);
    case "priority":
      return row.key === "" ? t("stats.priority.none") : named(row.label);
    case "channel":
      return channel(row.key) ?? row.label;
    default:
      return named(row.label);
  }
}

/** weekday is a day of the week, Monday the first; empty for what is none. */
function weekday(n: number): string {
  return n >= 1 && n <= 7 ? t(`stats.weekday.${n as 1 | 2 | 3 | 4 | 5 | 6 | 7}`) : "";
}

const CHANNELS = ["card", "phone", "name", "appointment", "mobile", "staff"] as const;
const ORIGINS = ["portal", "online", "app", "wechat", "phone", "kiosk", "staff"] as const;

/** channel is a channel, and where it was booked: appointment/wechat. */
function channel(key: string): string | undefined {
  const [name = "", origin] = key.split("/");
  const known = CHANNELS.find((c) => c === name);
  if (!known) return undefined;
  const word = t(`stats.channel.${known}`);
  const from = ORIGINS.find((o) => o === origin);
  return from ? t("stats.channel.from", { channel: word, origin: t(`stats.origin.${from}`) }) : word;
}

/** Choice says which visits are counted. */
export interface Choice {
  from: string;
  to: string;
  service: string;
  window: string;
  channel: string;
}

/** query is a choice as the API takes it. */
export function query(choice: Choice, by: Dimension): string {
  const search = new URLSearchParams({ by });
  for (const [name, value] of Object.entries(choice)) if (value) search.set(name, value);
  return search.toString();
}

/** read asks the hall-server for a table. */
export async function read(choice: Choice, by: Dimension): Promise<Statistics> {
  return (await (await call(`/statistics?${query(choice, by)}`)).json()) as Statistics;
}

/** download saves a table as a file, under the name that the hall-server gives it. */
export async function download(choice: Choice, by: Dimension, kind: "xlsx" | "pdf"): Promise<void> {
  const response = await call(`/statistics.${kind}?${query(choice, by)}`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName(response.headers.get("content-disposition") ?? "") || `statistics.${kind}`;
  link.click();
  URL.revokeObjectURL(url);
}

/** fileName is the name in a Content-Disposition header. */
export function fileName(header: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(header)?.[1];
  try {
    return encoded ? decodeURIComponent(encoded) : "";
  } catch {
    return "";
  }
}

/** A range of days that people ask for. */
export type Range = "today" | "week" | "month" | "custom";
export const ranges: Range[] = ["today", "week", "month", "custom"];

/** daysOf is a range that ends at today, a business day of the hall. */
export function daysOf(range: Exclude<Range, "custom">, today: string): { from: string; to: string } {
  const date = new Date(`${today}T00:00:00Z`);
  if (range === "week") date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (range === "month") date.setUTCDate(1);
  return { from: date.toISOString().slice(0, 10), to: today };
}

/** lasting is a duration in words: 6分05秒, and 1时02分 from an hour on. */
export function lasting(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds >= 3600) {
    return t("stats.hours", { h: Math.floor(seconds / 3600), m: two(Math.floor((seconds % 3600) / 60)) });
  }
  return t("stats.minutes", { m: Math.floor(seconds / 60), s: two(seconds % 60) });
}

/** share is a part of a whole as per cent, or a dash if there is nothing to share. */
export function share(part: number, whole: number): string {
  return whole > 0 ? `${((part / whole) * 100).toFixed(1)}%` : "–";
}

/** timeOr is a figure of times, or a dash if there were none. */
export function timeOr(times: Times, figure: "mean" | "median" | "p90" | "max"): string {
  return times.count > 0 ? lasting(times[figure]) : "–";
}

/** busyHours are the hours that have anything, as [first, last + 1]; 8 to 18 if nothing has. */
export function busyHours(heat: number[][]): [number, number] {
  const hours = heat.flatMap((day) => day.flatMap((n, hour) => (n > 0 ? [hour] : [])));
  return hours.length > 0 ? [Math.min(...hours), Math.max(...hours) + 1] : [8, 18];
}
