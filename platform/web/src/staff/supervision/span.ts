import { t } from "./text";

/** spanOf tells how long something took, or takes until now. */
export function spanOf(from: string, to: string | undefined, now: number): string {
  const ms = (to ? Date.parse(to) : now) - Date.parse(from);
  if (!Number.isFinite(ms) || ms < 0) return "";
  const minutes = Math.floor(ms / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days > 0) return t("span.days", { days, hours });
  if (hours > 0) return t("span.hours", { hours, minutes: minutes % 60 });
  return t("span.minutes", { minutes });
}
