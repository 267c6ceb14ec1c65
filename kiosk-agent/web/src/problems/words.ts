import { language, type Problem, SOURCE } from "@smarthall/ui";
import { has, t } from "./text";

/**
 * wordsOf says a problem to whoever stands at the machine. The hall's sentence
 * knows numbers and names, but is Chinese; readers of other languages get ours
 * for its code, or other if there is none.
 */
export function wordsOf(problem: Pick<Problem, "code" | "detail">, other: string): string {
  if (language.value === SOURCE && problem.detail) return problem.detail;
  return has(problem.code) ? t(`problem.${problem.code}` as "problem.internal") : other;
}
