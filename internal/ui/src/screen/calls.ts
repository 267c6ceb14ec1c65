import type { CallView, ServiceView } from "../link.gen";
import { uses } from "./channels";

/** How many calls the board shows, the newest largest. */
export const ROWS = 6;

/** How many services fit beside them, readable at ten metres. */
export const SERVICES = 9;

/**
 * boardCalls picks what the board shows: the latest call of each ticket in the
 * zone, newest first, if it is meant for boards. Without a zone it is every call.
 */
export function boardCalls(calls: CallView[], zone: string, limit = ROWS): CallView[] {
  const seen = new Set<string>();
  return [...calls]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .filter((c) => {
      if ((zone && c.zone !== zone) || seen.has(c.ticket)) return false;
      seen.add(c.ticket);
      return uses(c, "board");
    })
    .slice(0, limit);
}

/** BoardServices are the services that fit, and how many did not. */
export interface BoardServices {
  shown: ServiceView[];
  hidden: number;
}

/**
 * boardServices picks the zone's services. When they don't all fit, those that
 * somebody waits for come first, yet all keep the hall's own order, so that a
 * reader finds a service where it was a minute ago.
 */
export function boardServices(services: ServiceView[], zone: string, limit = SERVICES): BoardServices {
  const mine = services.filter((s) => !zone || s.zone === zone);
  if (mine.length <= limit) return { shown: mine, hidden: 0 };
  const kept = new Set([...mine].sort((a, b) => b.waiting - a.waiting).slice(0, limit));
  return { shown: mine.filter((s) => kept.has(s)), hidden: mine.length - limit };
}
