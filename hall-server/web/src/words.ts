import { type AccuracyView, lookOf, type ServiceView } from "@smarthall/ui";
import { t } from "./text";

const VISITS = [
  "waiting",
  "called",
  "serving",
  "parked",
  "missed",
  "finished",
  "cancelled",
  "expired",
  "closed",
] as const;

/** minutes says a duration in whole minutes, as people say it. */
export function minutes(seconds: number): string {
  const m = Math.floor(Math.max(0, seconds) / 60);
  if (m < 60) return t("figure.minutes", { n: m });
  return t("figure.hour", { h: Math.floor(m / 60), m: m % 60 });
}

/** ago says how long something has lasted. */
export function ago(seconds: number): string {
  const m = Math.floor(Math.max(0, seconds) / 60);
  if (m < 1) return t("since.now");
  if (m < 60) return t("since.minutes", { n: m });
  return t("since.hours", { h: Math.floor(m / 60), m: m % 60 });
}

/** expected is a service's expected wait: its range, else one figure, else a dash. */
export function expected(s: ServiceView): string {
  const { waitLow: low, waitHigh: high } = s;
  if (low !== undefined && high !== undefined && low < high) return t("figure.range", { low, high });
  const one = high ?? s.waitMinutes;
  return one === undefined ? "–" : t("figure.minutes", { n: one });
}

/** accuracyLine says how good today's promised waits were. */
export function accuracyLine(a: AccuracyView): { line: string; title: string } {
  const whole = (share: number) => `${Math.round(share * 100)}%`;
  return {
    line: t("accuracy", { off: Math.round(a.meanErrorMinutes * 10) / 10, within: whole(a.within), n: a.n }),
    title: t("accuracy.title", { wape: whole(a.wape), under: whole(a.underBy5) }),
  };
}

/** percent is a share with at most one decimal; empty when there is nothing to share. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return "";
  // Rounded down, so that 100% means all of them.
  return `${Math.floor((part / whole) * 1000) / 10}%`;
}

/** roleWord is what a role is called. */
export function roleWord(role: string): string {
  switch (role) {
    case "admin":
      return t("role.admin");
    case "manager":
      return t("role.manager");
    case "clerk":
      return t("role.clerk");
    default:
      return role;
  }
}

/** stateWord is a window's state as its tile says it: a called citizen is still on the way. */
export function stateWord(state: string, ticketState?: string): string {
  if (state === "serving" && ticketState === "called") return t("window.called");
  return lookOf(state).word;
}

/** ticketWord is what a visit's state is called. */
export function ticketWord(state: string): string {
  const known = VISITS.find((v) => v === state);
  return known ? t(`visit.state.${known}`) : state;
}
