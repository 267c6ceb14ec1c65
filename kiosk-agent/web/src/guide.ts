import { named, initials as pinyin } from "@smarthall/ui";
import type { Guide } from "./guidesteps";
import { fromMachine } from "./machine";
import { charge, statutory } from "./wording/guide";

export { GUIDE, type Guide, MAX_LETTERS, up } from "./guidesteps";

/** Limit is a time limit in working-days, days or months, or instant, or none. */
export interface Limit {
  unit: string;
  days?: number;
}

/** Charge is one thing that is charged for; text is its name and its rate. */
export interface Charge {
  id: string;
  text: string;
  optional?: boolean;
  name?: string;
  standard?: string;
  basis?: string;
}

/** Material is one thing to bring. note says in Chinese what type and the others tell, which older platforms don't send. */
export interface Material {
  id?: string;
  name: string;
  note?: string;
  optional?: boolean;
  type?: string;
  originals?: number;
  copies?: number;
  source?: string;
  need?: string;
  /** when is the case in which it is needed, in the office's words. */
  when?: string;
}

/** Opening is a part of a week with the same hours: days from Monday, 1; none: working days. */
export interface Opening {
  days?: number[];
  times: { from: string; to: string }[];
}

export interface OpeningHours {
  parts: Opening[];
  /** exceptHolidays tells that it is closed on public holidays. */
  exceptHolidays?: boolean;
}

/** Place is where one goes; windowNumbers and opening are window and hours as data. */
export interface Place {
  name: string;
  address?: string;
  window?: string;
  windowNumbers?: string[];
  hours?: string;
  opening?: OpeningHours;
  phone?: string;
}

/** Option is one answer to a question, and what it means. */
export interface Option {
  id: string;
  text: string;
  next?: string;
  materials?: string[];
  fees?: string[];
  without?: string[];
  promised?: Limit;
  note?: string;
  refuse?: string;
}

export interface Question {
  id: string;
  text: string;
  help?: string;
  options: Option[];
}

/** Item is what the platform says of something that can be done in this hall. */
export interface Item {
  id: string;
  name: string;
  /** services are those of the hall that give its tickets. */
  services: string[];
  item: {
    summary?: string;
    organisation?: string;
    keywords?: string[];
    conditions?: string[];
    promised?: string;
    fee?: string;
    visits?: string;
    themes?: { id: string; object: string; name: string }[];
    /** What promised, statutory, visits and fee say, as data; older platforms don't send it. */
    promisedLimit?: Limit;
    statutoryLimit?: Limit;
    visitsMost?: number;
    free?: boolean;
    materials?: Material[];
    charges?: Charge[];
    questions?: Question[];
    places?: Place[];
    telephone?: string;
    url?: string;
    code?: string;
    bases?: { law: string; article?: string; text?: string }[];
    steps?: { name: string; text?: string; post?: string }[];
    /** statutory is the law's own limit, in words. */
    statutory?: string;
  };
}

/** Needs is what a case needs, as far as the answers tell. */
export interface Needs {
  /** next is the question that has to be answered now. */
  next?: Question;
  materials: Material[];
  charges: string[];
  /** promised is another limit of this case. */
  promised?: Limit;
  notes: string[];
  /** refuse says why the item is the wrong one. */
  refuse?: string;
}

/** needs tells what the answers lead to, by the rules of the platform's items. */
export function needs(item: Item, answers: [string, string][]): Needs {
  const { questions = [], materials = [], charges = [] } = item.item;
  const given = new Map(answers);
  const wanted = new Map<string, boolean>();
  const out: Needs = { materials: [], charges: [], notes: [] };
  let q: Question | undefined = questions[0];
  for (let n = 0; q && n <= questions.length; n++) {
    const option: Option | undefined = q.options.find((o) => o.id === given.get(q?.id ?? ""));
    if (!option) {
      out.next = q;
      break;
    }
    for (const id of [...(option.materials ?? []), ...(option.fees ?? [])]) wanted.set(id, true);
    for (const id of option.without ?? []) wanted.set(id, false);
    if (option.promised) out.promised = option.promised;
    if (option.note) out.notes.push(option.note);
    if (option.refuse) {
      out.refuse = option.refuse;
      return out;
    }
    q = option.next ? questions.find((x) => x.id === option.next) : undefined;
  }
  const needed = (id: string | undefined, optional = false) => wanted.get(id ?? "") ?? !optional;
  out.materials = materials.filter((m) => needed(m.id, m.optional));
  out.charges = charges.filter((c) => needed(c.id, c.optional)).map(charge);
  return out;
}

/** themesOf are the names of an item's themes: the empty one if it has none, so that it stands on a shelf. */
function themesOf({ item }: Item): Set<string> {
  const names = (item.themes ?? []).map((x) => x.name).filter(Boolean);
  return new Set(names.length > 0 ? names : [""]);
}

/** themeId is the id of a theme of this name; people and companies have their own with the same meaning. */
export function themeId(items: Item[], name: string): string | undefined {
  for (const { item } of items) {
    const id = item.themes?.find((x) => x.name === name)?.id;
    if (id) return id;
  }
  return undefined;
}

/** themes are those that items have, the fullest first; at the end that of the items without one. */
export function themes(items: Item[]): { name: string; n: number }[] {
  const count = new Map<string, number>();
  for (const item of items) {
    for (const name of themesOf(item)) count.set(name, (count.get(name) ?? 0) + 1);
  }
  return [...count]
    .map(([name, n]) => ({ name, n }))
    .sort((a, b) => Number(!a.name) - Number(!b.name) || b.n - a.n || compare.compare(a.name, b.name));
}

const compare = new Intl.Collator("zh-CN-u-co-pinyin");
/** initials are the first letters of a text's characters, as the keys say them. */
export const initials = (text: string) => pinyin(text).toUpperCase();

/** Chapter is a part of what the law and the department say of an item. */
export interface Chapter {
  id: "bases" | "body" | "conditions" | "steps" | "statutory" | "fees" | "code";
  lines: { title?: string; text: string }[];
}

/** chapters are those that an item has. */
export function chapters(about: Item): Chapter[] {
  const { item } = about;
  const legal = statutory(about);
  const all: Chapter[] = [
    {
      id: "bases",
      lines: (item.bases ?? []).map((b) => ({
        title: [b.law, b.article].filter(Boolean).join(" "),
        text: b.text ?? "",
      })),
    },
    { id: "body", lines: item.organisation ? [{ text: named(item.organisation) }] : [] },
    { id: "conditions", lines: (item.conditions ?? []).map((text) => ({ text })) },
    {
      id: "steps",
      lines: (item.steps ?? []).map((s, i) => ({
        title: `${i + 1}. ${s.name}`,
        text: [s.text, s.post].filter(Boolean).join(" "),
      })),
    },
    { id: "statutory", lines: legal ? [{ text: legal }] : [] },
    {
      id: "fees",
      lines: (item.charges ?? [])
        .filter((c) => c.basis)
        .map((c) => ({ title: charge(c), text: c.basis ?? "" })),
    },
    { id: "code", lines: item.code ? [{ text: item.code }] : [] },
  ];
  return all.filter((chapter) => chapter.lines.length > 0);
}

/** find lists the items of a theme, or those with the letters in their name or a keyword, by how soon. */
export function find(items: Item[], g: Pick<Guide, "theme" | "letters">): Item[] {
  if (!g.letters) return items.filter((i) => themesOf(i).has(g.theme ?? ""));
  const place = (i: Item) =>
    Math.min(
      ...[i.name, ...(i.item.keywords ?? [])]
        .map((w) => initials(w).indexOf(g.letters))
        .filter((n) => n >= 0),
    );
  return items
    .map((item) => ({ item, at: place(item) }))
    .filter((x) => Number.isFinite(x.at))
    .sort((a, b) => a.at - b.at || a.item.name.length - b.item.name.length)
    .map((x) => x.item);
}

/** readGuides asks the machine for the guides; it fails where there are none. */
export async function readGuides(): Promise<Item[]> {
  return (await fromMachine<{ items?: Item[] }>("/guides")).items ?? [];
}
