import type { Problem } from "@smarthall/ui";
import { wordsOf } from "./problems/words";
import { t } from "./text";

/**
 * unanswered tells whether nobody knows if a ticket was taken: the command may
 * have arrived, and its paper may still come out.
 */
export function unanswered(problem: Problem): boolean {
  return problem.code === "link.slow" || problem.code === "page.timeout" || problem.code === "page.closed";
}

/** problemWords says a problem in plain words: what the hall says, or our own. */
export function problemWords(problem: Problem): string {
  if (unanswered(problem)) return t("kiosk.refused.unanswered");
  if (problem.code === "link.away") return t("kiosk.refused.away");
  if (problem.code === "visits.none") return t("kiosk.code.none");
  if (problem.code.startsWith("session.")) return wordsOf(problem, t("kiosk.refused.session"));
  return wordsOf(problem, t("kiosk.refused.other"));
}

/** visitWords says the same where no ticket is taken and asking again does no harm. */
export function visitWords(problem: Problem): string {
  if (unanswered(problem)) return t("kiosk.visits.unanswered");
  if (problem.code === "link.away") return t("kiosk.visits.away");
  return problemWords(problem);
}
