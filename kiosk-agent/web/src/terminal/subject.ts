import type { Answers, Form } from "@smarthall/ui/form";
import { type Case, type Door, type Guide, Refusal, type Way } from "./door";

/** Offer is what is applied for here: an item, or with parts a package of items (一件事). */
export interface Offer {
  id: string;
  name: string;
  organisation: string;
  summary: string;
  /** service is that of the hall where a ticket for it is taken. */
  service: string;
  /** parts are the items of a package. */
  parts?: string[];
}

/** itemsOf are the items that an application for an offer is about. */
export const itemsOf = (of: Offer): string[] => of.parts ?? [of.id];

/** isOf tells whether a case is an application for an offer. */
export const isOf = (c: Pick<Case, "item" | "package">, of: Offer | undefined): boolean =>
  !!of && (of.parts ? c.package : c.item) === of.id;

/** PackageOffer is a package as the platform offers it. */
export interface PackageOffer {
  id: string;
  name: string;
  summary: string;
  items: string[];
}

/** Question is what is asked of the situation; several items of a package may ask the same. */
export interface Question {
  id: string;
  text: string;
  help?: string;
  options: { id: string; text: string }[];
  items: string[];
}

/** Answered is a question that was answered. */
export interface Answered {
  items: string[];
  question: string;
  option: string;
}

/** Asked is where the questions stand. */
export interface Asked {
  next?: Question;
  done: boolean;
  refuse?: string;
}

/** answersOf sorts answers by item. */
export function answersOf(picks: Answered[]): Record<string, Answers> {
  const all: Record<string, Answers> = {};
  for (const p of picks) {
    for (const item of p.items) all[item] = { ...all[item], [p.question]: p.option };
  }
  return all;
}

/** Part is one item of a package. */
export interface Part {
  item: string;
  name: string;
  organisationName: string;
}

interface Bundle {
  next: { items: string[]; question: Omit<Question, "items"> }[];
  done: boolean;
  items: Part[];
}

const bundle = (door: Door, id: string, answers: Record<string, Answers>) =>
  door.ask<Bundle>("POST", `/packages/${encodeURIComponent(id)}/outcome`, { answers });

/** ask asks what the next question on an offer is. A package that the answers rule out is refused as an item is. */
export async function ask(door: Door, of: Offer, picks: Answered[]): Promise<Asked> {
  if (of.parts) {
    try {
      const { next, done } = await bundle(door, of.id, answersOf(picks));
      return { next: next[0] && { ...next[0].question, items: next[0].items }, done };
    } catch (err) {
      if (err instanceof Refusal && err.code === "cases.wrong-item")
        return { done: false, refuse: err.message };
      throw err;
    }
  }
  const query = picks.map((p) => `${p.question}:${p.option}`).join(",");
  const path = `/items/${encodeURIComponent(of.id)}/outcome${query ? `?answers=${encodeURIComponent(query)}` : ""}`;
  const out = await door.ask<{ next?: Question; done: boolean; refuse?: string }>("GET", path);
  return { next: out.next && { ...out.next, items: [of.id] }, done: out.done, refuse: out.refuse };
}

/** draft begins an application for an offer. */
export function draft(door: Door, of: Offer, picks: Answered[], key: string): Promise<Case> {
  const answers = answersOf(picks);
  return of.parts
    ? door.ask<Case>("POST", `/packages/${encodeURIComponent(of.id)}/cases`, { answers }, key)
    : door.ask<Case>("POST", "/cases", { item: of.id, answers: answers[of.id] ?? {} }, key);
}

/** Filling is a form to fill in, and the item that it is of. */
export interface Filling {
  form: Form;
  item: string;
}

/** Papers are what a case is filled in and decided by: its parts if it is a package, forms, guides. */
export interface Papers {
  parts: Part[];
  forms: Filling[];
  guides: Guide[];
}

const of = (item: string) => `/items/${encodeURIComponent(item)}`;

/** guidesOf are the guides of items. */
export const guidesOf = (door: Door, items: string[]) =>
  Promise.all(items.map((id) => door.ask<Guide>("GET", of(id))));

/** read reads the papers of a case. Forms that several items of a package share come once. */
export async function read(door: Door, c: Case): Promise<Papers> {
  const parts = c.package ? (await bundle(door, c.package, c.each ?? {})).items : [];
  const items = c.package ? parts.map((p) => p.item) : [c.item ?? ""];
  const [forms, guides] = await Promise.all([
    Promise.all(items.map(async (item) => ({ item, form: await door.ask<Form>("GET", `${of(item)}/form`) }))),
    guidesOf(door, items).catch(() => []),
  ]);
  const asking = forms.filter((f) => f.form.sections.length > 0);
  return {
    parts,
    guides,
    forms: asking.filter((f, i) => asking.findIndex((g) => g.form.id === f.form.id) === i),
  };
}

/** takes tells whether all items are for persons, or for legal persons. */
export const takes = (guides: Guide[], object: "person" | "legal"): boolean =>
  guides.every((g) => g.objects.length === 0 || g.objects.includes(object));

/** waysOf are those that results can go, as on the portal; now is the one that stands. */
export function waysOf(guides: Guide[], mode: string, now: Way): Way[] {
  const carried = guides.some((g) => ["licence", "document"].includes(g.result.kind));
  const ways: Way[] = [];
  if (!carried || mode === "online" || now === "electronic") ways.push("electronic");
  if (guides.some((g) => g.delivery.result) || now === "post") ways.push("post");
  if (carried || now === "collect" || ways.length === 0) ways.push("collect");
  return ways;
}
