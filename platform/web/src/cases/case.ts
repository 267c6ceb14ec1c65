import type { Answers, Locked, Values } from "@smarthall/ui/form";
import { ref } from "vue";
import { ApiError, type Ask, call, problemOf } from "../api";

/** State is how far a case is. */
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

/** Action is what the applicant can do herself now. */
export type Action = "edit" | "submit" | "supplement" | "withdraw" | "deferred" | "pay" | "rate";

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
  mode: string;
  modeWord: string;
  result?: string;
  resultWord?: string;
  guidance: { text: string; visits: number; actions: Action[] };
  promised?: { due: string; words: string };
  created: string;
  changed: string;
  unpaid?: boolean;
  deferred?: number;
}

/** Stored is a file of a material. */
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
  type: "form" | "original" | "copy" | "both" | "edoc" | "show";
  need: "must" | "tolerable" | "promise";
  licence?: string;
  electronic: boolean;
  originals?: number;
  copies?: number;
  instructions?: string;
  when?: string;
  source: "" | "upload" | "licence" | "shared" | "form" | "paper" | "scanned" | "promise" | "deferred";
  files?: Stored[];
  held?: { id: string; name: string; number: string };
  due?: string;
  overdue?: boolean;
  review: "unseen" | "ok" | "missing" | "wrong";
  note?: string;
}

/** Delivery is where the result goes. */
export interface Delivery {
  way: "" | "collect" | "post" | "electronic";
  name?: string;
  phone?: string;
  address?: string;
}

/** Stage is one of the stages that a case went through. */
export interface Stage {
  kind: string;
  word: string;
  begun: string;
  ended?: string;
  took: string;
  who: string;
  window?: string;
  note?: string;
}

/** Case is an application with all that it holds. */
export interface Case extends Summary {
  parent?: string;
  queryCode?: string;
  who: { name: string; idNumber: string; phone?: string; legalName?: string };
  answers?: Answers;
  each?: Record<string, Answers>;
  form?: { id: string; version: number };
  values: Values;
  locked: Locked[];
  edition: number;
  materials: Material[];
  delivery: Delivery;
  fees: { fee: string; name: string; amount: number; basis?: string }[];
  documents: { id: string; kind: string; name: string; number: string; day: string; code?: string }[];
  licence?: { id: string; name: string; number: string };
  missing?: string[];
  missingDue?: string;
  reason?: string;
  payment?: string;
  rate?: string;
  promisedDue?: string;
  stages: Stage[];
  steps: {
    name: string;
    organisation?: string;
    word: string;
    opened?: string;
    done?: string;
    due?: string;
  }[];
  children?: Summary[];
}

/** Licence is one of one's own in the library. */
export interface Licence {
  id: string;
  type: string;
  name: string;
  number: string;
  holder: string;
  from: string;
  until?: string;
  state: "valid" | "suspended" | "revoked" | "replaced" | "expired";
}

/** Print is a sheet of a licence that came from a hall's machine; sent: the machine hasn't told what became of it. */
export interface Print {
  at: string;
  hall: string;
  machine: string;
  outcome: "sent" | "printed" | "failed" | "unknown";
}

/** OwnMaterial is a file or a licence that one's cases have. */
export interface OwnMaterial {
  id: string;
  kind: "file" | "licence";
  name: string;
  size?: number;
  uses: { case: string; number?: string; itemName: string; material: string; stateWord: string }[];
  /** until is when it is deleted by itself; absent: it is kept with its cases. */
  until?: string;
  deletable: boolean;
}

/** fileSize writes how large a file is. */
export function fileSize(n: number): string {
  return n < 1024 * 1024 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`;
}

/** lost tells that the platform no longer knows who is signed in. */
export const lost = ref(false);

/** ask is call for who has to be signed in. */
export async function ask<T = void>(method: string, path: string, how: Ask = {}): Promise<T> {
  try {
    const answer = await call<T>(method, path, how);
    lost.value = false;
    return answer;
  } catch (err) {
    if (err instanceof ApiError && err.status === 401) lost.value = true;
    throw err;
  }
}

/** caseAt is the address of a case, or of a part of it, in the API. */
export function caseAt(id: string, ...parts: string[]): string {
  return ["/cases", id, ...parts].map((p, i) => (i === 0 ? p : encodeURIComponent(p))).join("/");
}

/** online tells whether a material has to be there when somebody applies on line. */
export function online(m: Material): boolean {
  return m.electronic && m.type !== "show";
}

/** given tells whether nothing is left to do for a material, now. */
export function given(m: Material): boolean {
  if (m.review === "missing" || m.review === "wrong") return false;
  return m.source !== "" || !online(m);
}

/** owed tells whether the applicant still has to bring a material after its case was handed in. */
export function owed(m: Material): boolean {
  return m.review === "missing" || m.review === "wrong" || (m.source === "deferred" && !!m.due);
}

/** sending are the files that are on their way to a case's materials, whichever page shows. */
export const sending = ref(0);

/** LARGEST is how many bytes a file may have. */
export const LARGEST = 20 * 1024 * 1024;

/** KINDS are the files that are taken. */
export const KINDS = "application/pdf,.pdf,image/jpeg,image/png,.ofd";

/** upload sends a file, and tells how much of it, from 0 to 1, has arrived. */
export function upload(file: File, told: (share: number) => void): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/files?name=${encodeURIComponent(file.name.slice(-120))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.timeout = 10 * 60 * 1000;
    request.upload.onprogress = (e) => e.lengthComputable && told(e.loaded / e.total);
    request.onload = () => {
      if (request.status === 201) {
        resolve(JSON.parse(request.responseText) as Stored);
        return;
      }
      if (request.status === 401) lost.value = true;
      reject(problemOf(request.status, request.responseText));
    };
    request.onerror = () => reject(new ApiError(0, "", ""));
    request.ontimeout = request.onerror;
    request.send(file);
  });
}

/** yuan writes an amount of fen. */
export function yuan(fen: number): string {
  return (fen / 100).toFixed(2);
}

/** moment writes when something was, for people. */
export function moment(at: string): string {
  return new Date(at).toLocaleString("zh-CN", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "Asia/Shanghai",
  });
}
