/** LegalEntry is what a registrar enters of a legal person whose papers lie before her. */
export interface LegalEntry {
  /** number is of the ID card of who stands at the window. */
  number: string;
  role: "representative" | "handler";
  change: boolean;
  kind: "business" | "social" | "institution" | "other";
  name: string;
  code: string;
  representative: string;
  representativeNumber: string;
  /** until is the day on which the power of attorney ends, or empty. */
  until: string;
  seen: string[];
  /** sure tells that the registrar answers for what the register can't confirm; manual is why. */
  sure: boolean;
  manual: string;
}

/** LegalVisit is what came of it. */
export interface LegalVisit {
  id: string;
  name: string;
  code: string;
  change: boolean;
  role: LegalEntry["role"];
  provider: string;
  told: boolean;
  claimed: boolean;
}

/** kinds are the licences that show that one is a legal person. */
export const kinds = ["business", "social", "institution", "other"] as const;

/** originals are the papers that must be seen. */
export const originals = {
  representative: ["id-card", "licence"],
  handler: ["id-card", "representative-id", "power-of-attorney", "licence"],
} as const;

export function emptyEntry(): LegalEntry {
  return {
    number: "",
    role: "representative",
    change: false,
    kind: "business",
    name: "",
    code: "",
    representative: "",
    representativeNumber: "",
    until: "",
    seen: [],
    sure: false,
    manual: "",
  };
}

/** kindOf is the licence that a credit code is on (GB 32100, table 1); undefined before there is one. */
export function kindOf(code: string): LegalEntry["kind"] | undefined {
  const first = code.trim()[0];
  if (!first) return undefined;
  return ({ "9": "business", "5": "social", "1": "institution" } as const)[first] ?? "other";
}

/** bodyOf is an entry as the platform takes it: what a representative in person doesn't need is left out. */
export function bodyOf(e: LegalEntry): Record<string, unknown> {
  const body: Record<string, unknown> = {
    number: e.number.trim(),
    role: e.role,
    change: e.change,
    kind: e.kind,
    name: e.name.trim(),
    code: e.code.trim(),
    seen: e.seen.filter((paper) => (originals[e.role] as readonly string[]).includes(paper)),
  };
  if (e.sure) body.manual = e.manual.trim();
  if (e.role === "handler") {
    body.representative = e.representative.trim();
    body.representativeNumber = e.representativeNumber.trim();
    if (e.until) body.until = `${e.until}T23:59:59+08:00`;
  }
  return body;
}
