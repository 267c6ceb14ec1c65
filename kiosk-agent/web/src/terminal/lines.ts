import { type Answers, clean, type Field, type Form, type Json, type Values } from "@smarthall/ui/form";
import { t } from "./text";

/** Line is one filled-in field in words. */
export interface Line {
  name: string;
  label: string;
  text: string;
}

/** linesOf reads a form back: what counts of it, in its order. */
export function linesOf(form: Form, values: Values, answers: Answers, today: string): Line[] {
  const kept = clean(form, values, answers, today);
  return form.sections
    .flatMap((s) => s.fields)
    .filter((f) => f.widget !== "note" && kept[f.name] !== undefined)
    .map((f) => ({ name: f.name, label: f.label, text: wordsOf(f, kept[f.name]) }));
}

/** wordsOf writes a value as its field shows it. */
export function wordsOf(field: Field, v: Json): string {
  if (v === undefined || v === null || v === "") return t("apply.value.none");
  const option = (value: Json) => field.options?.find((o) => o.value === value)?.label ?? String(value);
  if (field.widget === "yes-no") return t(v === true ? "apply.value.yes" : "apply.value.no");
  if (field.widget === "choice") return option(v);
  if (Array.isArray(v)) {
    return v.map((row) => (field.widget === "table" ? rowOf(field, row) : option(row))).join(t("apply.join"));
  }
  if (typeof v === "object") return partsOf(v);
  return field.unit ? `${v} ${field.unit}` : String(v);
}

function rowOf(field: Field, row: Json): string {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return String(row);
  return (field.columns ?? [])
    .filter((c) => row[c.name] !== undefined)
    .map((c) => wordsOf(c, row[c.name]))
    .join(" ");
}

/** partsOf joins the parts of an address or a person; codes are for programs. */
function partsOf(v: object): string {
  return Object.entries(v)
    .filter(([name, part]) => typeof part === "string" && part !== "" && name !== "region" && name !== "code")
    .map(([, part]) => part as string)
    .join(" ");
}
