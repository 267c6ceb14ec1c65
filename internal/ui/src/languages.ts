import { named, SOURCE, setLanguage } from "./i18n";
import type { LanguageView } from "./link.gen";
import { t } from "./text";

/** A language that can be chosen, in its own words. */
export type Choice = Pick<LanguageView, "tag" | "name">;

/** KEY is where a computer keeps its person's language. */
const KEY = "smarthall.language";

/** readLanguages asks the program which languages it has; without an answer, those built in. */
export async function readLanguages(fetcher: typeof fetch = fetch): Promise<Choice[]> {
  try {
    const answer = await fetcher("/languages");
    if (answer.ok) return (await answer.json()) as Choice[];
  } catch {
    // The program is away: what the page brings is still there.
  }
  return [
    { tag: SOURCE, name: t("ui.language.source") },
    { tag: "en", name: "English" },
  ];
}

/**
 * offered are the languages for citizens: Chinese, then what the hall offers
 * and the program has, by the hall's names for them.
 */
export function offered(hall: readonly LanguageView[], here: readonly Choice[]): Choice[] {
  const known = hall.filter((l) => l.tag !== SOURCE && here.some((h) => h.tag === l.tag));
  return known.length > 0 ? [{ tag: SOURCE, name: t("ui.language.source") }, ...known] : [];
}

/** chooseLanguage shows a language and remembers it on this computer. */
export async function chooseLanguage(tag: string): Promise<boolean> {
  const shown = await setLanguage(tag);
  if (shown) keep(KEY, tag === SOURCE ? undefined : tag);
  return shown;
}

/**
 * startLanguage shows what the address asks for (?lang=en), or what was chosen
 * on this computer before; other windows of the same program follow.
 */
export async function startLanguage(search = globalThis.location?.search ?? ""): Promise<void> {
  const asked = new URLSearchParams(search).get("lang");
  const tag = asked ?? kept(KEY);
  if (!asked)
    globalThis.addEventListener?.("storage", (event) => {
      if (event.key === KEY) void setLanguage(event.newValue ?? SOURCE);
    });
  if (tag) await setLanguage(tag);
}

/** TURN is how long each language stands on a screen that has several, in milliseconds. */
const TURN = 10_000;

/**
 * turnLanguages shows the languages that the address of a screen names, one
 * after the other: ?lang=en, or ?lang=zh-CN,en. It returns what ends it.
 */
export function turnLanguages(search = location.search, turn = TURN): () => void {
  const tags = (new URLSearchParams(search).get("lang") ?? "").split(",").filter(Boolean);
  let i = 0;
  const next = () => void setLanguage(tags[i++ % tags.length] ?? SOURCE);
  if (tags.length > 0) next();
  if (tags.length < 2) return () => {};
  const timer = setInterval(next, turn);
  return () => clearInterval(timer);
}

/** listed joins names as the language shown does: A、B, or A, B. */
export function listed(names: readonly string[]): string {
  return names.map(named).join(t("ui.and"));
}

/** kept is what this computer remembers under a key. */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

/** keep remembers a value under a key; undefined forgets it. */
export function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still shows the choice.
  }
}
