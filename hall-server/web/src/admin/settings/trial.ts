import type { DeviceTried, PrintDone } from "@smarthall/ui";
import { language, lookOf, SOURCE } from "@smarthall/ui";
import { type Key, t } from "./text";

/** printWord says what became of a trial print. */
export function printWord(done: PrintDone): string {
  const state = done.device && done.outcome !== "printed" ? lookOf(done.device).word : "";
  return t(`print.${done.outcome}` as Key) + (state ? t("print.state", { state }) : "");
}

/** GIVES are the classes that give something out, and can be tried from here. */
const GIVES = ["printer", "label-printer", "page-printer", "led", "speaker", "pad", "keypad"];

/** canTry tells whether a device of a class can be tried from here; others are tried by hand. */
export const canTry = (kind: string): boolean => GIVES.includes(kind);

/** HANDS are the classes that have words of their own for whoever tries them by hand. */
const HANDS = ["id-reader", "scanner", "camera", "document-scanner", "button", "sensor", "keypad"];

/** handWord says how a device is tried by somebody who stands there. */
export const handWord = (kind: string): string =>
  t(`try.hand.${HANDS.includes(kind) ? kind : "other"}` as Key);

/** tryWord says what became of trying a device of a class. */
export function tryWord(done: DeviceTried, kind: string): string {
  if (done.outcome === "by-hand") return handWord(kind);
  const what =
    done.outcome === "done" && canTry(kind) ? t(`try.done.${kind}` as Key) : t(`try.${done.outcome}` as Key);
  const why = language.value === SOURCE ? done.detail : (done.detailEn ?? done.detail);
  const key = done.key ? t("try.key", { key: done.key }) : "";
  return what + (why ? t("try.why", { why }) : "") + key;
}
