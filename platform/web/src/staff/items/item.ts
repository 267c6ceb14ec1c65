/** Row is any object of an item, as the form edits it. */
export type Row = Record<string, unknown>;

/** State is where a version stands. */
export type State = "draft" | "in-review" | "published" | "suspended" | "cancelled" | "replaced" | "dropped";

/** Kind is what a version does with its item. */
export type Kind =
  | "new"
  | "change"
  | "suspend"
  | "resume"
  | "cancel"
  | "split"
  | "merge"
  | "inherit"
  | "sync";

/** Gap is something that an item lacks, or that is wrong with it. */
export interface Gap {
  path: string;
  message: string;
}

/** Review is what one reviewer said. */
export interface Review {
  stage: string;
  passed: boolean;
  reviewer: string;
  comment?: string;
  at: string;
}

/** Work is a version in the making: the item and what belongs to its making. */
export interface Work extends Row {
  id: string;
  version: number;
  name: string;
  title?: string;
  state: State;
  reason?: string;
  organisationName?: string;
  kind: Kind;
  others?: string[];
  author: string;
  edition: number;
  gaps: Gap[];
  stage?: { id: string; name: string };
  reviews: Review[];
}

/** Queued is a version in the making, as the list of work shows it. */
export interface Queued {
  id: string;
  version: number;
  name: string;
  kind: Kind;
  state: State;
  organisation: string;
  author: string;
  edition: number;
  stage?: string;
  gaps: number;
  /** waits for the reader: to be reviewed, or to be written on. */
  waits: boolean;
}

/** Change is one difference between two versions. */
export interface Change {
  path: string;
  before?: string;
  after?: string;
}

/** Hit is a published item in a list. */
export interface Hit {
  id: string;
  version: number;
  state: State;
  name: string;
  code: string;
  basicCode: string;
  type: string;
  organisationName: string;
  visits: number;
  bookable: boolean;
}

/** Entry is a line of the catalogue. */
export interface Entry {
  basicCode: string;
  name: string;
  type: string;
  bases: { law: string; article?: string; text?: string }[];
  parent?: string;
  level: string;
  state?: State;
  revision?: number;
  proposed?: Entry;
  proposer?: string;
  rule?: string;
}

/** Report is what an import did. */
export interface Report {
  id: string;
  kind: "excel" | "province";
  at: string;
  by?: string;
  entries: number;
  read: number;
  unchanged: number;
  published: number;
  drafted: number;
  cancelled: number;
  problems: { item: string; message: string }[] | null;
}

const OF_THE_MAKING = ["kind", "others", "author", "edition", "gaps", "stage", "reviews"];

/** itemOf is the item of a version in the making, without what belongs to its making. */
export function itemOf(work: Row): Row {
  return Object.fromEntries(Object.entries(work).filter(([key]) => !OF_THE_MAKING.includes(key)));
}

/** kindOfState is how a state looks. */
export function kindOfState(state: State): "good" | "work" | "wait" | "off" {
  if (state === "published") return "good";
  if (state === "draft") return "work";
  return state === "in-review" || state === "suspended" ? "wait" : "off";
}
