/** Item is an item that somebody may act in. */
export interface Item {
  id: string;
  name: string;
}

/** Unit is a legal person that the reader may act for. */
export interface Unit {
  id: string;
  name: string;
  code: string;
  role: "representative" | "manager" | "handler";
  items?: Item[];
  until?: string;
  mayGrant: boolean;
}

/** Terms are as what, for what and until when somebody may act for a unit. */
export interface Terms {
  role: "manager" | "handler";
  /** items: none means all. */
  items: Item[];
  until: string;
}

/** Named are the terms of somebody's delegation, or of what she asks for. */
export interface Named extends Terms {
  id: string;
  name: string;
}

/** Request is what somebody asks of a unit. */
export interface Request extends Terms {
  id: string;
  legal: string;
  /** asker is her name, number her masked ID number. */
  asker: string;
  number: string;
  state: "waiting" | "granted" | "refused" | "withdrawn";
  reason?: string;
  created: string;
}

/** unitPath is a path of the platform's about a unit. */
export function unitPath(unit: Unit, path: string): string {
  return `/legal-persons/${encodeURIComponent(unit.id)}${path}`;
}

/** Delegation lets somebody act for a unit. */
export interface Delegation extends Terms {
  id: string;
  parent?: string;
  depth: number;
  grantee: string;
  from: string;
  state: string;
  holds: boolean;
  mine: boolean;
  mayEnd: boolean;
  mayChange: boolean;
}

/** Branch is a delegation in its place below those that it rests on. */
export interface Branch extends Delegation {
  /** below is how many rest on it and hold. */
  below: number;
}

/** tree brings delegations into order: each after the one that it rests on, the newest first among those of one. */
export function tree(list: Delegation[]): Branch[] {
  const under = (parent: string): Branch[] =>
    list
      .filter((d) => (d.parent ?? "") === parent)
      .flatMap((d) => {
        const rest = under(d.id);
        return [{ ...d, below: rest.filter((b) => b.holds).length }, ...rest];
      });
  return under("");
}

/** Standing is how a delegation stands, for the reader. */
export type Standing = "holds" | "ended" | "over" | "early" | "fallen";

/** standing tells why a delegation holds or doesn't. */
export function standing(d: Delegation, now: Date): Standing {
  if (d.holds) return "holds";
  if (d.state !== "active") return "ended";
  if (new Date(d.until) <= now) return "over";
  if (new Date(d.from) > now) return "early";
  return "fallen";
}

/** dayAfter is the day, as 2026-11-24, some months after another by the city's clock. */
export function dayAfter(now: Date, months: number): string {
  const [y = 0, m = 1, d = 1] = cityDay(now).split("-").map(Number);
  const last = new Date(Date.UTC(y, m - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + months, Math.min(d, last))).toISOString().slice(0, 10);
}

/** cityDay is the day of a moment by the city's clock (UTC+8). */
export function cityDay(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** endOf is when a delegation that is good through a day ends, no later than the one it rests on. */
export function endOf(day: string, limit?: string): string {
  const end = new Date(`${day}T23:59:59+08:00`);
  return limit && new Date(limit) < end ? limit : end.toISOString();
}
