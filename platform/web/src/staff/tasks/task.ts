/** The views of the list of tasks; the last two are a chief representative's. */
export const VIEWS = ["mine", "claimable", "done", "organisation", "extensions"] as const;
export type ListView = (typeof VIEWS)[number];

/** Reading is where a limit stands; words say why. */
export interface Reading {
  light: "green" | "yellow" | "red" | "paused" | "none";
  due?: string;
  used: number;
  left: number;
  words: string;
}

/** Task is one in a list. */
export interface Task {
  id: string;
  case: string;
  caseNo: string;
  title: string;
  node: string;
  name: string;
  organisation: string;
  organisationName: string;
  post?: string;
  person?: string;
  personName?: string;
  state: "open" | "done" | "spared" | "taken";
  opened: string;
  done?: string;
  result?: "approve" | "refuse";
  opinion?: string;
  limit?: Reading;
  /** for is the name of who is stood in for. */
  for?: string;
}

/** Counts are how many open tasks a list has. */
export interface Counts {
  open: number;
  late: number;
  steps: { name: string; open: number }[];
}

/** Verb is something that one may do with a task. */
export type Verb =
  | "claim"
  | "release"
  | "pass"
  | "refuse"
  | "return"
  | "recall"
  | "transfer"
  | "delegate"
  | "add-sign"
  | "drop-sign"
  | "hold"
  | "supplement"
  | "resume"
  | "ask-extension"
  | "decide-extension"
  | "terminate";

/** NodeState is where a case stands at one step. */
export type NodeState = "waiting" | "now" | "returned" | "held" | "done" | "skipped";

/** Seat is one who is asked at a step. */
export interface Seat {
  organisationName: string;
  post?: string;
  person?: string;
  state: string;
  result?: "approve" | "refuse";
  opinion?: string;
  done?: string;
}

export interface ProgressNode {
  node: string;
  name: string;
  kind: string;
  state: NodeState;
  word: string;
  seats?: Seat[];
  limit?: Reading;
}

/** Step is something that was done in a case. */
export interface Step {
  at: string;
  verb: string;
  word: string;
  name?: string;
  organisation?: string;
  by?: string;
  for?: string;
  opinion?: string;
  to?: string;
  reason?: string;
  days?: number;
  granted?: boolean;
  missing?: string[];
}

/** Colleague is somebody whom a task can be given to; same ones may take it over. */
export interface Colleague {
  id: string;
  name: string;
  organisation: string;
  same: boolean;
}

/** Detail is a task with all that its holder needs. */
export interface Detail extends Task {
  edition: number;
  summary: {
    id: string;
    caseNo: string;
    itemName: string;
    applicant?: string;
    state?: string;
    organisation?: string;
    promised?: Reading;
    statutory?: Reading;
  };
  flow: {
    status: "running" | "held" | "ended" | "terminated";
    definition: string;
    version: number;
    name: string;
    holdReason?: string;
    nodes: ProgressNode[];
  };
  history: Step[];
  verbs: Verb[];
  returns: { node: string; name: string; by?: string }[];
  reasons: { id: string; name: string }[];
  seats: {
    task: string;
    name?: string;
    body: string;
    post?: string;
    state: string;
    result?: string;
    opinion?: string;
    added?: boolean;
    droppable?: boolean;
  }[];
  wish?: { days: number; basis: string; by: string; decided: boolean; granted: boolean; note?: string };
  hold?: { reason: string; note?: string; planned?: number };
  decides: boolean;
}

/** Request is what one says with a verb. */
export interface Request {
  opinion?: string;
  values?: Record<string, string | number | boolean>;
  node?: string;
  direct?: boolean;
  to?: string;
  reason?: string;
  days?: number;
  granted?: boolean;
  missing?: string[];
  edition?: number;
}

/** CaseFile is one file of a material. */
export interface CaseFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Material is what the applicant handed in, with what was found of it. */
export interface Material {
  id: string;
  name: string;
  source: "" | "upload" | "licence" | "shared" | "form" | "paper" | "scanned" | "promise" | "deferred";
  files?: CaseFile[];
  held?: { name: string; number: string };
  /** record is what a department that shares it answered. */
  record?: { number: string; body: string; at: string; demo?: boolean };
  due?: string;
  overdue?: boolean;
  standard?: string;
  review: "unseen" | "ok" | "missing" | "wrong";
  note?: string;
}

/** CaseView is the case as its approver reads it. */
export interface CaseView {
  who: {
    name: string;
    idNumber?: string;
    phone?: string;
    address?: string;
    legalName?: string;
    creditCode?: string;
  };
  form?: { id: string; version: number };
  values: import("@smarthall/ui/form").Values;
  materials: Material[];
  documents: { id: string; name: string; number: string; day: string }[];
}

/** KINDS draws lights as kinds of StateTag. */
export const KINDS = { green: "good", yellow: "wait", red: "bad", paused: "off", none: "off" } as const;

/** casePath is the address of a part of a case, for those who work on it. */
export const casePath = (id: string, part = ""): string =>
  `/acceptance/cases/${encodeURIComponent(id)}${part}`;

/** readAt is where a browser reads a file, a document or the picture of a case. */
export const readAt = (id: string, part: string): string => `/api/v1${casePath(id, part)}`;

/** isTyping tells whether keys belong to what has the focus, or to a dialog. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const at = event.target as HTMLElement;
  return (
    at.closest(
      "input:not([type=radio], [type=checkbox]), textarea, select, [role=dialog], [role=combobox]",
    ) !== null
  );
}
