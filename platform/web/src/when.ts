import { t } from "./text";

const WEEK = ["day.0", "day.1", "day.2", "day.3", "day.4", "day.5", "day.6"] as const;

/** dayWords writes 2026-11-24 for people: month, day and day of the week. */
export function dayWords(day: string): string {
  const [y, m, d] = day.split("-").map(Number);
  if (!y || !m || !d) return day;
  const week = WEEK[new Date(Date.UTC(y, m - 1, d)).getUTCDay()] ?? "day.0";
  return t("day", { m, d, week: t(week) });
}

/** clock is the hour and minute of a time that carries its own zone: 2026-11-24T09:00:00+08:00. */
export function clock(at: string): string {
  return /T(\d\d:\d\d)/.exec(at)?.[1] ?? at;
}

/** dateWords writes the day of a moment, in the city's time, with its year. */
export function dateWords(at: string): string {
  const [y, m, d] = new Date(at)
    .toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" })
    .split("-")
    .map(Number);
  return y && m && d ? t("date", { y, m, d }) : at;
}
