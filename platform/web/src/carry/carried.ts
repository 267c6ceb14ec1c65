/** What crosses: a case on its way out, and what was found of it on its way back. */

/** Fact is one thing that the applicant filled in, as people read it. */
export interface Fact {
  name: string;
  label: string;
  text: string;
}

/** Question is what the step asks for besides an opinion. */
export interface Question {
  name: string;
  label: string;
  kind: "boolean" | "number" | "text";
  options: string[];
}

/** CarriedCase is a case as another network's system needs it. */
export interface CarriedCase {
  kind: "case";
  caseNo: string;
  item: string;
  step: string;
  due?: string;
  who: Fact[];
  sections: { title: string; facts: Fact[] }[];
  asked: Question[];
}

/** CarriedResult is what was found of a case there. */
export interface CarriedResult {
  kind: "result";
  caseNo: string;
  result: "approve" | "refuse";
  opinion: string;
  values: Record<string, string | number | boolean>;
  /** number of the file or licence that the other system gave; by is who found it, at when. */
  number?: string;
  by?: string;
  at: string;
}

const OPINION = 1000;

/** asCase is the case that a text holds; undefined if it holds none. */
export function asCase(text: string): CarriedCase | undefined {
  const got = parsed(text);
  if (got?.kind !== "case" || !isText(got.caseNo) || !isText(got.item) || !isText(got.step)) return undefined;
  if (!isFacts(got.who) || !Array.isArray(got.sections) || !Array.isArray(got.asked)) return undefined;
  const sections = got.sections.every((s) => isRecord(s) && isText(s.title) && isFacts(s.facts));
  const asked = got.asked.every(
    (q) =>
      isRecord(q) && isText(q.name) && isText(q.label) && Array.isArray(q.options) && q.options.every(isText),
  );
  return sections && asked ? (got as unknown as CarriedCase) : undefined;
}

/** asResult is the result that a text holds; undefined if it holds none. */
export function asResult(text: string): CarriedResult | undefined {
  const got = parsed(text);
  if (got?.kind !== "result" || !isText(got.caseNo) || !isText(got.opinion) || !isText(got.at))
    return undefined;
  if (got.result !== "approve" && got.result !== "refuse") return undefined;
  if (got.opinion.length > OPINION || !isRecord(got.values)) return undefined;
  if (![got.number, got.by].every((v) => v === undefined || (isText(v) && v.length <= 100))) return undefined;
  const plain = Object.values(got.values).every((v) => ["string", "number", "boolean"].includes(typeof v));
  return plain ? (got as unknown as CarriedResult) : undefined;
}

/** valuesFor are those of a result's values that a step asks for and that fit. */
export function valuesFor(result: CarriedResult, asked: Question[]): CarriedResult["values"] {
  const fits = (q: Question) => {
    const value = result.values[q.name];
    if (q.kind === "boolean" || q.kind === "number") return typeof value === q.kind;
    return typeof value === "string" && (q.options.length === 0 || q.options.includes(value));
  };
  return Object.fromEntries(asked.filter(fits).map((q) => [q.name, result.values[q.name] ?? ""]));
}

type Unknown = Record<string, unknown>;
const isText = (v: unknown): v is string => typeof v === "string";
const isRecord = (v: unknown): v is Unknown => typeof v === "object" && v !== null && !Array.isArray(v);
const isFacts = (v: unknown): v is Fact[] =>
  Array.isArray(v) && v.every((f) => isRecord(f) && isText(f.name) && isText(f.label) && isText(f.text));

function parsed(text: string): Unknown | undefined {
  try {
    const got: unknown = JSON.parse(text);
    return isRecord(got) ? got : undefined;
  } catch {
    return undefined;
  }
}
