/** What the desk's pages get from the platform. */

export type Kind = "consultation" | "suggestion" | "complaint";
export type VoiceState = "asked" | "dispatched" | "explained" | "answered" | "closed";

/** Step is one thing that was done. */
export interface Step {
  at: string;
  kind: string;
  actor?: string;
  action: string;
  organisation?: string;
  text?: string;
}

/** Words are what is published of a voice. */
export interface Words {
  title: string;
  question: string;
  answer: string;
}

/** Voice is a consultation, suggestion or complaint. */
export interface Voice {
  id: string;
  number: string;
  kind: Kind;
  state: VoiceState;
  asker?: string;
  reachable: boolean;
  organisation: string;
  organisationName: string;
  about: string;
  aboutName: string;
  assignee?: string;
  item?: string;
  itemName?: string;
  category: string;
  title: string;
  body: string;
  consent: boolean;
  created: string;
  due: string;
  /** left counts working days; negative: the limit is over. */
  left: number;
  late: boolean;
  answer?: string;
  answered?: string;
  satisfaction?: number;
  remark?: string;
  published: boolean;
  may: string[];
  steps?: Step[];
  proposed?: Words;
}

/** Rating is what somebody said of one visit or case. */
export interface Rating {
  id: string;
  score: number;
  word: string;
  tags: string[];
  text?: string;
  via: string;
  at: string;
  case?: string;
  hall?: string;
  window?: string;
  clerk?: string;
  itemName?: string;
  organisationName: string;
  rater?: string;
  shown?: string;
  proposed?: string;
}

/** Rectification is what a bad rating set going. */
export interface Rectification {
  id: string;
  number: string;
  state: "open" | "explained" | "contacted" | "done" | "closed";
  organisation: string;
  name: string;
  created: string;
  due: string;
  left: number;
  late: boolean;
  extended?: number;
  closed?: string;
  rating: Rating;
  may: string[];
  steps?: Step[];
}

/** Count is how satisfied people are with one of what they are counted by. */
export interface Count {
  key: string;
  name: string;
  n: number;
  scores: [number, number, number, number, number];
  satisfied: number;
  rectified: number;
  late: number;
}

/** Limit is how many working days something may take; no organisation: everybody. */
export interface Limit {
  organisation: string;
  kind: Kind | "rectification";
  days: number;
}

export interface Organisation {
  id: string;
  name: string;
}

export interface Contact {
  name?: string;
  phone: string;
}

/** Progress is how a case stands, masked: what whoever knows its number and code may see. */
export interface Progress {
  number: string;
  caseNo?: string;
  itemName: string;
  organisationName: string;
  applicant: string;
  stateWord: string;
  guidance: string;
  resultWord?: string;
  promisedDue?: string;
  missing?: string[];
  stages: { word: string; begun: string; ended?: string; took: string; note?: string }[];
  steps: { name: string; word: string; organisation?: string }[];
  children?: Progress[];
}

/** stateKinds are the colours of states. */
export const stateKinds = {
  asked: "wait",
  dispatched: "work",
  explained: "wait",
  answered: "good",
  closed: "off",
  open: "wait",
  contacted: "work",
  done: "work",
} as const;
