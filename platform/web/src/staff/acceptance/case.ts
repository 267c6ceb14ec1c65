import type { Answers, Form, Locked, Region, Values } from "@smarthall/ui/form";
import { ApiError, problemOf } from "../../api";
import { ask } from "../session";
import { t } from "./text";

export type State =
  | "draft"
  | "submitted"
  | "supplementing"
  | "prepared"
  | "accepted"
  | "decided"
  | "closed"
  | "not-accepted"
  | "withdrawn"
  | "terminated";

export type Review = "unseen" | "ok" | "missing" | "wrong";
export type Source =
  | ""
  | "form"
  | "upload"
  | "licence"
  | "shared"
  | "paper"
  | "scanned"
  | "promise"
  | "deferred";

/** Summary is a case in a list. */
export interface Summary {
  id: string;
  number?: string;
  caseNo?: string;
  item?: string;
  package?: string;
  itemName: string;
  organisationName: string;
  state: State;
  stateWord: string;
  mode: "pre-review" | "verification" | "online" | "window";
  modeWord: string;
  result?: "approved" | "refused";
  green?: boolean;
  applicant?: string;
  promised?: { light: string; due?: string; left: number; words: string };
  created: string;
  submitted?: string;
  deferred?: number;
  unpaid?: boolean;
  /** originals counts what is to be compared before the result is handed over. */
  originals?: number;
  instant?: boolean;
  ticket?: string;
  /** channel is the way it came. */
  channel: "online" | "window" | "kiosk";
  /** parent is the package's case that it is part of. */
  parent?: string;
}

export interface CaseFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Material is one of a case, with what was found of it. */
export interface Material {
  id: string;
  name: string;
  /** items are those of a package that want it, with their own ids of it. */
  items?: Record<string, string>;
  need: "must" | "tolerable" | "promise";
  originals?: number;
  copies?: number;
  instructions?: string;
  standard?: string;
  source: Source;
  files?: CaseFile[];
  held?: { id: string; name: string; number: string };
  /** electronic tells that it can be sent; what is of the type show is only shown. */
  electronic?: boolean;
  type?: string;
  /** from is who shares it, record what was fetched there. */
  from?: string;
  record?: Shared;
  /** compare tells that its original is to be seen before the result is handed over. */
  compare?: boolean;
  compared?: string;
  due?: string;
  extended?: boolean;
  overdue?: boolean;
  review: Review;
  note?: string;
}

/** Shared is the record that a department shares. */
export interface Shared {
  number: string;
  body: string;
  at: string;
  fields?: { name: string; value: string }[];
  demo?: boolean;
}

export interface Person {
  name: string;
  idNumber: string;
  phone: string;
  address?: string;
  legalName?: string;
  creditCode?: string;
}

export interface Paper {
  id: string;
  kind: string;
  name: string;
  number: string;
  day: string;
}

/** View is a case as a clerk sees it. */
export interface View extends Summary {
  who: Person;
  answers?: Answers;
  /** each are a package's answers, by item. */
  each?: Record<string, Answers>;
  form?: { id: string; version: number };
  values: Values;
  locked: Locked[];
  edition: number;
  materials: Material[];
  delivery: { way: "collect" | "post" | "electronic"; name?: string; phone?: string; address?: string };
  fees: { fee: string; name: string; amount: number; basis?: string }[];
  documents: Paper[];
  licence?: { id: string; name: string; number: string };
  missing?: string[];
  missingDue?: string;
  reason?: string;
  payment?: string;
  promisedDue?: string;
  stages: {
    kind: string;
    word: string;
    begun: string;
    ended?: string;
    took: string;
    who: string;
    note?: string;
  }[];
  askedBefore?: boolean;
  /** attested is how the applicant stood for it at a self-service terminal. */
  attested?: {
    signature: CaseFile;
    face?: { result: "same" | "vouched"; score: number; threshold: number; by?: string };
  };
  children?: Summary[];
}

/** Earlier is what an earlier case of the same person holds. */
export interface Earlier {
  id: string;
  itemName: string;
  day: string;
  values: Values;
}

/** Item is one that the window takes. */
export interface Item {
  id: string;
  name: string;
  organisationName: string;
}

/** Outcome is what an item needs in the situation that the answers describe. */
export interface Outcome {
  next?: { id: string; text: string; help?: string; options: { id: string; text: string }[] };
  done: boolean;
  notes?: string[];
  refuse?: string;
  materials: { id: string; name: string }[];
}

/** Order is what is owed for a case. */
export interface Order {
  id: string;
  amount: number;
  state: "created" | "paying" | "paid" | "closed" | "refunding" | "refunded";
  receipt?: string;
}

/** Saved is what became of values that were sent. */
export type Saved = { saved: true; edition: number } | { saved: false; edition: number; theirs: Values };

/** at is the address of a case's part below /acceptance. */
export const at = (id: string, part = ""): string => `/acceptance/cases/${encodeURIComponent(id)}${part}`;

/** paperAt is where a document, a file or the form of a case is read. */
export const paperAt = (id: string, part: string): string => `/api/v1${at(id, part)}`;

/** saveValues stores what was filled in; what somebody else stored meanwhile comes back. */
export async function saveValues(id: string, values: Values, edition: number): Promise<Saved> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${at(id, "/values")}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ values, edition }),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new ApiError(0, "", t("away"));
  }
  const text = await response.text();
  if (response.ok) return { saved: true, edition: (JSON.parse(text) as { edition: number }).edition };
  const problem = problemOf(response.status, text);
  if (response.status !== 409 || problem.code !== "cases.stale") throw problem;
  const stale = JSON.parse(text) as { edition: number; theirs?: Values };
  return { saved: false, edition: stale.edition, theirs: stale.theirs ?? {} };
}

/** upload stores a document and gives its id. */
export async function upload(name: string, body: Blob): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/files?name=${encodeURIComponent(name.slice(0, 100))}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body,
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, "", t("away"));
  }
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text);
  return (JSON.parse(text) as { id: string }).id;
}

/** formOf is the form that a case is filled in with. */
export function formOf(ref: { id: string; version: number }): Promise<Form> {
  return ask<Form>("GET", `/forms/${encodeURIComponent(ref.id)}?version=${ref.version}`);
}

/** regions are those right below a code. */
export async function regions(below: string): Promise<Region[]> {
  return (await ask<{ regions: Region[] }>("GET", `/regions?below=${encodeURIComponent(below)}`)).regions;
}

/** isOpen tells whether materials may still be looked at before a case is accepted; a package's are looked at before it is split. */
export function isOpen({ state, package: pack }: Pick<View, "state" | "package">): boolean {
  if (pack) return state === "draft";
  return state === "draft" || state === "submitted" || state === "supplementing" || state === "prepared";
}

/** over tells whether nothing is left to be done with a case. */
export function isOver(state: State): boolean {
  return state === "closed" || state === "not-accepted" || state === "withdrawn" || state === "terminated";
}

/** waitsForHer tells whether a material is only seen when the applicant comes, and she isn't there. */
export function waitsForHer(v: Pick<View, "mode" | "state">, m: Material, present: boolean): boolean {
  if (v.mode === "window" || (v.mode === "pre-review" && present)) return false;
  const paper = !m.electronic || m.type === "show";
  return isOpen(v) && paper && m.review === "unseen" && (m.source === "" || m.source === "paper");
}

/** payable tells whether an order can be paid at the window. */
export const payable = (o: Order | undefined): boolean => o?.state === "created" || o?.state === "paying";

/** today is China's day. */
export function today(): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
}
