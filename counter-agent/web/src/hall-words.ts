import { language, type ReasonView, SOURCE, type TicketView, type WindowView } from "@smarthall/ui";
import { t } from "./text";

// The hall says in Chinese how a window calls and why somebody was next, together
// with a code. Whoever reads another language gets the code's words.

const STRATEGIES = ["due-date", "ratio", "strict", "longest-wait", "by-hand"] as const;
const RULES = ["due", "slot", "bound", "ratio", "strict", "longest", "help", "by-hand"] as const;

/** strategyWords say how a window chooses whom to call. */
export function strategyWords(w: Pick<WindowView, "strategy" | "strategyText">): string {
  const known = STRATEGIES.find((s) => s === w.strategy);
  if (language.value === SOURCE || !known) return w.strategyText ?? "";
  return t(`counter.strategy.${known}`);
}

/** reasonWords say why a ticket was next. */
export function reasonWords(reason: ReasonView, ticket: Pick<TicketView, "number">): string {
  const known = RULES.find((r) => r === reason.rule);
  if (language.value === SOURCE || !known) return reason.text;
  return t(`counter.reason.${known}`, { number: ticket.number });
}
