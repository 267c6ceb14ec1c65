import type { Entry, Value } from "../settings/api";

/** XY is a spot as the hall's file writes it: metres to the right and down. */
export type XY = [number, number];

/** AreaDraft and PlaceDraft are what a floor has, as the hall's file writes it. */
export interface AreaDraft {
  id: string;
  kind: string;
  name?: string;
  zone?: string;
  shape: XY[];
}
export interface PlaceDraft {
  id: string;
  kind: string;
  name?: string;
  window?: string;
  agent?: string;
  at: XY;
  turn?: number;
  leads?: string[];
}
export interface FloorDraft {
  id: string;
  name: string;
  width: number;
  depth: number;
  areas: AreaDraft[];
  places: PlaceDraft[];
}

/** GRID is what things snap to, STEPS how many steps back are kept. */
export const GRID = 0.5;
const STEPS = 100;

/** floorsOf reads the floors from the values of the hall's file. */
export function floorsOf(values: Entry): FloorDraft[] {
  const plan = values.plan as { floors?: Partial<FloorDraft>[] } | undefined;
  return (plan?.floors ?? []).map((f) => ({
    id: String(f.id ?? ""),
    name: String(f.name ?? ""),
    width: Number(f.width ?? 0),
    depth: Number(f.depth ?? 0),
    areas: copy(f.areas ?? []),
    places: copy(f.places ?? []),
  }));
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** snapped is a length on the grid, or to the nearest decimetre without one. */
export function snapped(metres: number, grid: boolean): number {
  const step = grid ? GRID : 0.1;
  return Math.round(Math.round(metres / step) * step * 100) / 100;
}

/**
 * Sketch is a plan that is being drawn, with the way back. A change is made on a
 * copy: what the plan was stays for undo and for finding out what to save.
 */
export class Sketch {
  private past: FloorDraft[][] = [];
  private future: FloorDraft[][] = [];
  /** holding is what undo goes back to after a drag, of which only the end counts. */
  private holding?: FloorDraft[];

  constructor(public floors: FloorDraft[]) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** change makes one change that undo takes back. */
  change(how: (floors: FloorDraft[]) => void): void {
    const before = this.holding ?? this.floors;
    const next = copy(this.floors);
    how(next);
    this.floors = next;
    if (this.holding) return;
    this.remember(before);
  }

  /** hold begins a drag: its changes are one. */
  hold(): void {
    this.holding ??= this.floors;
  }

  /** release ends a drag. */
  release(): void {
    const before = this.holding;
    this.holding = undefined;
    if (before && JSON.stringify(before) !== JSON.stringify(this.floors)) this.remember(before);
  }

  private remember(before: FloorDraft[]): void {
    this.past = [...this.past.slice(-STEPS + 1), before];
    this.future = [];
  }

  undo(): void {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.floors);
    this.floors = before;
  }

  redo(): void {
    const next = this.future.pop();
    if (!next) return;
    this.past.push(this.floors);
    this.floors = next;
  }
}

/** newId is an id beginning with prefix that nothing on any floor has. */
export function newId(floors: FloorDraft[], prefix: string): string {
  const ids = new Set(
    floors.flatMap((f) => [f.id, ...f.areas.map((a) => a.id), ...f.places.map((p) => p.id)]),
  );
  for (let n = 1; ; n++) if (!ids.has(`${prefix}${n}`)) return `${prefix}${n}`;
}

/** within keeps a spot on its floor. */
export function within(floor: FloorDraft, [x, y]: XY): XY {
  return [Math.max(0, Math.min(floor.width, x)), Math.max(0, Math.min(floor.depth, y))];
}

/** moveArea moves an area as a whole, as far as the floor reaches. */
export function moveArea(floor: FloorDraft, area: AreaDraft, dx: number, dy: number): void {
  const xs = area.shape.map((p) => p[0]);
  const ys = area.shape.map((p) => p[1]);
  const x = Math.max(-Math.min(...xs), Math.min(floor.width - Math.max(...xs), dx));
  const y = Math.max(-Math.min(...ys), Math.min(floor.depth - Math.max(...ys), dy));
  area.shape = area.shape.map((p) => [round(p[0] + x), round(p[1] + y)]);
}

const round = (x: number) => Math.round(x * 100) / 100;

/** FIELDS are the settings of areas and places, in the order of the file. */
const FIELDS = {
  areas: ["kind", "zone", "name", "shape"],
  places: ["kind", "window", "agent", "name", "at", "turn", "leads"],
} as const;

interface Edit {
  op: "set" | "insert" | "remove";
  path: string;
  value?: Value;
}

/** MOST is how many edits the hall-server takes at once. */
const MOST = 100;

const empty = (value: unknown) =>
  value === undefined || value === "" || value === 0 || (Array.isArray(value) && value.length === 0);

/** tidy is an entry without what says nothing. */
function tidy(entry: object): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => !empty(value))) as Entry;
}

const step = (id: string) => id.replace(/~/g, "~0").replace(/\//g, "~1");

/**
 * planEdits turn a plan into another by touching only what differs, so that
 * comments and all else in the hall's file stay. Very many changes write the
 * floors anew.
 */
export function planEdits(was: FloorDraft[], now: FloorDraft[]): Edit[] {
  const whole = now.map((f) => ({
    ...f,
    areas: f.areas.map(tidy),
    places: f.places.map(tidy),
  })) as unknown as Value;
  if (was.length === 0) return now.length > 0 ? [{ op: "set", path: "plan", value: { floors: whole } }] : [];
  const edits: Edit[] = [];
  for (const f of was)
    if (!now.some((n) => n.id === f.id)) edits.push({ op: "remove", path: `plan/floors/${step(f.id)}` });
  for (const [i, f] of now.entries()) {
    const before = was.find((o) => o.id === f.id);
    if (before) edits.push(...floorEdits(before, f));
    else edits.push({ op: "insert", path: "plan/floors", value: (whole as Value[])[i] });
  }
  return edits.length > MOST ? [{ op: "set", path: "plan/floors", value: whole }] : edits;
}

function floorEdits(was: FloorDraft, now: FloorDraft): Edit[] {
  const path = `plan/floors/${step(now.id)}`;
  const edits: Edit[] = [];
  for (const key of ["name", "width", "depth"] as const)
    if (was[key] !== now[key]) edits.push({ op: "set", path: `${path}/${key}`, value: now[key] });
  for (const list of ["areas", "places"] as const)
    edits.push(...listEdits(`${path}/${list}`, list, was[list], now[list]));
  return edits;
}

function listEdits(
  path: string,
  list: keyof typeof FIELDS,
  was: { id: string }[],
  now: { id: string }[],
): Edit[] {
  const edits: Edit[] = [];
  for (const one of was)
    if (!now.some((n) => n.id === one.id)) edits.push({ op: "remove", path: `${path}/${step(one.id)}` });
  for (const one of now) {
    const before = was.find((o) => o.id === one.id) as Entry | undefined;
    if (!before) {
      // A floor that had none of a list has no list to insert into.
      edits.push(
        was.length > 0 ? { op: "insert", path, value: tidy(one) } : { op: "set", path, value: now.map(tidy) },
      );
      if (was.length === 0) return edits;
      continue;
    }
    for (const key of FIELDS[list]) {
      const [a, b] = [before[key], (one as unknown as Entry)[key]];
      if (JSON.stringify(a) === JSON.stringify(b) || (empty(a) && empty(b))) continue;
      const at = `${path}/${step(one.id)}/${key}`;
      edits.push(empty(b) ? { op: "remove", path: at } : { op: "set", path: at, value: b });
    }
  }
  return edits;
}
