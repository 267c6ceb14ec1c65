/** How long the hall may be away before a screen says how old its data are, in milliseconds. */
export const STALE = 15_000;

/** Lines is the state of the two lines behind a page. */
export interface Lines {
  /** The page's line to its agent; since is in this machine's clock. */
  page: { connected: boolean; since: number; offset: number };
  /** The agent's line to the hall; since is in the hall's clock. */
  hall: { online: boolean; since: string } | undefined;
}

/**
 * lastKnown is the time of the newest data on the page, in the hall's clock, or
 * 0 while they are up to date or have been away for less than STALE. now is in
 * the hall's clock too.
 */
export function lastKnown({ page, hall }: Lines, now: number): number {
  const lost: number[] = [];
  if (!page.connected) lost.push(page.since + page.offset);
  if (hall && !hall.online) lost.push(Date.parse(hall.since));
  if (lost.length === 0) return 0;
  const since = Math.min(...lost);
  return now - since >= STALE ? since : 0;
}
