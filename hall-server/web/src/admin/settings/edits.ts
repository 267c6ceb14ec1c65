import type { Edit, Entry, Value } from "./api";
import { idOf, stepOf } from "./hall";
import type { Field } from "./sections";

/** empty tells whether a value says nothing, so that the setting may be left out. */
export function empty(value: Value | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** same tells whether two values say the same; nothing is null. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** linesOf are the sentences of a text with one on each line. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function simple(list: Value[]): boolean {
  return list.every((v) => typeof v !== "object" || v === null);
}

/**
 * listEdits turn one list of texts into another by touching only what differs,
 * so that comments between the others stay.
 */
export function listEdits(path: string, was: Value[], now: Value[]): Edit[] {
  let head = 0;
  while (head < was.length && head < now.length && same(was[head], now[head])) head++;
  let tail = 0;
  while (
    tail < Math.min(was.length, now.length) - head &&
    same(was[was.length - 1 - tail], now[now.length - 1 - tail])
  ) {
    tail++;
  }
  const edits: Edit[] = [];
  const old = was.length - tail;
  const fresh = now.length - tail;
  const both = Math.min(old, fresh);
  for (let i = head; i < both; i++) edits.push({ op: "set", path: `${path}/${i}`, value: now[i] });
  for (let i = old - 1; i >= both; i--) edits.push({ op: "remove", path: `${path}/${i}` });
  for (let i = both; i < fresh; i++) edits.push({ op: "insert", path, value: now[i], at: i });
  return edits;
}

/** fieldEdits turn the settings of what is at path into those of a form. */
export function fieldEdits(path: string, fields: Field[], was: Entry, now: Entry): Edit[] {
  const edits: Edit[] = [];
  for (const { key, kind, usual } of fields) {
    if (key === "id") continue; // a new id is named everywhere, see entryEdits
    const a = was[key];
    const b = now[key];
    const at = path ? `${path}/${stepOf(key)}` : stepOf(key);
    if (kind === "flag" && usual === true) {
      if ((a ?? true) !== (b ?? true)) edits.push({ op: "set", path: at, value: b ?? true });
      continue;
    }
    if (same(a, b) || (empty(a) && empty(b))) continue;
    if (empty(b)) {
      // What is off by saying so is left as it is written: false, or 0 people.
      if (typeof a === "boolean") edits.push({ op: "set", path: at, value: false });
      else edits.push({ op: "remove", path: at });
    } else if (Array.isArray(a) && Array.isArray(b) && a.length > 0 && simple(a) && simple(b)) {
      edits.push(...listEdits(at, a, b));
    } else {
      edits.push({ op: "set", path: at, value: b });
    }
  }
  return edits;
}

/** entryEdits change one entry of a list, or add it if there was none. */
export function entryEdits(
  list: string,
  fields: Field[],
  was: Entry | undefined,
  now: Entry,
  place: number,
): Edit[] {
  if (!was) {
    const value: Entry = {};
    for (const { key } of fields) if (!empty(now[key])) value[key] = now[key] as Value;
    return [{ op: "insert", path: list, value }];
  }
  const own = idOf(was);
  const edits = fieldEdits(`${list}/${own ? stepOf(own) : place}`, fields, was, now);
  const id = String(now.id ?? "");
  if (own && id && id !== own) edits.push({ op: "rename", path: `${list}/${stepOf(own)}`, id });
  return edits;
}

/** newId is an id that no entry of a list has. */
export function newId(prefix: string, list: Entry[]): string {
  const ids = new Set(list.map(idOf));
  for (let n = list.length + 1; ; n++) if (!ids.has(`${prefix}${n}`)) return `${prefix}${n}`;
}

const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** secondsOf reads a duration such as 1h30m; undefined if it is none. */
export function secondsOf(text: string): number | undefined {
  if (text === "0") return 0;
  let sum = 0;
  const rest = text.replace(/(\d+(?:\.\d+)?)(h|ms|m|s)/g, (_, n: string, unit: string) => {
    sum += Number(n) * (UNITS[unit] ?? 0);
    return "";
  });
  return rest === "" && text !== "" ? sum : undefined;
}

/** durationOf writes a number of units (60 s for minutes) as the file does. */
export function durationOf(n: number, unit: number): string {
  const seconds = Math.round(n * unit);
  return seconds % 60 === 0 && unit === 60 ? `${seconds / 60}m` : `${seconds}s`;
}
