/** Element is a node or an edge of a drawing; Part is what it says, as BPMN has it. */
export interface Element {
  id: string;
  type: string;
  businessObject: Part;
  outgoing: Element[];
  incoming: Element[];
  source?: Element;
  target?: Element;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
}

export interface Part {
  $type: string;
  $parent?: Part;
  id: string;
  name?: string;
  values?: Part[];
  extensionElements?: Part;
  conditionExpression?: { body?: string };
  default?: Part;
  get(name: string): unknown;
}

/** Make makes a part of BPMN or of our own. */
export type Make = (type: string, attrs: Record<string, unknown>) => Part;

export type Mode = "one" | "all" | "ratio" | "any";

/** Assign says who is asked: an organisation, "item" for that of the case's item. */
export interface Assign {
  org: string;
  role: string;
  post: string;
}

/** Term is a length of time. */
export interface Term {
  unit: string;
  days: number;
}

/** Step is what our own elements say of a node. */
export interface Step {
  decides: boolean;
  holdable: boolean;
  back: "any" | "none" | "listed";
  backTo: string[];
  assign: Assign;
  mode: Mode;
  ratio: number;
  veto: boolean;
  of: Assign[];
  /** limit is none where the step has no time of its own. */
  limit: Term;
  wait: Term;
  action: string;
}

/** anybody is an approver of the case's own organisation. */
export const anybody = (): Assign => ({ org: "item", role: "approver", post: "" });

/** readStep reads our own elements. */
export function readStep(part: Part): Step {
  const all = part.extensionElements?.values ?? [];
  const one = (type: string) => all.find((v) => v.$type === `hall:${type}`);
  const step = one("Step");
  const multi = one("Multi");
  return {
    decides: step?.get("decides") === true,
    holdable: step?.get("holdable") === true,
    back: (step?.get("return") as Step["back"]) || "any",
    backTo: all.filter((v) => v.$type === "hall:ReturnTo").map((v) => String(v.get("node") ?? "")),
    assign: readAssign(one("Assign")),
    mode: (multi?.get("mode") as Mode) || "one",
    ratio: Number(multi?.get("ratio") ?? 0) || 67,
    veto: multi?.get("veto") === true,
    of: ((multi?.get("of") as Part[] | undefined) ?? []).map(readAssign),
    limit: readTerm(one("Limit"), "none"),
    wait: readTerm(one("Wait"), "working-days"),
    action: String(one("Action")?.get("name") ?? ""),
  };
}

function readAssign(part: Part | undefined): Assign {
  const text = (name: string) => String(part?.get(name) ?? "");
  return { org: text("org") || "item", role: text("role") || "approver", post: text("post") };
}

function readTerm(part: Part | undefined, unit: string): Term {
  return { unit: String(part?.get("unit") || unit), days: Number(part?.get("days") ?? 0) };
}

/** writeStep makes the extension of a node: ours anew, those of other editors as they are. */
export function writeStep(make: Make, part: Part, step: Step): Part {
  const values = (part.extensionElements?.values ?? []).filter((v) => !v.$type.startsWith("hall:"));
  const add = (type: string, attrs: Record<string, unknown>) => values.push(make(`hall:${type}`, attrs));
  if (part.$type === "bpmn:UserTask") {
    add("Step", {
      decides: step.decides || undefined,
      holdable: step.holdable || undefined,
      return: step.back,
    });
    if (step.mode === "one") add("Assign", plain(step.assign));
    else {
      const of = step.of.map((a) => make("hall:Of", plain(a)));
      add("Multi", {
        mode: step.mode,
        ratio: step.mode === "ratio" ? step.ratio : undefined,
        veto: step.veto || undefined,
        of,
      });
    }
    if (step.limit.unit !== "none") add("Limit", termOf(step.limit));
    if (step.back === "listed") for (const node of step.backTo) add("ReturnTo", { node });
  }
  if (part.$type === "bpmn:IntermediateCatchEvent") add("Wait", termOf(step.wait));
  if (part.$type === "bpmn:ServiceTask" && step.action) add("Action", { name: step.action });
  const extension = make("bpmn:ExtensionElements", { values });
  extension.$parent = part;
  for (const v of values) {
    v.$parent = extension;
    for (const of of (v.$type === "hall:Multi" && (v.get("of") as Part[])) || []) of.$parent = v;
  }
  return extension;
}

function plain(a: Assign) {
  return { org: a.org, role: a.role, post: a.post || undefined };
}

function termOf(term: Term) {
  return { unit: term.unit, days: term.unit === "instant" ? undefined : term.days };
}

/** isNode tells whether an element is a step, a gateway or an event. */
export function isNode(e: Element): boolean {
  return /^bpmn:(Start|End|IntermediateCatch)Event$|^bpmn:(User|Service)Task$|Gateway$/.test(e.type);
}

/** chooses tells whether an edge may have a condition. */
export function chooses(e: Element): boolean {
  return /(Exclusive|Inclusive)Gateway$/.test(e.source?.type ?? "") && (e.source?.outgoing.length ?? 0) > 1;
}
