import type { Values } from "@smarthall/ui/form";

/** Copy is what was typed and isn't stored at the platform yet. */
export interface Copy {
  values: Values;
  /** edition is the case's that the typing began with. */
  edition: number;
  at: number;
}

const PREFIX = "acceptance-copy-";
/** A copy that nobody came back for is dropped after a day: it holds personal data. */
const KEPT = 24 * 3600 * 1000;

/** keep keeps a copy in this browser until the platform has it. */
export function keep(id: string, values: Values, edition: number): void {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify({ values, edition, at: Date.now() } satisfies Copy));
  } catch {
    // No room: the page itself still has it.
  }
}

/** kept is a case's copy, if there is one. */
export function kept(id: string): Copy | undefined {
  try {
    const copy = JSON.parse(localStorage.getItem(PREFIX + id) ?? "null") as Copy | null;
    return copy && typeof copy.values === "object" && Date.now() - copy.at < KEPT ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** drop drops a case's copy. */
export function drop(id: string): void {
  localStorage.removeItem(PREFIX + id);
}

/** sweep drops what nobody came back for. */
export function sweep(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && !kept(key.slice(PREFIX.length))) localStorage.removeItem(key);
  }
}
