import type { DeviceTried, PrintDone } from "@smarthall/ui";
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

/** VersionRow is a version as the table of versions shows it. */
export interface VersionRow {
  id: number;
  at: string;
  name: string;
  note?: string;
  changes: string[];
  current?: boolean;
  /** of is what it is a version of, where there are several such things. */
  of?: string;
  /** how it came to be, in words. */
  how: string;
  /** more is how many changes there were beyond those that are told. */
  more: number;
  /** back tells that it can be compared and brought back. */
  back: boolean;
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

/** Transport is a way to reach a device model. */
export interface Transport {
  kind: string;
  baud?: number[];
  port?: number;
  id?: string;
}

/** Param is a setting of one device that its model leaves open. */
export interface Param {
  name: string;
  type: "int" | "string" | "bool";
  default: string;
  min?: number;
  max?: number;
  help?: string;
  helpEn?: string;
}

/** Model is a device model that the hall knows. */
export interface Model {
  id: string;
  class: string;
  name: string;
  nameEn: string;
  revision: string;
  /** own ones were uploaded to this hall. */
  own: boolean;
  /** version is the newest of an own one. */
  version?: number;
  aliases?: string[];
  help?: string;
  helpEn?: string;
  transports: Transport[];
  params: Param[];
  /** rolls tells of models whose paper can be counted. */
  rolls?: boolean;
}

/** ProfileMistake is one thing wrong in a profile; line 0 is the file as a whole. */
export interface ProfileMistake {
  line: number;
  column: number;
  path?: string;
  message: string;
  messageEn: string;
}

/** LineChange is a line in which two texts differ; was is absent for a new line, now for one that is gone. */
export interface LineChange {
  was?: number;
  now?: number;
  old?: string;
  new?: string;
}

/** ProfilePlan is what a change of a profile does to the text in force, and what stands against it. */
export interface ProfilePlan {
  /** base is the version that it takes the place of. */
  base: number;
  lines: LineChange[];
  more?: number;
  refused: { code: string; text: string }[];
}

/** ProfileVersion is what became of a profile at a time. */
export interface ProfileVersion {
  id: number;
  profile: string;
  at: string;
  name: string;
  note?: string;
  cause: "first" | "upload" | "remove" | "restore" | "disk";
  restored?: number;
  /** revision is absent where the profile was taken away. */
  revision?: string;
  lines: LineChange[];
  more?: number;
  current?: boolean;
}

/** ProfileReport is what a check of a profile found; model is there if nothing is wrong. */
export interface ProfileReport extends ProfilePlan {
  model?: Model;
  mistakes: ProfileMistake[];
  notices: ProfileMistake[];
  changed: boolean;
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

export const testPrint = (agent: string, lines?: TicketLine[], device?: string) =>
  ask<PrintDone>(`/agents/${encodeURIComponent(agent)}/test-print`, { lines, device });

export const tryDevice = (agent: string, device: string) =>
  ask<DeviceTried>(`/agents/${encodeURIComponent(agent)}/devices/${encodeURIComponent(device)}/try`, {});

export const agentToken = (agent: string) =>
  ask<{ token: string }>(`/agents/${encodeURIComponent(agent)}/token`, {});

export const readModels = async () => (await ask<{ profiles: Model[] }>("/hall/profiles")).profiles;

export const checkProfile = (text: string) => ask<ProfileReport>("/hall/profiles/check", { text });

export const saveProfile = (text: string, base: number, note: string) =>
  ask<ProfileReport>("/hall/profiles", { text, base, note: note || undefined });

export const profileText = async (id: string) =>
  (await ask<{ text: string }>(`/hall/profiles/text?id=${encodeURIComponent(id)}`)).text;

export const removeProfile = (id: string, base: number, note: string, dryRun: boolean) =>
  ask<ProfilePlan>("/hall/profiles/remove", { id, base, note: note || undefined, dryRun });

export const readProfileVersions = async (before = 0) =>
  (await ask<{ versions: ProfileVersion[] }>(`/hall/profiles/versions?limit=20&before=${before}`)).versions;

export const compareProfile = (version: number) =>
  ask<{ lines: LineChange[]; more?: number }>(`/hall/profiles/versions/${version}/changes`);

export const restoreProfile = (version: number, base: number, note: string, dryRun: boolean) =>
  ask<ProfileReport>(`/hall/profiles/versions/${version}/restore`, { base, note: note || undefined, dryRun });
