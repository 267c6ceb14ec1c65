import { holds, type Scope } from "./eval";
import { narrow, trim } from "./kinds";
import type { Answers, Field, Form, Json, Section, Values } from "./types";

/** Shown is what of a form is there with these values: cleaned values, and the fields in their order. */
export interface Shown {
  values: Values;
  sections: { section: Section; fields: Field[] }[];
}

/**
 * shown looks at the fields in their order: conditions name only what stands
 * before them, so one pass is enough. What is hidden, unknown or empty is
 * dropped from the values; texts are trimmed, numbers of cards and telephones
 * written as usual.
 */
export function shown(form: Form, values: Values, answers: Answers, today: string): Shown {
  const out: Shown = { values: {}, sections: [] };
  const scope: Scope = { values: out.values, answers, today };
  for (const section of form.sections) {
    if (!holds(section.when, scope)) continue;
    const part = { section, fields: [] as Field[] };
    for (const field of section.fields) {
      if (!holds(field.when, scope)) continue;
      part.fields.push(field);
      if (field.widget === "note") continue;
      const v = cleaned(field, values[field.name]);
      if (!empty(v)) out.values[field.name] = v;
    }
    if (part.fields.length > 0) out.sections.push(part);
  }
  return out;
}

/** clean is what of the values counts. */
export function clean(form: Form, values: Values, answers: Answers, today: string): Values {
  return shown(form, values, answers, today).values;
}

/** empty tells whether a value is none. */
export function empty(v: Json): boolean {
  if (v === null || v === undefined || v === "") return true;
  return typeof v === "object" && Object.keys(v).length === 0;
}

function cleaned(field: Field, v: Json): Json {
  switch (field.widget) {
    case "text":
    case "long-text":
    case "date":
    case "choice":
      return typeof v === "string" ? trim(v) : v;
    case "id-number":
    case "credit-code":
    case "phone":
      return typeof v === "string" ? narrow(v) : v;
    case "several":
      return list(v, (member) => member);
    case "person":
      return members(v, (name) =>
        name === "name" ? { ...field, widget: "text" } : part(field, name, "phone", ["number", "phone"]),
      );
    case "address":
      return members(v, (name) => part(field, name, "text", ["region", "area", "street"]));
    case "table":
      return list(v, (row) => members(row, (name) => field.columns?.find((c) => c.name === name)));
    default:
      return v;
  }
}

function part(field: Field, name: string, widget: Field["widget"], names: string[]): Field | undefined {
  return names.includes(name) ? { ...field, widget } : undefined;
}

function list(v: Json, how: (member: Json) => Json): Json {
  return Array.isArray(v) ? v.map(how).filter((member) => !empty(member)) : v;
}

function members(v: Json, fieldOf: (name: string) => Field | undefined): Json {
  if (typeof v !== "object" || v === null || Array.isArray(v)) return v;
  const out: Values = {};
  for (const [name, value] of Object.entries(v)) {
    const field = fieldOf(name);
    const kept = field ? cleaned(field, value) : undefined;
    if (!empty(kept)) out[name] = kept;
  }
  return out;
}
