import {
  language,
  named,
  type ReasonView,
  type Sentence,
  SOURCE,
  type TroubleView,
  type WindowView,
} from "@smarthall/ui";
import { wordsOf } from "@smarthall/ui/problems";
import { known, t, worded } from "./text";

// What the hall-server says stands in Chinese, and knows most. Readers of other
// languages get our words for its code; what has none is in the hall's own words.

/** chinese tells whether the server's own sentences are read. */
const chinese = () => language.value === SOURCE;

/** told is what a device says itself, for readers of Chinese; others get nothing. */
export const told = (text = ""): string => (chinese() ? text : "");

/** said is a sentence in the language of the page; text is the server's. */
export function said(text = "", sentence?: Sentence): string {
  const key = known(sentence?.code ?? "");
  if (chinese() || !sentence || !key) return named(text);
  const vars = { ...(sentence.vars as Record<string, string> | undefined) };
  if (vars.problem) vars.problem = wordsOf({ code: vars.problem, detail: "" }, vars.problem);
  return worded(key, vars).trim();
}

/** troubleAdvice says what to do about an agent's trouble. */
export function troubleAdvice({ advice = "", said: sentence }: Pick<TroubleView, "advice" | "said">): string {
  if (chinese() || !advice) return advice;
  const key = known(`${sentence?.code.split(".")[0]}.advice`);
  return key ? worded(key) : advice;
}

/** reasonOf says why a ticket was chosen. */
export function reasonOf(reason: ReasonView): string {
  if (chinese()) return reason.text;
  const key = known(`reason.${reason.rule}.${reason.class}`, `reason.${reason.rule}`);
  if (!key) return reason.text;
  const what = worded(key, { n: reason.candidates, overtaken: reason.overtaken ?? 0 });
  return reason.note ? t("joined.note", { what, note: reason.note }) : what;
}

/** strategyOf says how a window chooses who is next. */
export function strategyOf(window: Pick<WindowView, "strategy" | "strategyText" | "strategyShares">): string {
  const key = known(`strategy.${window.strategy}`);
  if (chinese() || !key) return window.strategyText ?? "";
  const shares = (window.strategyShares ?? []).map(({ class: kind, name, weight }) => {
    const word = known(`class.${kind}`);
    return [word ? worded(word) : named(name ?? ""), weight].filter(Boolean).join(" ");
  });
  return [worded(key), shares.join(" : ")].filter(Boolean).join(" ");
}

/** NOTED are the steps whose text ends with what somebody wrote. */
const NOTED = ["ticket.transferred", "ticket.parked", "ticket.cancelled", "service.finished", "ticket.noted"];

/** stepOf says what happened to a ticket. */
export function stepOf(step: { event: string; text: string; reason?: ReasonView }): string {
  const key = known(`step.${step.event}`);
  if (chinese() || !key) return step.text;
  // The server writes a full-width colon before what somebody wrote.
  const own = NOTED.includes(step.event) ? step.text.split("\uff1a").slice(1).join("\uff1a") : "";
  const note = step.reason ? reasonOf(step.reason) : own;
  return note ? t("joined.note", { what: worded(key), note }) : worded(key);
}
