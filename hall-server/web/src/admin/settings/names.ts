import type { Entry, Value } from "./api";
import { secondsOf } from "./edits";
import { type Hall, idOf } from "./hall";
import type { Field } from "./sections";
import { type Key, t } from "./text";

/** label is what a field of a section is called. */
export function label(word: string, key: string): string {
  const own = `field.${word}.${key}` as Key;
  const said = t(own);
  return said === own ? t(`field.${key}` as Key) : said;
}

/** choiceWord is a value of a choice in words. */
export function choiceWord(key: string, value: string): string {
  return t(`choice.${key}.${value || "none"}` as Key);
}

/** nameOf is what people call an entry of the part from. */
export function nameOf(from: string, entry: Entry): string {
  const text = (key: string) => (empty(entry[key]) ? "" : String(entry[key]));
  if (from === "windows") return t("name.window", { n: text("number"), name: text("name") }).trim();
  if (from === "series")
    return t("name.series", { prefix: text("prefix"), first: text("first"), last: text("last") });
  return text("name") || text("title") || idOf(entry) || text("day");
}

const empty = (value: Value | undefined) => value === undefined || value === null || value === "";

/** named is what people call the entry of the part from that has the id. */
export function named(hall: Hall, from: string, id: string, by = ""): string {
  const found = hall.list(from).find((one) => (by ? one[by] === id : idOf(one) === id));
  return found ? nameOf(from, found) : id;
}

/** said is a field's value for the table. */
export function said(hall: Hall, field: Field, value: Value | undefined): string {
  if (empty(value)) return "";
  const list = (Array.isArray(value) ? value : [value]) as Value[];
  switch (field.kind) {
    case "flag":
      return value ? t("table.yes") : "";
    case "choice":
    case "choices":
      return list.map((one) => choiceWord(field.choice ?? field.key, String(one))).join(t("table.join"));
    case "minutes":
      return t("table.minutes", { n: (secondsOf(String(value)) ?? 0) / 60 });
    case "ref":
    case "refs":
      return list.map((id) => named(hall, field.from ?? "", String(id), field.by)).join(t("table.join"));
    case "days":
      return list.map((day) => dayWord(String(day))).join(t("table.join"));
    case "hours":
      return list.length > 0 ? list.join(t("table.join")) : t("table.closed");
    case "quotas":
      return list
        .map((one) => {
          const { hours, places } = one as { hours?: string; places?: number };
          return t("table.quota", { hours: hours || t("table.day"), n: places ?? 0 });
        })
        .join(t("table.join"));
    default:
      return list.map(String).join(t("table.join"));
  }
}

/** DAYS are the words of a roster that aren't dates. */
export const DAYS = ["workday", "daily", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** dayWord is a day of a roster or a week in words. */
export function dayWord(day: string): string {
  return (DAYS as readonly string[]).includes(day) ? t(`day.${day}` as Key) : day;
}
