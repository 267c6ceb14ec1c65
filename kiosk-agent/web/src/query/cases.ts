import { type CaseView, clock, language, named, type Problem, SOURCE } from "@smarthall/ui";
import { wordsOf } from "../problems/words";
import { has, t, worded } from "./text";

/** Mark is how far one point of a case's way is. */
export type Mark = "done" | "now" | "waiting" | "held";

/** Point is one line of a case's way. */
export interface Point {
  mark: Mark;
  name: string;
  /** when and who, in words. */
  when?: string;
  who?: string;
  /** It is a step of the point before it. */
  step?: boolean;
}

/** minute is the day and minute of a time in the hall's time zone. */
export function minute(at: string, timeZone?: string): string {
  const ms = Date.parse(at);
  const date = { month: "2-digit", day: "2-digit" } as const;
  try {
    return `${new Intl.DateTimeFormat("en-CA", { ...date, timeZone }).format(ms)} ${clock(ms, timeZone)}`;
  } catch {
    return `${new Intl.DateTimeFormat("en-CA", date).format(ms)} ${clock(ms)}`; // a zone that this browser doesn't know
  }
}

/** EXAMINED is the stage that has steps of its own. */
const EXAMINED = "review";

const marks: Record<string, Mark> = {
  done: "done",
  skipped: "done",
  now: "now",
  held: "held",
  returned: "held",
};

/** way is a case's stages, with the steps of the examination below the one that lasts. */
export function way(c: CaseView, timeZone?: string): Point[] {
  const points: Point[] = [];
  for (const s of c.stages ?? []) {
    const lasts = !s.ended;
    points.push({
      mark: lasts ? "now" : "done",
      name: worded("stage", s.kind, s.word),
      when: minute(s.begun, timeZone),
      who: s.who && worded("by", s.by, s.who),
    });
    if (!lasts || s.kind !== EXAMINED) continue;
    for (const step of c.steps ?? [])
      points.push({
        mark: marks[step.state] ?? "waiting",
        name: `${named(step.name)} · ${worded("step", step.state, step.word)}`,
        when: step.done ? minute(step.done, timeZone) : undefined,
        who: step.organisation && named(step.organisation),
        step: true,
      });
  }
  return points;
}

/** stateOf is where a case stands, in a word; a code that a newer platform sends counts for no more than the state. */
export const stateOf = (c: CaseView) =>
  worded("state", has("state", c.stateCode) ? c.stateCode : c.state, c.stateWord);

/** documents are the titles of what the applicant was given. */
export const documents = (c: CaseView) =>
  (c.documents ?? []).map((title, i) => worded("document", c.documentKinds?.[i], title));

/** guidance is what the platform writes to the applicant, for readers of Chinese; others read what there is to do. */
export const guidance = (c: CaseView) => (language.value === SOURCE ? c.guidance : "");

/** term says how many working days are left; empty where no term runs. */
export function term(c: CaseView): string {
  if (c.left === undefined || !c.promisedDue) return "";
  if (c.left < 0) return t("query.late", { n: -c.left });
  return c.left === 0 ? t("query.leftToday") : t("query.left", { day: c.promisedDue, n: c.left });
}

/** money is an amount of fen in yuan. */
export const money = (fen: number) => (fen / 100).toFixed(2);

/** shownNo is the number that a case is called by now. */
export const shownNo = (c: CaseView) => c.caseNo || c.number;

/** words say why something wasn't done. */
export function words(problem: Problem): string {
  if (problem.code === "link.away" || problem.code.startsWith("page.")) return t("query.away");
  return wordsOf(problem, t("query.failed"));
}
