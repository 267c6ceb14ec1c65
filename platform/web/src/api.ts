import { t } from "./text";

/** Field is one wrong input of a form. */
export interface Field {
  name: string;
  message: string;
}

/** ApiError is an answer that is not a success; message is for the reader. */
export class ApiError extends Error {
  constructor(
    /** status is the HTTP status, 0 if the platform could not be reached. */
    readonly status: number,
    /** code is the platform's own, such as identity.registered. */
    readonly code: string,
    message: string,
    readonly fields: Field[] = [],
    /** body is the whole answer, where it holds more than a problem. */
    readonly body: unknown = undefined,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Ask is how call asks. */
export interface Ask {
  body?: unknown;
  /** key makes a request that is sent again the same one. */
  key?: string;
  /** background says that the page asks by itself, which keeps no session alive. */
  background?: boolean;
  /** signal gives the request up. */
  signal?: AbortSignal;
  /** within is how long the platform may take, in ms; LONGEST unless it is said. */
  within?: number;
}

/** LONGEST is how long an answer may take, in ms, before it counts as lost: longer than any the platform holds back. */
const LONGEST = 60_000;

/** call asks the platform and gives its answer, or throws an ApiError with words for the reader. */
export async function call<T = void>(method: string, path: string, ask: Ask = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (ask.body !== undefined) headers["content-type"] = "application/json";
  if (ask.key) headers["idempotency-key"] = ask.key;
  if (ask.background) headers["x-background"] = "1";
  let response: Response;
  let text: string;
  const end = new AbortController();
  const late = setTimeout(() => end.abort(), ask.within ?? LONGEST);
  const stop = () => end.abort();
  ask.signal?.addEventListener("abort", stop);
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: ask.body === undefined ? undefined : JSON.stringify(ask.body),
      credentials: "same-origin",
      cache: "no-store",
      signal: end.signal,
    });
    text = await response.text();
  } catch {
    throw new ApiError(0, "", t("api.away"));
  } finally {
    clearTimeout(late);
    ask.signal?.removeEventListener("abort", stop);
  }
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  throw problemOf(response.status, text);
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: { location?: string; message?: string }[];
}

/** problemOf reads a problem document. */
export function problemOf(status: number, text: string): ApiError {
  let problem: Problem = {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body) problem = body as Problem;
  } catch {
    // A proxy's own page: its status has to do.
  }
  const fields = (Array.isArray(problem.errors) ? problem.errors : []).flatMap((e) =>
    typeof e?.message === "string"
      ? [{ name: (e.location ?? "").replace(/^body\./, ""), message: e.message }]
      : [],
  );
  return new ApiError(
    status,
    problem.code ?? "",
    problem.detail || t("api.failed", { status }),
    fields,
    problem,
  );
}

/** wordsOf is what went wrong, for the reader: wrong inputs first. */
export function wordsOf(err: unknown): string {
  if (!(err instanceof ApiError)) return t("api.failed", { status: "" });
  const inputs = err.fields.map((f) => f.message).filter((m) => /[\u3400-\u9fff]/.test(m));
  return inputs.length > 0 ? inputs.join(t("list.join")) : err.message;
}

/** Legal is a legal person that one may act for. */
export interface Legal {
  id: string;
  name: string;
  code: string;
  role: string;
  until?: string;
}

/** Me is who is signed in; kind is empty if nobody is. */
export interface Me {
  kind: string;
  id?: string;
  name?: string;
  number?: string;
  phone?: string;
  changePassword?: boolean;
  /** way is how a person was registered. */
  way?: "online" | "window" | "linked";
  for?: Legal;
}

/** Proof is what one may register by beside card and phone. */
export type Proof = "social-card" | "bank-card" | "provident-fund" | "driving-licence";

/** Ways are how one gets an account here. */
export interface Ways {
  /** proofs to choose from; none: nobody registers by herself. */
  proofs: Proof[];
  /** province is the name of the platform where one signs in, too. */
  province?: string;
  legal: boolean;
  demo: boolean;
  /** legalWays are how units sign in by themselves; absent: they don't. */
  legalWays?: { way: "ca" | "licence"; name: string; demo: boolean }[];
}

/** Period is a part of a day that may be booked. */
export interface Period {
  from: string;
  to: string;
  left: number;
  closed?: string;
}

/** OfferDay is a day at a hall. */
export interface OfferDay {
  day: string;
  open: boolean;
  name?: string;
  contact?: string;
  left: number;
  periods: Period[];
}

/** Offer is what a hall has for an item. */
export interface Offer {
  hall: string;
  hallName: string;
  address: string;
  item: string;
  itemName: string;
  days: OfferDay[];
}

/** Appointment is one of one's own. */
export interface Appointment {
  id: string;
  number: string;
  code?: string;
  hall: string;
  hallName: string;
  address: string;
  item: string;
  itemName: string;
  day: string;
  begins: string;
  ends: string;
  state: string;
  reason?: string;
  changeable: boolean;
}

/** Suspension is a time in which one may not book online. */
export interface Suspension {
  misses: number;
  begun: string;
  until: string;
  state: "active" | "appealed" | "upheld" | "lifted";
  appeal?: string;
  answer?: string;
}

/** Credit is how one stands with missed visits; limit 0: they have no consequence. */
export interface Credit {
  misses: number;
  limit: number;
  days: number;
  suspended: number;
  suspension?: Suspension;
  lifted?: Suspension;
}

/** Letter is a message in one's inbox. */
export interface Letter {
  id: string;
  at: string;
  title: string;
  text: string;
  read: boolean;
}

/** AGREEMENT is the version of the service agreement that is signed now. */
export const AGREEMENT = "2026-11";
