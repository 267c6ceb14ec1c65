import type { Widget } from "@smarthall/ui/form";
import { t } from "./text";

/** Option is one thing to choose. */
export interface Option {
  value: string;
  label: string;
}

/** Field is one thing to fill in, as its editor writes it; what is left out is the widget's own. */
export interface Field {
  name: string;
  widget: Widget;
  label: string;
  help?: string;
  example?: string;
  unit?: string;
  width?: "half" | "third";
  when?: string;
  required?: boolean;
  requiredWhen?: string;
  options?: Option[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  decimals?: number;
  pattern?: string;
  patternMessage?: string;
  earliest?: string;
  latest?: string;
  columns?: Field[];
  minRows?: number;
  maxRows?: number;
  from?: string[];
  locked?: boolean;
  text?: string;
}

/** Section is a part of a form with a heading. */
export interface Section {
  title: string;
  note?: string;
  when?: string;
  fields: Field[];
}

/** Rule concerns several fields. */
export interface Rule {
  that: string;
  message: string;
  at: string;
}

/** Definition is a form as its editors write it. */
export interface Definition {
  title: string;
  intro?: string;
  sections: Section[];
  rules?: Rule[];
}

/** Mistake is one thing that is wrong with a definition. */
export interface Mistake {
  path: string;
  message: string;
}

/** Listed is a form in the list. */
export interface Listed {
  id: string;
  title: string;
  organisation: string;
  region: string;
  current: number;
  open: number;
  state: "draft" | "review" | "published" | "replaced";
  changed: string;
  items: string[];
  mine: boolean;
  review: boolean;
}

/** Work is a form with the version that staff see. */
export interface Work extends Listed {
  version: number;
  edition: number;
  comment?: string;
  definition: Definition;
  mistakes: Mistake[];
}

export const WIDGETS: Widget[] = [
  "text",
  "long-text",
  "number",
  "money",
  "date",
  "choice",
  "several",
  "yes-no",
  "id-number",
  "credit-code",
  "phone",
  "address",
  "person",
  "table",
  "note",
];

/** COLUMNS are what a table's column may be. */
export const COLUMNS = WIDGETS.filter(
  (w) => !["long-text", "several", "address", "person", "table", "note"].includes(w),
);

/** nameOf is a name for a new field that isn't used yet. */
export function nameOf(widget: Widget, used: string[]): string {
  const base = widget.replace(/-./g, (m) => (m[1] ?? "").toUpperCase());
  let name = base;
  for (let n = 2; used.includes(name); n++) name = `${base}${n}`;
  return name;
}

/** newField is a field as it begins: good as it is, but for its label. */
export function newField(widget: Widget, used: string[]): Field {
  const field: Field = { name: nameOf(widget, used), widget, label: t(`widget.${widget}` as "widget.text") };
  if (widget === "choice" || widget === "several") {
    field.options = ["a", "b"].map((value, i) => ({ value, label: t("newOption", { n: i + 1 }) }));
  }
  if (widget === "table") field.columns = [newField("text", [])];
  if (widget === "note") {
    field.label = "";
    field.text = t("widget.note");
  }
  return field;
}

/** tidy is a definition without what is empty. */
export function tidy(d: Definition): Definition {
  return JSON.parse(
    JSON.stringify(d, (key, value) => {
      if (value === "" && !["label", "title", "name", "that", "message", "at", "value"].includes(key))
        return undefined;
      return value === false ||
        value === null ||
        (Array.isArray(value) && value.length === 0 && key !== "fields")
        ? undefined
        : value;
    }),
  );
}
