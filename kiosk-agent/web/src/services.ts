import { initials, type KioskSettings, named, type ServiceView } from "@smarthall/ui";
import { t } from "./text";
import { range } from "./visits";

/** Services on one page: six, or four in elderly mode. */
export const PER_PAGE = 6;
export const PER_PAGE_ELDER = 4;

/**
 * ordered puts the services of the machine's own zone first, and within a zone
 * those that people here choose most, or the hall's own order. Numbers change
 * while people read, places don't: what was taken is of the days before today.
 */
export function ordered(
  services: ServiceView[],
  zone?: string,
  by: KioskSettings["services"] = "taken",
): ServiceView[] {
  const rank = (s: ServiceView) => (s.zone === zone ? 0 : 1);
  const taken = (s: ServiceView) => (by === "taken" ? (s.taken ?? 0) : 0);
  return [...services].sort((a, b) => rank(a) - rank(b) || taken(b) - taken(a));
}

/** search finds services by the first letters of their names, in the language shown and in Chinese. */
export function search(services: ServiceView[], letters: string): ServiceView[] {
  const wanted = letters.toLowerCase();
  const words = (s: ServiceView) => [s.name, s.short, named(s.name)].map(initials);
  return services.filter((s) => words(s).some((word) => word.includes(wanted)));
}

/** pageOf cuts one page; a page beyond the end is the last one. */
export function pageOf<T>(all: T[], page: number, size: number): { items: T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const at = Math.min(Math.max(0, page), pages - 1);
  return { items: all.slice(at * size, (at + 1) * size), page: at, pages };
}

/** waitWords is what a citizen may expect of a service now. */
export function waitWords(s: ServiceView): string {
  if (s.waitMinutes === undefined || s.openWindows === 0) return t("kiosk.services.noWindow");
  if (s.waiting === 0) return t("kiosk.services.free");
  if (s.waitLow !== undefined && s.waitHigh !== undefined) {
    return t("kiosk.services.minutes", { n: range(s.waitLow, s.waitHigh) });
  }
  return t("kiosk.services.minutes", { n: Math.max(1, s.waitMinutes) });
}

/** Fewer places than this are told. */
const FEW = 10;

/** placesLeft says how many tickets are left while that matters; empty otherwise. */
export function placesLeft(s: ServiceView): string {
  if (s.placesLeft === undefined || s.placesLeft > FEW) return "";
  return t("kiosk.services.left", { n: s.placesLeft });
}

/** whyNot is why no ticket can be taken; empty if one can. */
export function whyNot(s: ServiceView): string {
  return s.available ? "" : named(s.why ?? "") || t("kiosk.services.closed");
}
