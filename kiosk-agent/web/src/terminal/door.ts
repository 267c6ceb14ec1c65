import type { CaseLack } from "@smarthall/ui";
import type { Answers, Locked, Values } from "@smarthall/ui/form";
import { wordsOf as saying } from "@smarthall/ui/problems";
import { foreign } from "../wording/guide";
import { t } from "./text";

/** Refusal is an answer that is no success; message is for the reader, status 0 tells that nobody answered. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: { name: string; message: string }[] = [],
    readonly body: unknown = undefined,
  ) {
    super(message);
    this.name = "Refusal";
  }

  /** over tells that the visit has ended: the card has to be laid again. */
  get over(): boolean {
    return this.status === 410;
  }
}

/** Stored is a file that the platform has. */
export interface Stored {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Material is what a case asks for, and what was given. */
export interface Material {
  id: string;
  name: string;
  type: string;
  need: "must" | "tolerable" | "promise";
  licence?: string;
  electronic: boolean;
  instructions?: string;
  source: "" | "upload" | "licence" | "shared" | "form" | "paper" | "scanned" | "promise" | "deferred";
  files?: Stored[];
  held?: { name: string; number: string };
  /** due is the last day of what may come later. */
  due?: string;
  /** review is what the clerk found, note why. */
  review?: "unseen" | "ok" | "missing" | "wrong";
  note?: string;
}

/** Case is an application as the platform shows it to its applicant. */
export interface Case {
  id: string;
  number?: string;
  caseNo?: string;
  item?: string;
  package?: string;
  itemName: string;
  organisationName: string;
  state: string;
  mode: string;
  modeWord: string;
  changed: string;
  legal?: string;
  queryCode?: string;
  /** guidance is what comes next; code says the same as text, from an older platform there is none. */
  guidance: { text: string; code?: string; visits: number };
  answers?: Answers;
  /** each has the answers of a package's items, children their cases once it is handed in. */
  each?: Record<string, Answers>;
  children?: Case[];
  /** who applies, masked. */
  who: { name: string; legalName?: string };
  values: Values;
  locked: Locked[];
  edition: number;
  materials: Material[];
  delivery: Delivery;
  fees: { name: string; amount: number }[];
  /** deferred counts materials that are awaited. */
  deferred?: number;
  /** missing is what a notice asked for, until missingDue. */
  missing?: string[];
  missingDue?: string;
  /** lacks are what missing says, one for one, from an older platform none. */
  lacks?: CaseLack[];
}

/** Delivery is where a result goes. */
export interface Delivery {
  way: Way;
  name?: string;
  phone?: string;
  address?: string;
}

/** Guide is what of an item decides who can apply for it, how its result goes and whether a visit can be booked. */
export interface Guide {
  id: string;
  bookable?: boolean;
  /** objects are for whom it is; none: for everybody. */
  objects: ("person" | "legal")[];
  result: { kind: string };
  delivery: { result: boolean };
}

/** Legal is a legal person that one may act for. */
export interface Legal {
  id: string;
  name: string;
  /** role is what makes her act for it. */
  role: "representative" | "manager" | "handler";
  /** items are those that the delegation holds for; none: all. */
  items?: { id: string }[];
}

/** Way is how a result reaches the applicant. */
export type Way = "" | "collect" | "post" | "electronic";

/** Licence is one of one's own in the library. */
export interface Licence {
  type: string;
  name: string;
  number: string;
  state: string;
}

/** Visit is who was let in; her name and phone are masked. */
export interface Visit {
  name: string;
  phone: string;
  pages: string;
}

/** About is what this machine can do. */
export interface About {
  camera: boolean;
  face?: { threshold: number; photo: boolean };
}

/** Door is the way to the machine's own program, and through it to the platform, for one card. */
export type Door = ReturnType<typeof openDoor>;

/** PATIENCE is how long an answer may take, UPLOAD how long that to a file, in ms. */
const PATIENCE = 20_000;
const UPLOAD = 180_000;

/** openDoor returns the way for the card of a session. */
export function openDoor(session: string) {
  const base = `/terminal/${encodeURIComponent(session)}`;

  async function send(method: string, path: string, init: RequestInit, patience: number): Promise<Response> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await fetch(base + path, { ...init, method, cache: "no-store", signal: stop.signal });
      if (answer.ok) return answer;
      throw refusalOf(answer.status, await answer.text());
    } catch (err) {
      throw err instanceof Refusal ? err : new Refusal(0, "", t("apply.away"));
    } finally {
      clearTimeout(timer);
    }
  }

  /** own asks the machine's program, or the hall behind it. */
  async function own<T = void>(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
    patience = PATIENCE,
  ): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const answer = await send(
      method,
      path,
      { headers, body: body === undefined ? undefined : JSON.stringify(body) },
      patience,
    );
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  return {
    own,
    /** ask asks the platform for the person whose card it is. */
    ask: <T = void>(method: string, path: string, body?: unknown, key?: string) =>
      own<T>(method, `/platform${path}`, body, key),
    /** upload brings a file to the platform. */
    async upload(name: string, data: Blob): Promise<Stored> {
      const path = `/platform/files?name=${encodeURIComponent(name)}`;
      const answer = await send(
        "POST",
        path,
        { body: data, headers: { "Content-Type": "application/octet-stream" } },
        UPLOAD,
      );
      return (await answer.json()) as Stored;
    },
    /** raw fetches what isn't JSON. */
    raw: (path: string) => send("GET", path, {}, PATIENCE),
    /** at is the address of something of the machine, for a picture; seen that of something of the platform. */
    at: (path: string) => base + path,
    seen: (path: string) => `${base}/platform${path}`,
  };
}

function refusalOf(status: number, text: string): Refusal {
  let problem: { code?: string; detail?: string; errors?: { location?: string; message?: string }[] } = {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body) problem = body;
  } catch {
    // No problem document: its status has to do.
  }
  const fields = (Array.isArray(problem.errors) ? problem.errors : []).flatMap((e) =>
    typeof e?.message === "string"
      ? [{ name: (e.location ?? "").replace(/^body\./, ""), message: e.message }]
      : [],
  );
  const said = saying({ code: problem.code ?? "", detail: problem.detail ?? "" }, t("apply.failed"));
  return new Refusal(status, problem.code ?? "", said, fields, problem);
}

/** wordsOf is what went wrong, for the reader: wrong inputs first, which the platform words in Chinese alone. */
export function wordsOf(err: unknown): string {
  if (!(err instanceof Refusal)) return t("apply.failed");
  if (foreign()) return err.message;
  const inputs = err.fields.map((f) => f.message).filter((m) => /[\u3400-\u9fff]/.test(m));
  return inputs.length > 0 ? inputs.join(t("apply.join")) : err.message;
}

/** caseAt is the address of a case, or of a part of it, on the platform. */
export function caseAt(id: string, ...parts: string[]): string {
  return ["/cases", ...[id, ...parts].map(encodeURIComponent)].join("/");
}

/** asked tells whether a material is to be provided here. */
export function asked(m: Material): boolean {
  return m.electronic && m.type !== "show" && m.source !== "shared" && m.source !== "form";
}

/** lacking tells whether a clerk found a material missing or wrong, and nothing was given since. */
export function lacking(m: Material): boolean {
  return m.review === "missing" || m.review === "wrong";
}

/** given tells whether nothing is left to do for a material now. */
export function given(m: Material): boolean {
  return !lacking(m) && (m.source !== "" || !asked(m));
}
