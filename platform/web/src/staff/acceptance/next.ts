import { isOpen, type Material, type Outcome, type View, waitsForHer } from "./case";

/** Stage is one of the five parts of an intake. */
export type Stage = "person" | "item" | "form" | "materials" | "decision";

export const stages: readonly Stage[] = ["person", "item", "form", "materials", "decision"];

/** Next is the obvious next thing: where it is done, and what it is. */
export type Next =
  | { stage: "person"; do: "person" }
  | { stage: "item"; do: "item" | "answer" | "begin" }
  | { stage: "form"; do: "form" }
  | { stage: "materials"; do: "review"; material: Material; n: number }
  | { stage: "materials"; do: "bring" | "compare"; material: Material; n: number }
  | {
      stage: "decision";
      do:
        | "accept"
        | "present"
        | "prepare"
        | "notice"
        | "supplement"
        | "pay"
        | "decide"
        | "deliver"
        | "print"
        | "done";
    }
  | { stage: "decision"; do: "part"; id: string };

/** Desk is what decides what comes next. */
export interface Desk {
  /** person tells whether all that is needed of the person is there. */
  person: boolean;
  item: boolean;
  outcome?: Outcome;
  view?: View;
  /** formWrong counts what is wrong in the form. */
  formWrong: number;
  /** deferred are materials that will come later. */
  deferred: ReadonlySet<string>;
  /** present tells that the applicant stands at the window. */
  present: boolean;
  /** payable tells that what is owed can be paid now. */
  payable: boolean;
  /** printed tells that the latest document was printed. */
  printed: boolean;
}

/** nextOf is the one step that the next-step key does. */
export function nextOf(d: Desk): Next {
  const v = d.view;
  if (!v) {
    if (!d.person) return { stage: "person", do: "person" };
    if (!d.item) return { stage: "item", do: "item" };
    return { stage: "item", do: d.outcome?.done && !d.outcome.refuse ? "begin" : "answer" };
  }
  if (isOpen(v)) return openNext(v, d);
  if (!d.printed && v.documents.length > 0) return { stage: "decision", do: "print" };
  const owing = v.package ? v.children?.find((c) => c.unpaid) : undefined;
  if (owing) return { stage: "decision", do: "part", id: owing.id };
  if (v.unpaid && d.payable) return { stage: "decision", do: "pay" };
  if (v.state === "accepted" && v.instant) {
    const at = v.materials.findIndex((m) => m.due && m.review !== "ok");
    return at >= 0 ? bring(v, at) : { stage: "decision", do: "decide" };
  }
  const original = v.state === "decided" && !v.parent ? v.materials.findIndex((m) => m.compare) : -1;
  if (original >= 0)
    return {
      stage: "materials",
      do: "compare",
      material: v.materials[original] as Material,
      n: original + 1,
    };
  if (v.state === "decided" && !v.unpaid && v.delivery.way === "collect" && !v.parent)
    return { stage: "decision", do: "deliver" };
  return { stage: "decision", do: "done" };
}

function bring(v: View, at: number): Next {
  return { stage: "materials", do: "bring", material: v.materials[at] as Material, n: at + 1 };
}

function openNext(v: View, d: Desk): Next {
  if (v.state === "supplementing") {
    const at = v.materials.findIndex((m) => m.review === "missing" || m.review === "wrong");
    return at >= 0 ? bring(v, at) : { stage: "decision", do: "supplement" };
  }
  if (d.formWrong > 0) return { stage: "form", do: "form" };
  const at = v.materials.findIndex(
    (m) => m.review === "unseen" && !d.deferred.has(m.id) && !waitsForHer(v, m, d.present),
  );
  const material = v.materials[at];
  if (material) return { stage: "materials", do: "review", material, n: at + 1 };
  // What a package's item misses is asked of that item alone, when all are taken in.
  if (!v.package && v.materials.some((m) => wanting(m) && !d.deferred.has(m.id)))
    return { stage: "decision", do: "notice" };
  if (v.mode === "pre-review" && v.state === "submitted" && !d.present)
    return { stage: "decision", do: "prepare" };
  if (v.mode === "pre-review" && !d.present) return { stage: "decision", do: "present" };
  return { stage: "decision", do: "accept" };
}

/** wanting tells whether a material was found missing or wrong. */
export function wanting(m: Material): boolean {
  return m.review === "missing" || m.review === "wrong";
}

/** Press is what a key asks for. */
export type Press =
  | { do: "next" | "ok" | "missing" | "wrong" | "defer" | "attach" | "print" | "search" | "new" | "code" }
  | { material: number }
  | { move: number }
  | { stage: Stage };

const single: Record<string, Press> = {
  " ": { do: "next" },
  o: { do: "ok" },
  q: { do: "missing" },
  w: { do: "wrong" },
  r: { do: "defer" },
  a: { do: "attach" },
  p: { do: "print" },
  n: { do: "new" },
  c: { do: "code" },
  "/": { do: "search" },
  ArrowUp: { move: -1 },
  ArrowDown: { move: 1 },
};

/**
 * pressOf reads a key. While the clerk types only the next-step key and Alt with
 * a digit count.
 */
export function pressOf(
  event: Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "repeat">,
  typing: boolean,
): Press | undefined {
  if (event.ctrlKey || event.metaKey) return undefined;
  if (event.altKey) {
    const stage = stages[Number(/^Digit([1-5])$/.exec(event.code)?.[1] ?? 0) - 1];
    return stage && { stage };
  }
  if (event.key === "F2" && !event.repeat) return { do: "next" };
  if (typing) return undefined;
  if (/^[1-9]$/.test(event.key)) return { material: Number(event.key) };
  const press = single[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  return event.repeat && press && !("move" in press) ? undefined : press;
}
