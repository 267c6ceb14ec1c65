import { language, SOURCE } from "../i18n";
import type { Problem } from "../link.gen";
import { has, t } from "./text";

/**
 * wordsOf says a problem in the language of the page. The server's sentence
 * knows numbers and names, but is Chinese; readers of other languages get ours
 * for its code. For a code without one it is the server's all the same, and
 * other where the server said nothing.
 */
export function wordsOf(problem: Pick<Problem, "code" | "detail">, other: string): string {
  if (language.value !== SOURCE && has(problem.code))
    return t(`problem.${problem.code}` as "problem.internal");
  return problem.detail || other;
}
