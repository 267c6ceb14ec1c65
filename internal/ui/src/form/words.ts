import { clean } from "./clean";
import { t } from "./text";
import type { Answers, Field, Form, Json, Values } from "./types";

/** Line is one filled-in field in words. */
export interface Line {
  name: string;
  label: string;
  text: string;
}

/** linesOf reads a form back: what counts of it, section by section. */
export function linesOf(
  form: Form,
  values: Values,
  answers: Answers,
  today: string,
): { title: string; lines: Line[] }[] {
  const kept = clean(form, values, answers, today);
  return form.sections
    .map((s) => ({
      title: s.title,
      lines: s.fields
        .filter((f) => f.widget !== "note" && kept[f.name] !== undefined)
        .map((f) => ({ name: f.name, label: f.label, text: wordsOf(f, kept[f.name]) })),
    }))
    .filter((s) => s.lines.length > 0);
}

/** wordsOf writes a value as its field shows it. */
export function wordsOf(field: Field, v: Json): string {
  if (v === undefined || v === null || v === "") return t("form.value.none");
  const option = (value: Json) => field.options?.find((o) => o.value === value)?.label ?? String(value);
  switch (field.widget) {
    case "yes-no":
      return t(v === true ? "form.yes" : "form.no");
    case "choice":
      return option(v);
    case "several":
      return Array.isArray(v) ? v.map(option).join(t("form.value.and")) : String(v);
    case "table":
      return Array.isArray(v)
        ? v.map((row, i) => t("form.value.row", { n: i + 1, text: rowOf(field, row) })).join("\n")
        : "";
    default:
      if (typeof v === "object") return partsOf(v);
      return field.unit ? `${v} ${field.unit}` : String(v);
  }
}

function rowOf(field: Field, row: Json): string {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return String(row);
  return (field.columns ?? [])
    .filter((c) => row[c.name] !== undefined)
    .map((c) => `${c.label} ${wordsOf(c, row[c.name])}`)
    .join(t("form.value.and"));
}

/** partsOf joins the parts of an address or a person; codes are for programs. */
function partsOf(v: object): string {
  return Object.entries(v)
    .filter(([name, part]) => typeof part === "string" && part !== "" && name !== "region" && name !== "code")
    .map(([, part]) => part as string)
    .join(" ");
}
