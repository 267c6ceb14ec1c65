import type { Field, Form, Json, Values } from "@smarthall/ui/form";

/** Conflict is a field that two people filled in differently. */
export interface Conflict {
  name: string;
  label: string;
  theirs: string;
  mine: string;
}

/** same tells whether two values say the same. */
export function same(a: Json, b: Json): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** sorted is a value with its keys in one order, without empty ones. */
function sorted(v: Json): Json {
  if (Array.isArray(v)) return v.map(sorted);
  if (typeof v !== "object" || !v) return v;
  return Object.fromEntries(
    Object.keys(v)
      .sort()
      .filter((k) => v[k] !== undefined && v[k] !== "")
      .map((k) => [k, sorted(v[k])]),
  );
}

/** conflicts are the fields in which two versions differ, in the form's order. */
export function conflicts(form: Form | undefined, theirs: Values, mine: Values): Conflict[] {
  const fields = form?.sections.flatMap((s) => s.fields) ?? [];
  const names = new Set([...fields.map((f) => f.name), ...Object.keys(theirs), ...Object.keys(mine)]);
  return [...names]
    .filter((n) => !same(theirs[n] ?? "", mine[n] ?? ""))
    .map((name) => {
      const field = fields.find((f) => f.name === name);
      return {
        name,
        label: field?.label ?? name,
        theirs: words(theirs[name], field),
        mine: words(mine[name], field),
      };
    });
}

/** words is a value as people read it. */
function words(v: Json, field?: Field): string {
  if (v === undefined || v === null) return "";
  if (typeof v === "string") return field?.options?.find((o) => o.value === v)?.label ?? v;
  if (Array.isArray(v)) return v.map((one) => words(one, field)).join("; ");
  if (typeof v === "object") {
    return Object.values(v)
      .map((one) => words(one))
      .filter(Boolean)
      .join(" ");
  }
  return String(v);
}

/** merged is theirs with mine in the fields that were chosen. */
export function merged(theirs: Values, mine: Values, take: ReadonlySet<string>): Values {
  const out = { ...theirs };
  for (const name of take) {
    if (mine[name] === undefined) delete out[name];
    else out[name] = mine[name];
  }
  return out;
}
