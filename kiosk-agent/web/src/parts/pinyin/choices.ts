/** Table has the characters of every syllable, the most used first; a v is the vowel of nv and lv. */
export type Table = Map<string, string>;

/** Choice is a character, and how many of the letters it takes. */
export interface Choice {
  text: string;
  used: number;
}

/** MAX_PINYIN is how many letters wait for their characters at most; the longest syllable has six. */
export const MAX_PINYIN = 24;
const LONGEST = 6;
/** SPLIT is typed between syllables that would be read as one. */
export const SPLIT = "'";

/** readTable fetches the table, once somebody writes Chinese. */
export async function readTable(): Promise<Table> {
  return new Map(Object.entries((await import("./table.json")).default));
}

/** syllableOf is a syllable as the table has it: u after n and l before e is a v there. */
const syllableOf = (letters: string) => letters.replace(/^([nl])ue$/, "$1ve");

/**
 * choices are the characters that letters may begin with: those of the longest
 * syllable, then of the shorter ones. Where no syllable is whole yet, those of
 * all that it may become, in turn.
 */
export function choices(table: Table, letters: string): Choice[] {
  const end = letters.indexOf(SPLIT);
  const first = (end < 0 ? letters : letters.slice(0, end)).slice(0, LONGEST);
  const found: Choice[] = [];
  const seen = new Set<string>();
  for (let n = first.length; n > 0; n--) {
    for (const text of table.get(syllableOf(first.slice(0, n))) ?? "") {
      if (seen.has(text)) continue;
      seen.add(text);
      found.push({ text, used: n });
    }
  }
  return found.length > 0 ? found : begun(table, first);
}

/** begun are the characters of the syllables that begin so, one of each in turn. */
function begun(table: Table, first: string): Choice[] {
  if (!first) return [];
  const rows = [...table.keys()]
    .filter((syllable) => syllable.startsWith(first))
    .map((syllable) => [...(table.get(syllable) ?? "")]);
  const found = new Set<string>();
  for (let i = 0; rows.some((row) => i < row.length); i++)
    for (const row of rows) if (row[i]) found.add(row[i] as string);
  return [...found].map((text) => ({ text, used: first.length }));
}

/** typed is letters with one more key; what can't belong to pinyin changes nothing. */
export function typed(letters: string, key: string): string {
  if (letters.length >= MAX_PINYIN) return letters;
  if (key === SPLIT) return letters && !letters.endsWith(SPLIT) ? letters + key : letters;
  return /^[a-z]$/.test(key) ? letters + key : letters;
}

/** rest is what of the letters waits once a choice is made. */
export function rest(letters: string, choice: Choice): string {
  const left = letters.slice(choice.used);
  return left.startsWith(SPLIT) ? left.slice(1) : left;
}
