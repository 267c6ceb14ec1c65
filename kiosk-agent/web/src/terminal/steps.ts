/** Stage is one of the words on the strip above the page. */
export type Stage = "identity" | "situation" | "form" | "materials" | "sign" | "submit" | "receipt";

/** STAGES are all of them in their order. */
export const STAGES: Stage[] = ["identity", "situation", "form", "materials", "sign", "submit", "receipt"];

/** Step is a page of self-service. */
export type Step =
  | "begin"
  | "closed"
  | "items"
  | "drafts"
  | "situation"
  | "form"
  | "materials"
  | "face"
  | "sign"
  | "check"
  | "done";

/** stageOf is where on the strip a page stands. */
export const stageOf: Record<Step, Stage> = {
  begin: "identity",
  closed: "identity",
  items: "situation",
  drafts: "situation",
  situation: "situation",
  form: "form",
  materials: "materials",
  face: "sign",
  sign: "sign",
  check: "submit",
  done: "receipt",
};

/** Needs are what a case needs, as far as that decides the next page. */
export interface Needs {
  form: boolean;
  materials: boolean;
  face: boolean;
}

/** The pages that work on a draft, in their order. */
function pages(needs: Needs): Step[] {
  const all: Step[] = ["form", "materials", "face", "sign", "check"];
  return all.filter((s) => (s !== "form" && s !== "materials" && s !== "face") || needs[s]);
}

/** first is where work on a draft begins, after its successor, before its predecessor; undefined beyond the ends. */
export const first = (needs: Needs): Step => pages(needs)[0] ?? "sign";
export function after(step: Step, needs: Needs): Step | undefined {
  const all = pages(needs);
  return all[all.indexOf(step) + 1];
}
export function before(step: Step, needs: Needs): Step | undefined {
  const all = pages(needs);
  return all[all.indexOf(step) - 1];
}
