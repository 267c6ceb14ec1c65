/** The staff's halls are all in one time zone, wherever a browser is. */
const ZONE = "Asia/Shanghai";

const stamp = new Intl.DateTimeFormat("sv-SE", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});

/** moment writes an RFC 3339 time as 2026-11-24 09:05; nothing for none, or for the zero time of Go. */
export function moment(at: string | undefined): string {
  const ms = Date.parse(at ?? "");
  return Number.isNaN(ms) || ms <= 0 ? "" : stamp.format(ms);
}

/** dayOf writes the day of an RFC 3339 time, or a day as it is: 2026-11-24. */
export function dayOf(at: string | undefined): string {
  return at && /^\d{4}-\d\d-\d\d$/.test(at) ? at : moment(at).slice(0, 10);
}

const grouped = new Intl.NumberFormat("zh-CN");

/** count writes a number with its thousands apart. */
export function count(n: number): string {
  return grouped.format(n);
}

/** share writes a part of a whole in percent; nothing where there is no whole. */
export function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((part / whole) * 1000) / 10}%` : "";
}

const money = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** yuan writes an amount of fen in yuan. */
export function yuan(fen: number): string {
  return money.format(fen / 100);
}
