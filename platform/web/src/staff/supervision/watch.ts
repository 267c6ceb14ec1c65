import { ref } from "vue";

/** What the pages of supervision get from the platform. */

export type Light = "green" | "yellow" | "red" | "paused" | "none";

/** Reading is where a limit stands, in words. */
export interface Reading {
  light: Light;
  due?: string;
  used: number;
  left: number;
  words: string;
}

/** Case is a case as supervision sees it. */
export interface Case {
  id: string;
  applicationNo: string;
  caseNo?: string;
  item: string;
  itemName: string;
  organisation: string;
  organisationName?: string;
  region: string;
  hall?: string;
  parent?: string;
  applicant?: string;
  state: string;
  submitted?: string;
  accepted?: string;
  ended?: string;
  promised: Reading;
  statutory: Reading;
  light: Light;
}

export interface Step {
  id: string;
  name: string;
  organisation: string;
  staff?: string;
  staffName?: string;
  opened: string;
  done?: string;
  result?: string;
  reading: Reading;
}

export interface Happening {
  at: string;
  type: string;
  words: string;
  organisation?: string;
  staff?: string;
  staffName?: string;
}

export interface Signal {
  id: string;
  kind: string;
  level: "warning" | "yellow-card" | "red-card";
  case: string;
  organisation: string;
  words: string;
  at: string;
  state: "open" | "explained" | "closed";
  explanation?: string;
  closed?: string;
}

/** Round is one turn of an urging notice: its last day, the reply and what was said of it. */
export interface Round {
  n: number;
  due: string;
  begun: string;
  reply?: string;
  replied?: string;
  accepted: boolean;
  verdict?: string;
  score: number;
  verified?: string;
  overdue: boolean;
}

/** Order is an urging notice; due, reply and overdue are those of its last round, score is of all. */
export interface Order {
  id: string;
  number: string;
  case?: string;
  organisation: string;
  subject: string;
  text: string;
  due: string;
  issued: string;
  state: "issued" | "replied" | "closed";
  reply?: string;
  replied?: string;
  verdict?: string;
  score: number;
  closed?: string;
  overdue: boolean;
  rounds: Round[];
}

/** File is all that supervision knows of a case. */
export interface File {
  case: Case;
  steps: Step[];
  log: Happening[];
  signals: Signal[];
  orders: Order[];
}

/** Count is how many cases of an organisation or hall have which light. */
export interface Count {
  id: string;
  name?: string;
  red: number;
  yellow: number;
  rest: number;
  ended: number;
  late: number;
}

export interface Day {
  day: string;
  accepted: number;
  ended: number;
}

export interface Overview {
  at: string;
  total: Count;
  organisations: Count[];
  halls: Count[];
  openSignals: number;
  openOrders: number;
  days: Day[];
  /** unknownYears are those whose days off nobody has set yet. */
  unknownYears: number[];
}

/** Rule says when lights turn yellow in a region and all below it. */
export interface Rule {
  region: string;
  share: number;
  days: number;
}

export const signalKinds = { open: "bad", explained: "wait", closed: "off" } as const;
export const orderKinds = { issued: "wait", replied: "work", closed: "off" } as const;

/** worst is the reading that says why a case's light is what it is. */
export function worst(c: Case): Reading {
  return c.statutory.light === "red" ? c.statutory : c.promised;
}

/** byStep tells that a step turned a case's light, which its own limits don't say. */
export function byStep(c: Case): "red" | "yellow" | undefined {
  const own = worst(c).light;
  if (c.light === "red" && own !== "red") return "red";
  return c.light === "yellow" && own !== "yellow" && own !== "red" ? "yellow" : undefined;
}

/** lastList is the list of cases as it was left, for the way back. */
export const lastList = ref("/supervision/cases");

/** listOf is the address of a list of cases. */
export function listOf(filter: Record<string, string>): { path: string; query: Record<string, string> } {
  return { path: "/supervision/cases", query: filter };
}
