import type { Field, Form, Values } from "@smarthall/ui/form";
import type { CarriedCase, Fact, Question } from "../../carry/carried";
import type { Asked } from "./conditions";
import type { CaseView, Detail } from "./task";
import { t } from "./text";
import { said } from "./values";

/** carried is a task's case as another network's system needs it: read, not coded. */
export function carried(detail: Detail, view: CaseView, form: Form | undefined, asked: Asked[]): CarriedCase {
  return {
    kind: "case",
    caseNo: detail.caseNo,
    item: detail.summary.itemName,
    step: detail.name,
    ...(detail.limit?.due ? { due: detail.limit.due } : {}),
    who: Object.entries(view.who)
      .filter(([, text]) => text)
      .map(([name, text]) => ({ name, label: t(`who.${name}` as "who.name"), text: String(text) })),
    sections: (form?.sections ?? [])
      .map((s) => ({ title: s.title, facts: s.fields.flatMap((f) => fact(f, view.values[f.name])) }))
      .filter((s) => s.facts.length > 0),
    asked: questions(asked),
  };
}

/** questions are what a step asks for besides an opinion. */
export function questions(asked: Asked[]): Question[] {
  return asked.map(({ name, label, kind, options }) => ({
    name,
    label,
    kind: kind === "boolean" || kind === "number" ? kind : "text",
    options,
  }));
}

/** fact is what was filled in; of a table, a line for each row. */
function fact(field: Field, value: Values[string]): Fact[] {
  const rows = field.columns && Array.isArray(value) ? (value as Values[]) : undefined;
  const text = rows
    ? rows.map((row) => (field.columns ?? []).map((c) => said(c, row[c.name])).join(" | ")).join("\n")
    : said(field, value);
  return text ? [{ name: field.name, label: field.label, text }] : [];
}
