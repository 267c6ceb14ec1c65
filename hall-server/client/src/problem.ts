import type { components } from "./schema.gen.ts";

type Document = components["schemas"]["Problem"];

/** Why the hall refused (RFC 9457). `message` is for logs, `detail` for people. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** HTTP status. */
  readonly status: number;
  /** Stable, for machines, such as ticket.wrong-state; http.502 if something before the hall answered. */
  readonly code: string;
  /** One Chinese sentence for people; empty if something before the hall answered. */
  readonly detail: string;
  /** State of the ticket or window that was named. */
  readonly state?: string;
  /** Verbs that this state accepts. */
  readonly allowed?: string[];
  /** Fields or lines that are wrong. */
  readonly errors?: NonNullable<Document["errors"]>;

  constructor(status: number, document?: Document) {
    const code = document?.code ?? `http.${status}`;
    const detail = document?.detail ?? "";
    super(detail ? `${code}: ${detail}` : code);
    this.status = status;
    this.code = code;
    this.detail = detail;
    if (document?.state) this.state = document.state;
    if (document?.allowed) this.allowed = document.allowed;
    if (document?.errors) this.errors = document.errors;
  }
}

/** Tells whether an answer's body is one of the hall's problem documents. */
export function isProblem(body: unknown): body is Document {
  const doc = body as Partial<Document> | null | undefined;
  return typeof doc === "object" && typeof doc?.code === "string" && typeof doc.detail === "string";
}
