/** What the knowledge base's pages get from the platform. */

export type Kind = "review" | "policy" | "guide" | "experience" | "question" | "contact";
export type Origin = "item" | "staff" | "answer";
export type Verdict = "accurate" | "outdated" | "wrong";
export type Outcome = "corrected" | "kept";

/** kinds are all kinds, in the order in which a clerk needs them. */
export const kinds: Kind[] = ["review", "experience", "question", "policy", "contact", "guide"];

/** Entry is one published piece of knowledge. */
export interface Entry {
  id: string;
  kind: Kind;
  origin: Origin;
  item?: string;
  itemName?: string;
  material?: string;
  materialName?: string;
  organisation: string;
  organisationName: string;
  title: string;
  body: string;
  version: number;
  published: string;
  /** doubted tells that a department has to look into it. */
  doubted?: boolean;
}

/** Piece is a piece of a text that was found, or of what is around it. */
export interface Piece {
  text: string;
  hit?: boolean;
}

export interface Hit extends Entry {
  titleMarked: Piece[];
  excerpt: Piece[];
}

export interface Found {
  hits: Hit[];
  total: number;
  loose?: boolean;
}

export interface Points {
  material: Entry[];
  item: Entry[];
}

/** Edition is one published version of what staff wrote. */
export interface Edition {
  version: number;
  state: "published" | "replaced" | "withdrawn";
  title: string;
  body: string;
  author?: string;
  checker?: string;
  note?: string;
  published: string;
}

export interface EntryView extends Entry {
  history: Edition[];
  may: ("rate" | "revise" | "withdraw")[];
}

/** Draft is a version in the making. */
export interface Draft {
  id: string;
  version: number;
  state: "draft" | "in-check";
  origin: Origin;
  kind: Kind;
  item?: string;
  itemName?: string;
  material?: string;
  materialName?: string;
  organisationName: string;
  title: string;
  body: string;
  author?: string;
  note?: string;
  edition: number;
  changed: string;
  may: ("write" | "check")[];
}

export interface Rating {
  id: string;
  entry: string;
  title: string;
  verdict: Verdict;
  note?: string;
  at: string;
  rater?: string;
  due?: string;
  outcome?: Outcome;
  answer?: string;
  answered?: string;
  new?: boolean;
}

/** Todo is what a department has to look into. */
export interface Todo {
  id: string;
  entry: string;
  title: string;
  organisationName: string;
  open: boolean;
  opened: string;
  due: string;
  left: number;
  late: boolean;
  outcome?: Outcome;
  answer?: string;
  answered?: string;
  answerer?: string;
  may: boolean;
  ratings: Rating[];
}

export interface Count {
  organisation: string;
  organisationName: string;
  entries: number;
  own: number;
  accurate: number;
  outdated: number;
  wrong: number;
  open: number;
  answered: number;
  corrected: number;
  late: number;
}

export interface Limit {
  organisation: string;
  days: number;
}

/** at is the address of an entry's operations. */
export const at = (id: string, more = "") => `/knowledge/entries/${encodeURIComponent(id)}${more}`;

/** draftAt is the address of a draft's operations. */
export const draftAt = (id: string, more = "") => `/knowledge/drafts/${encodeURIComponent(id)}${more}`;
