/** Stage is one of the words on the strip above the page. */
export type Stage = "identity" | "situation" | "mend" | "form" | "materials" | "sign" | "submit" | "receipt";

/** STAGES are those of an application in their order, MENDING those of handing in what is missing. */
export const STAGES: Stage[] = ["identity", "situation", "form", "materials", "sign", "submit", "receipt"];
export const MENDING: Stage[] = ["identity", "mend", "form", "materials", "sign", "submit", "receipt"];

/** Step is a page of self-service. */
export type Step =
  | "begin"
  | "closed"
  | "items"
  | "mends"
  | "who"
  | "drafts"
  | "situation"
  | "mend"
  | "form"
  | "materials"
  | "face"
  | "sign"
  | "check"
  | "post"
  | "done";

/** stageOf is where on the strip a page stands. */
export const stageOf: Record<Step, Stage> = {
  begin: "identity",
  closed: "identity",
  items: "situation",
  mends: "mend",
  who: "situation",
  drafts: "situation",
  situation: "situation",
  mend: "mend",
  form: "form",
  materials: "materials",
  face: "sign",
  sign: "sign",
  check: "submit",
  post: "submit",
  done: "receipt",
};

/** stages are those of a strip: an application's, or without what nothing is asked of, a supplement's. */
export function stages(needs: Needs): Stage[] {
  if (!needs.mend) return STAGES;
  const there = pages(needs).map((s) => stageOf[s]);
  return MENDING.filter((s) => !["form", "materials", "sign"].includes(s) || there.includes(s));
}

/** Needs are what a case needs, as far as that decides the next page. */
export interface Needs {
  form: boolean;
  materials: boolean;
  face: boolean;
  /** mend is why something of a case that was handed in is brought: a notice asked for it, or it was to come later. */
  mend?: "supplement" | "deferred";
}

/** The pages that work on a case, in their order. What comes later needs no new signature: it was promised in the first. */
function pages(needs: Needs): Step[] {
  const all: Step[] = ["mend", "form", "materials", "face", "sign", "check"];
  return all.filter((s) => {
    if (s === "mend") return !!needs.mend;
    if (s === "face") return needs.face && needs.mend !== "deferred";
    if (s === "sign") return needs.mend !== "deferred";
    return s === "check" || needs[s as "form" | "materials"];
  });
}

/** first is where work on a case begins, after its successor, before its predecessor; undefined beyond the ends. */
export const first = (needs: Needs): Step => pages(needs)[0] ?? "sign";
export function after(step: Step, needs: Needs): Step | undefined {
  const all = pages(needs);
  return all[all.indexOf(step) + 1];
}
export function before(step: Step, needs: Needs): Step | undefined {
  const all = pages(needs);
  return all[all.indexOf(step) - 1];
}
