import { language, SOURCE } from "./i18n";

/** two pads a number to two digits. */
function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** running is a duration in seconds as a clock shows it: 06:31, and 1:02:03 above an hour. */
export function running(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** secondsBetween counts whole seconds from an RFC 3339 time to now (ms), never below 0. */
export function secondsBetween(from: string | undefined, now: number): number {
  const t = from ? Date.parse(from) : Number.NaN;
  return Number.isNaN(t) ? 0 : Math.max(0, Math.floor((now - t) / 1000));
}

/** minutesBetween is the same in whole minutes. */
export function minutesBetween(from: string | undefined, now: number): number {
  return Math.floor(secondsBetween(from, now) / 60);
}

/**
 * clock is the time of day, 09:05, in the hall's time zone; an unknown zone
 * falls back to the machine's.
 */
export function clock(ms: number, timeZone?: string): string {
  return format(ms, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, timeZone);
}

/** day is the date with its weekday, as a reader of the language shown expects it. */
export function day(ms: number, timeZone?: string): string {
  return format(ms, { month: "long", day: "numeric", weekday: "long" }, timeZone, language.value);
}

function format(
  ms: number,
  options: Intl.DateTimeFormatOptions,
  timeZone?: string,
  locale: string = SOURCE,
): string {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: timeZone || undefined }).format(ms);
  } catch {
    return new Intl.DateTimeFormat(SOURCE, options).format(ms);
  }
}

/** maskPhone keeps the first three and the last four digits: 138****5678. */
export function maskPhone(phone: string): string {
  return phone.replace(/^(\d{3})\d+(\d{4})$/, "$1****$2");
}

/** isMobile tells whether text is a mainland mobile number. */
export function isMobile(text: string): boolean {
  return /^1[3-9]\d{9}$/.test(text);
}
