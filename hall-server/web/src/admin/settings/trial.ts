import type { PrintDone } from "@smarthall/ui";
import { lookOf } from "@smarthall/ui";
import { type Key, t } from "./text";

/** printWord says what became of a trial print. */
export function printWord(done: PrintDone): string {
  const state = done.device && done.outcome !== "printed" ? lookOf(done.device).word : "";
  return t(`print.${done.outcome}` as Key) + (state ? t("print.state", { state }) : "");
}
