import { clock, type HelpView } from "@smarthall/ui";
import { t } from "./text";

/** How long a call for staff is told, in milliseconds: without an answer, and after it. */
const ASKED = 30 * 60_000;
const ANSWERED = 10 * 60_000;

/** helpWords say how a call by the desk's button stands; empty if nothing is to be told any more. */
export function helpWords(help: HelpView | undefined, now: number, timeZone?: string): string {
  if (!help) return "";
  const at = Date.parse(help.at ?? "");
  if (Number.isNaN(at)) return now - Date.parse(help.since) < ASKED ? t("counter.help.asked") : "";
  if (now - at >= ANSWERED) return "";
  const time = clock(at, timeZone);
  return help.by ? t("counter.help.by", { name: help.by, time }) : t("counter.help.comes", { time });
}
