import type { PrintDone } from "@smarthall/ui";
import { call } from "../../api";

/** Value is any value of the hall's file. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** Entry is one entry of a list of the hall's file. */
export type Entry = { [key: string]: Value };

/** Edit is one change of the hall's file; path leads to a setting by ids. */
export interface Edit {
  op: "set" | "insert" | "remove" | "move" | "rename";
  path: string;
  value?: Value;
  at?: number;
  id?: string;
}

/** HallValues are the settings of the hall's file, and the version they are of. */
export interface HallValues {
  version: string;
  values: Entry;
  /** templates are the texts of messages that the file doesn't replace, by event. */
  templates?: Record<string, string>;
}

/** Effect is what a change means for those in the hall: one that is refused can't be saved now. */
export interface Effect {
  level: "refuse" | "warn";
  text: string;
}

/** Outcome is what a change does, or did. */
export interface Outcome {
  version: string;
  changes: string[];
  effects: Effect[];
  saved: boolean;
}

/** Version is a hall file that was in force. */
export interface Version {
  id: number;
  at: string;
  by: string;
  name: string;
  note?: string;
  cause: "first" | "form" | "text" | "restore" | "disk";
  restored?: number;
  changes: string[];
  current?: boolean;
}

/** Person is a member of staff. */
export interface Person {
  id: string;
  name: string;
  role: string;
  disabled?: boolean;
  lastSeen?: string;
}

/** TicketLine is one element of the paper. */
export interface TicketLine {
  show: string;
  text?: string;
  size?: number;
  bold?: boolean;
  align?: "left" | "center" | "right";
  feed?: number;
}

/** PaperRow is a row of the paper as a printer puts it. */
export interface PaperRow {
  kind: "text" | "rule" | "qr" | "feed" | "cut";
  text?: string;
  columns?: number;
  size?: number;
  bold?: boolean;
  align?: "left" | "center" | "right";
  line: number;
  modules?: string[];
  unit?: number;
  feed?: number;
  missing?: string;
}

/** Paper is a ticket on paper mm wide, dots across and columns of letters. */
export interface Paper {
  mm: number;
  dots: number;
  columns: number;
  rows: PaperRow[];
}

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const init =
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await (await call(path, init)).json()) as T;
}

export const readValues = () => ask<HallValues>("/hall/config/values");

export const sendEdits = (base: string, edits: Edit[], note: string, dryRun: boolean) =>
  ask<Outcome>("/hall/config/edits", { base, edits, note: note || undefined, dryRun });

export const readVersions = async (before = 0) =>
  (await ask<{ versions: Version[] }>(`/hall/config/versions?limit=50&before=${before}`)).versions;

export const compareVersion = async (id: number) =>
  (await ask<{ changes: string[] }>(`/hall/config/versions/${id}/changes`)).changes;

export const restoreVersion = (id: number, base: string, note: string, dryRun: boolean) =>
  ask<Outcome>(`/hall/config/versions/${id}/restore`, { base, note: note || undefined, dryRun });

/** VERSIONS_CSV is where the versions are downloaded as a table. */
export const VERSIONS_CSV = "/api/v1/hall/config/versions.csv";

export const readStaff = async () => (await ask<{ staff: Person[] }>("/staff")).staff;

export const readTicketLines = () => ask<{ lines: TicketLine[]; usual: boolean }>("/hall/ticket");

export const previewTicket = (lines: TicketLine[], mm: number, booked: boolean) =>
  ask<Paper>("/hall/ticket/preview", { lines, mm, booked });

export const testPrint = (agent: string, lines?: TicketLine[]) =>
  ask<PrintDone>(`/agents/${encodeURIComponent(agent)}/test-print`, { lines });

export const agentToken = (agent: string) =>
  ask<{ token: string }>(`/agents/${encodeURIComponent(agent)}/token`, {});
