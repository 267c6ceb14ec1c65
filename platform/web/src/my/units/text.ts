import { messages } from "@smarthall/ui";
import { cityDay } from "./units";
import zh from "./zh-CN.json";

/** t gives the texts of this page. */
export const t = messages(zh);

/** dateWords writes the day of a moment, by the city's clock, for people. */
export function dateWords(at: string): string {
  const [y = "", m = "", d = ""] = cityDay(new Date(at)).split("-");
  return t("date", { y, m: Number(m), d: Number(d) });
}
