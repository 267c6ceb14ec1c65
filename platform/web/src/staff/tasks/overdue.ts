/** Overdue is a deferred material that didn't come in time. */
export interface Overdue {
  case: string;
  caseNo: string;
  itemName: string;
  applicant: string;
  material: string;
  /** name is the material's. */
  name: string;
  due: string;
  extended?: boolean;
}

/** Lateness is what a head decides about one. */
export interface Lateness {
  decision: "extend" | "revoke";
  due?: string;
  reason: string;
}

/** latenessOf is a decision as it is sent; undefined while something is missing. */
export function latenessOf(decision: "extend" | "revoke", due: string, reason: string): Lateness | undefined {
  const why = reason.trim();
  if (!why || (decision === "extend" && !due)) return undefined;
  return decision === "extend" ? { decision, due, reason: why } : { decision, reason: why };
}
