import { shown } from "./clean";
import { evaluate, holds, type Scope } from "./eval";
import { birth, fits } from "./kinds";
import { t } from "./text";
import type { Answers, Field, Form, Json, Rule, Schema, Values, Wrong } from "./types";

/**
 * check tells every wrong field, in the form's order, with one sentence each.
 * The platform judges with the same rules and words (verdict.go).
 */
export function check(form: Form, given: Values, answers: Answers, today: string): Wrong[] {
  const { values, sections } = shown(form, given, answers, today);
  const scope: Scope = { values, answers, today };
  const wrong: Wrong[] = [];
  const bad = new Set<string>();
  const there = sections.flatMap((s) => s.fields);
  for (const field of there) {
    const found = checkField(form, field, scope);
    if (found.length > 0) bad.add(field.name);
    wrong.push(...found);
  }
  for (const rule of form.rules) {
    if (judges(rule, there, values, bad) && evaluate(rule.that, scope) !== true) {
      wrong.push({ name: rule.at, message: rule.message });
      bad.add(rule.at);
    }
  }
  return wrong;
}

/** judges tells whether a rule can be judged: its field is there, and what it names is given and right. */
function judges(rule: Rule, there: Field[], values: Values, bad: Set<string>): boolean {
  return (
    there.some((f) => f.name === rule.at) &&
    !bad.has(rule.at) &&
    rule.names.every((name) => values[name] !== undefined && !bad.has(name))
  );
}

/** checkField tells what is wrong with one field of a form whose values are cleaned. */
function checkField(form: Form, field: Field, scope: Scope): Wrong[] {
  if (field.widget === "note") return [];
  const v = scope.values[field.name];
  if (v === undefined) {
    const needed = field.required || (field.requiredWhen !== undefined && holds(field.requiredWhen, scope));
    return needed ? [{ name: field.name, message: say(missing(field), { label: field.label }) }] : [];
  }
  let found = new Map<string, Violation>();
  violations(form.schema.properties?.[field.name] ?? {}, v, "", found);
  found = rolledUp(field, found);
  if (found.size === 0) moving(field, v, "", scope, found);
  return places(field, v).flatMap((place) => {
    const x = found.get(place.path);
    return x ? [{ name: field.name + place.path, message: sentence(place, x) }] : [];
  });
}

const CHOSEN = ["date", "choice", "several", "yes-no"];

function missing(field: Field): string {
  return CHOSEN.includes(field.widget) ? "choose" : "fill";
}

interface Violation {
  rank: number;
  key: string;
  want?: string | number;
}

/** violations adds the worst that a schema says no to at each place. */
function violations(s: Schema, v: Json, path: string, found: Map<string, Violation>): void {
  const put = (no: boolean, rank: number, key: string, want?: string | number, at = path) => {
    if (no && (found.get(at)?.rank ?? 99) > rank) found.set(at, { rank, key, want });
  };
  if (!typed(s.type, v)) {
    put(
      true,
      1,
      s.type === "integer" && typeof v === "number" ? "integer" : numeric(s.type) ? "number" : "type",
    );
  } else if (typeof v === "string") {
    const length = [...v].length;
    put(s.enum !== undefined && !s.enum.includes(v), 3, "enum");
    put(s.format !== undefined && !fits(s.format, v), 4, s.format ?? "");
    put(length < (s.minLength ?? 0), 5, "minLength", s.minLength);
    put(length > (s.maxLength ?? length), 6, "maxLength", s.maxLength);
    put(s.pattern !== undefined && !new RegExp(s.pattern, "u").test(v), 7, "pattern");
  } else if (typeof v === "number") {
    put(v < (s.minimum ?? v), 8, "minimum", s.minimum);
    put(v > (s.maximum ?? v), 9, "maximum", s.maximum);
    const digits = s.multipleOf === undefined ? undefined : decimals(s.multipleOf);
    put(digits !== undefined && decimals(v) > digits, 10, "decimals", digits);
  } else if (Array.isArray(v)) {
    put(v.length < (s.minItems ?? 0), 11, "minItems", s.minItems);
    put(v.length > (s.maxItems ?? v.length), 12, "maxItems", s.maxItems);
    put(s.uniqueItems === true && new Set(v).size < v.length, 13, "unique");
    v.forEach((member, i) => {
      violations(s.items ?? {}, member, `${path}[${i}]`, found);
    });
  } else if (typeof v === "object" && v !== null) {
    for (const name of s.required ?? [])
      put(v[name] === undefined, 2, "required", undefined, `${path}.${name}`);
    for (const [name, part] of Object.entries(v)) {
      violations(s.properties?.[name] ?? {}, part, `${path}.${name}`, found);
    }
  }
}

function numeric(type: string | undefined): boolean {
  return type === "number" || type === "integer";
}

function typed(type: string | undefined, v: Json): boolean {
  switch (type) {
    case undefined:
      return true;
    case "integer":
      return Number.isInteger(v);
    case "array":
      return Array.isArray(v);
    case "object":
      return typeof v === "object" && v !== null && !Array.isArray(v);
    default:
      return typeof v === type;
  }
}

/** decimals is how many digits a number has behind its point. */
function decimals(n: number): number {
  const [digits = "", power = "0"] = String(n).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(power));
}

/** rolledUp brings what was found to places that the form knows. */
function rolledUp(field: Field, found: Map<string, Violation>): Map<string, Violation> {
  const known = field.widget === "table" ? /^(\[\d+\](?:\.\w+)?)?/ : parts(field.widget) ? /^(\.\w+)?/ : /^/;
  const out = new Map<string, Violation>();
  for (const [path, x] of found) {
    const at = known.exec(path)?.[0] ?? "";
    if ((out.get(at)?.rank ?? 99) > x.rank) out.set(at, x);
  }
  return out;
}

/** moving adds what is wrong by what moves with the day: the bounds of dates and births. */
function moving(field: Field, v: Json, path: string, scope: Scope, found: Map<string, Violation>): void {
  const put = (at: string, key: string, want?: string) => found.set(at, { rank: 0, key, want });
  const born = (number: Json) => typeof number !== "string" || birth(number, scope.today) !== null;
  if (field.widget === "table" && Array.isArray(v)) {
    v.forEach((row, i) => {
      for (const c of field.columns ?? []) {
        moving(c, (row as Values)[c.name], `[${i}].${c.name}`, scope, found);
      }
    });
  }
  if (field.widget === "person" && !born((v as Values).number)) put(`${path}.number`, "id-number");
  if (field.widget === "id-number" && !born(v)) put(path, "id-number");
  if (field.widget === "date" && typeof v === "string") {
    const bound = (day?: string) => (day === "today" ? scope.today : day);
    const from = bound(field.earliest);
    const to = bound(field.latest);
    if (from && v < from) put(path, "earliest", from);
    if (to && v > to) put(path, "latest", to);
  }
}

/** Place is somewhere in a field that something can be wrong with. */
interface Place {
  path: string;
  before: string;
  label: string;
  field: Field;
  missing: string;
}

/** parts are the names of what a widget consists of, in their order. */
export function parts(widget: Field["widget"]): string[] | undefined {
  if (widget === "person") return ["name", "number", "phone"];
  return widget === "address" ? ["region", "area", "street"] : undefined;
}

function places(field: Field, v: Json): Place[] {
  const list: Place[] = [{ path: "", before: "", label: field.label, field, missing: "fill" }];
  for (const name of parts(field.widget) ?? []) {
    const label = say("part", { label: field.label, part: t(`form.part.${name}` as "form.part.name") });
    list.push({ path: `.${name}`, before: "", label, field, missing: name === "region" ? "choose" : "fill" });
  }
  if (field.widget !== "table" || !Array.isArray(v)) return list;
  v.forEach((_, i) => {
    const before = say("row", { n: i + 1 });
    list.push({ path: `[${i}]`, before, label: field.label, field, missing: "fill" });
    for (const c of field.columns ?? []) {
      list.push({ path: `[${i}].${c.name}`, before, label: c.label, field: c, missing: missing(c) });
    }
  });
  return list;
}

function sentence(place: Place, x: Violation): string {
  let key = x.key;
  if (key === "pattern" && place.field.patternMessage) return place.before + place.field.patternMessage;
  if (key === "required") key = place.missing;
  if (/^m..Items$/.test(key) && place.field.widget === "table") key += "Rows";
  return place.before + say(key, { label: place.label, n: x.want ?? "", unit: place.field.unit ?? "" });
}

function say(key: string, words: Record<string, string | number>): string {
  return t(`form.wrong.${key}` as "form.wrong.fill", words);
}
