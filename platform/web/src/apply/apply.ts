import type { Answers } from "@smarthall/ui/form";
import { call } from "../api";

/** Option is one answer, Question what is asked of the situation. */
export interface Option {
  id: string;
  text: string;
}
export interface Question {
  id: string;
  text: string;
  help?: string;
  options: Option[];
}

/** Item is what applying needs to know of an item. */
export interface Item {
  id: string;
  name: string;
  title?: string;
  state: string;
  reason?: string;
  objects: ("person" | "legal")[];
  form: "window" | "online" | "both";
  online: string;
  onlineURL?: string;
  bookable?: boolean;
  organisationName?: string;
  result: { name: string; kind: string };
  delivery: { papers: boolean; result: boolean; note?: string };
}

/** Pick is a question that was answered; a package's question may be of several items. */
export interface Pick {
  items: string[];
  question: Question;
  option: string;
}

/** Asked is where the questions stand: the next one, or what is needed. */
export interface Asked {
  next?: { items: string[]; question: Question };
  done: boolean;
  notes: string[];
  refuse?: string;
  instead?: string;
}

/** answersOf sorts answers by item. */
export function answersOf(picks: Pick[]): Record<string, Answers> {
  const all: Record<string, Answers> = {};
  for (const p of picks) {
    for (const item of p.items) all[item] = { ...all[item], [p.question.id]: p.option };
  }
  return all;
}

/** pairs writes answers as the items' operations read them. */
export function pairs(answers: Answers): string {
  return Object.entries(answers)
    .map(([q, o]) => `${q}:${o}`)
    .join(",");
}

interface Outcome {
  next?: Question;
  asked: { question: Question; option: Option }[];
  done: boolean;
  notes?: string[];
  refuse?: string;
  instead?: string;
}

/** outcome asks what the next question on an item is. */
export function outcome(item: string, answers: Answers): Promise<Outcome> {
  const query = Object.keys(answers).length > 0 ? `?answers=${encodeURIComponent(pairs(answers))}` : "";
  return call<Outcome>("GET", `/items/${encodeURIComponent(item)}/outcome${query}`);
}

/** askItem and askPackage are the two ways to ask on. */
export async function askItem(item: string, picks: Pick[]): Promise<Asked> {
  const out = await outcome(item, answersOf(picks)[item] ?? {});
  return {
    next: out.next && { items: [item], question: out.next },
    done: out.done,
    notes: out.notes ?? [],
    refuse: out.refuse,
    instead: out.instead,
  };
}

/** Bundle is what a package needs. */
export interface Bundle {
  package: { id: string; name: string; summary: string; items: string[] };
  next: { items: string[]; question: Question }[];
  answers: Record<string, Answers>;
  done: boolean;
  items: { item: string; name: string; organisationName: string; promised: string }[];
}

export function bundle(id: string, answers: Record<string, Answers>): Promise<Bundle> {
  return call<Bundle>("POST", `/packages/${encodeURIComponent(id)}/outcome`, { body: { answers } });
}

export async function askPackage(id: string, picks: Pick[]): Promise<Asked> {
  const out = await bundle(id, answersOf(picks));
  return { next: out.next[0], done: out.done, notes: [] };
}

/** takesOnline tells whether an item can be applied for here. */
export function takesOnline(it: Item): boolean {
  return (
    it.state === "published" &&
    !it.onlineURL &&
    it.form !== "window" &&
    ["preview", "accept", "whole"].includes(it.online)
  );
}

/** Mode is how often the applicant has to come: never, once, or twice at most. */
export type Mode = "online" | "verification" | "pre-review";

/** modesOf are those that an item offers, the fewest visits first. */
export function modesOf(it: Item): Mode[] {
  const all: Mode[] = ["online", "verification", "pre-review"];
  return takesOnline(it) ? all.slice({ whole: 0, accept: 1 }[it.online] ?? 2) : [];
}

/** Way is how a result reaches the applicant. */
export type Way = "collect" | "post" | "electronic";

/** waysOf are those that the items' results can go. */
export function waysOf(items: Item[], mode: string, now: string): Way[] {
  const carried = items.some((it) => it.result.kind === "licence" || it.result.kind === "document");
  const ways: Way[] = [];
  if (carried || now === "collect") ways.push("collect");
  if (items.some((it) => it.delivery.result) || now === "post") ways.push("post");
  if (!carried || mode === "online" || now === "electronic") ways.push("electronic");
  return ways;
}
