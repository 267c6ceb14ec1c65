import { initials as pinyin } from "@smarthall/ui";
import { fromMachine } from "./machine";

/** Option is one answer to a question, and what it means. */
export interface Option {
  id: string;
  text: string;
  next?: string;
  materials?: string[];
  fees?: string[];
  without?: string[];
  promised?: { unit: string; days?: number };
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
    materials?: { id?: string; name: string; note?: string; optional?: boolean }[];
    charges?: { id: string; text: string; optional?: boolean; basis?: string }[];
    questions?: Question[];
    places?: { name: string; address?: string; window?: string; hours?: string; phone?: string }[];
    telephone?: string;
    url?: string;
    code?: string;
    bases?: { law: string; article?: string; text?: string }[];
    steps?: { name: string; text?: string; post?: string }[];
    /** statutory is the law's own limit, in words. */
    statutory?: string;
  };
}

/** Guide is where in the guides the reader is. */
export interface Guide {
  /** theme is the name of the one that was chosen; empty for the items without one. */
  theme?: string;
  /** letters are the first letters of the words of a name. */
  letters: string;
  /** item is the id of the one that is read. */
  item?: string;
  /** more tells that the law, the conditions and the steps are read, not what to bring. */
  more?: boolean;
  /** answers are the chosen options by question, in the order they were given. */
  answers: [string, string][];
}

/** GUIDE is the guides as somebody finds them. */
export const GUIDE: Guide = { letters: "", answers: [] };

/** MAX_LETTERS bounds what is typed. */
export const MAX_LETTERS = 12;

/** up is one step back in the guides; undefined: out of them. */
export function up(g: Guide): Guide | undefined {
  if (g.more) return { ...g, more: undefined };
  if (g.answers.length > 0) return { ...g, answers: g.answers.slice(0, -1) };
  if (g.item) return { ...g, item: undefined };
  if (g.theme !== undefined || g.letters) return GUIDE;
  return undefined;
}

/** Needs is what a case needs, as far as the answers tell. */
export interface Needs {
  /** next is the question that has to be answered now. */
  next?: Question;
  materials: { name: string; note?: string }[];
  charges: string[];
  /** days is another limit of this case. */
  promised?: { unit: string; days?: number };
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
  out.charges = charges.filter((c) => needed(c.id, c.optional)).map((c) => c.text);
  return out;
}

/** themesOf are the names of an item's themes: the empty one if it has none, so that it stands on a shelf. */
function themesOf({ item }: Item): Set<string> {
  const names = (item.themes ?? []).map((x) => x.name).filter(Boolean);
  return new Set(names.length > 0 ? names : [""]);
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
export function chapters({ item }: Item): Chapter[] {
  const all: Chapter[] = [
    {
      id: "bases",
      lines: (item.bases ?? []).map((b) => ({
        title: [b.law, b.article].filter(Boolean).join(" "),
        text: b.text ?? "",
      })),
    },
    { id: "body", lines: item.organisation ? [{ text: item.organisation }] : [] },
    { id: "conditions", lines: (item.conditions ?? []).map((text) => ({ text })) },
    {
      id: "steps",
      lines: (item.steps ?? []).map((s, i) => ({
        title: `${i + 1}. ${s.name}`,
        text: [s.text, s.post].filter(Boolean).join(" "),
      })),
    },
    { id: "statutory", lines: item.statutory ? [{ text: item.statutory }] : [] },
    {
      id: "fees",
      lines: (item.charges ?? []).filter((c) => c.basis).map((c) => ({ title: c.text, text: c.basis ?? "" })),
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
