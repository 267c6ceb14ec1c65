import { t } from "./text";

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
    charges?: { id: string; text: string; optional?: boolean }[];
    questions?: Question[];
    places?: { name: string; address?: string; window?: string; hours?: string; phone?: string }[];
    telephone?: string;
    url?: string;
  };
}

/** Guide is where in the guides the reader is. */
export interface Guide {
  /** theme is the name of the one that was chosen. */
  theme?: string;
  /** letters are the first letters of the words of a name. */
  letters: string;
  /** item is the id of the one that is read. */
  item?: string;
  /** answers are the chosen options by question, in the order they were given. */
  answers: [string, string][];
}

/** GUIDE is the guides as somebody finds them. */
export const GUIDE: Guide = { letters: "", answers: [] };

/** MAX_LETTERS bounds what is typed. */
export const MAX_LETTERS = 12;

/** up is one step back in the guides; undefined: out of them. */
export function up(g: Guide): Guide | undefined {
  if (g.answers.length > 0) return { ...g, answers: g.answers.slice(0, -1) };
  if (g.item) return { ...g, item: undefined };
  if (g.theme || g.letters) return GUIDE;
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

/** themes are those that items have, the fullest first. */
export function themes(items: Item[]): { name: string; n: number }[] {
  const count = new Map<string, number>();
  for (const item of items) {
    for (const name of new Set((item.item.themes ?? []).map((x) => x.name)))
      count.set(name, (count.get(name) ?? 0) + 1);
  }
  return [...count]
    .map(([name, n]) => ({ name, n }))
    .sort((a, b) => b.n - a.n || compare.compare(a.name, b.name));
}

const compare = new Intl.Collator("zh-CN-u-co-pinyin");
/** LETTERS are the first letters that words have, BOUNDS the first word of each by sound. */
const LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ";
const BOUNDS = [...t("kiosk.guide.bounds")];

/** letter is the first letter of a character by its sound; nothing of a sign. */
function letter(char: string): string {
  if (/[a-z0-9]/i.test(char)) return char.toUpperCase();
  if (!/\p{Script=Han}/u.test(char)) return "";
  let at = 0;
  while (at + 1 < BOUNDS.length && compare.compare(char, BOUNDS[at + 1] ?? "") >= 0) at++;
  return LETTERS[at] ?? "";
}

const known = new Map<string, string>();

/** initials are the first letters of a text's characters. */
export function initials(text: string): string {
  let found = known.get(text);
  if (found === undefined) {
    found = [...text].map(letter).join("");
    known.set(text, found);
  }
  return found;
}

/** find lists the items of a theme, or those with the letters in their name or a keyword, by how soon. */
export function find(items: Item[], g: Guide): Item[] {
  if (!g.letters) return items.filter((i) => (i.item.themes ?? []).some((x) => x.name === g.theme));
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
  const answer = await fetch("/guides", { signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(`guides: ${answer.status}`);
  const body = (await answer.json()) as { items?: Item[] };
  return body.items ?? [];
}
