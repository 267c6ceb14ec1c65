import type { Value } from "./api";
import { empty, secondsOf } from "./edits";
import type { Field } from "./sections";
import { t } from "./text";

/** PERIOD is a time of day to a later one; a day ends at 24:00. */
const PERIOD = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/;

/** isPeriod tells whether a text such as 09:00-12:00 ends later than it begins. */
export function isPeriod(text: string): boolean {
  const [, h1, m1, h2, m2] = PERIOD.exec(text) ?? [];
  return h1 !== undefined && Number(h1) * 60 + Number(m1) < Number(h2) * 60 + Number(m2);
}

/** amountOf is a number, or how many units (60 s for minutes) a duration is long; undefined if it is neither. */
export function amountOf(field: Field, value: Value | undefined): number | undefined {
  if (field.kind === "number") return typeof value === "number" ? value : undefined;
  const seconds = secondsOf(String(value ?? ""));
  return seconds === undefined ? undefined : seconds / (field.kind === "seconds" ? 1 : 60);
}

/**
 * wrongOf is what stands under a field that can't stay as it is; empty if it
 * can. Whether a setting suits the rest of the hall is the hall-server's word.
 */
export function wrongOf(field: Field, value: Value | undefined): string {
  if (empty(value)) return field.required ? t("wrong.required") : "";
  switch (field.kind) {
    case "number":
    case "minutes":
    case "seconds": {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = field;
      const n = amountOf(field, value);
      return n === undefined || n < min || n > max ? t("wrong.range", { min, max }) : "";
    }
    case "period":
      return isPeriod(String(value)) ? "" : t("wrong.period");
    case "hours":
      return (value as Value[]).every((one) => isPeriod(String(one))) ? "" : t("wrong.period");
    case "quotas": {
      const quotas = value as { hours?: string; places?: number | null }[];
      if (quotas.some(({ places }) => typeof places !== "number")) return t("wrong.places");
      return quotas.every(({ hours }) => !hours || isPeriod(hours)) ? "" : t("wrong.period");
    }
    default:
      return "";
  }
}

/** wrongsOf are the words under every field of a form that can't stay as it is, by key. */
export function wrongsOf(fields: Field[], draft: Record<string, Value | undefined>): Record<string, string> {
  const wrong = fields.map((field) => [field.key, wrongOf(field, draft[field.key])] as const);
  return Object.fromEntries(wrong.filter(([, words]) => words));
}
