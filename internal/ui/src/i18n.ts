import { readonly, ref, shallowRef } from "vue";
import type { LanguageView } from "./link.gen";

/** Params fill the {placeholders} of a text. */
export type Params = Record<string, string | number>;

/** Texts are a scope's texts by key; a translation may lack some. */
export type Texts = Record<string, string>;

/** Translator gives the text of a key; unknown keys don't compile. */
export type Translator<K extends string> = (key: K, params?: Params) => string;

/** Translations load a scope's texts in other languages than the source's, by BCP 47 tag. */
export type Translations = Record<string, () => Promise<{ default: Texts }>>;

/** SOURCE is the language that every text is written in first. */
export const SOURCE = "zh-CN";

/** A language that is not built in, as the program's /languages/{tag}.json gives it. */
export interface LanguageFile {
  /** name is what its speakers call it. */
  name: string;
  /** dir is rtl for scripts that run from right to left. */
  dir?: "ltr" | "rtl";
  /** fonts stand before our own in the font list, as CSS has it. */
  fonts?: string;
  /** texts of all scopes, by key; those of a scope with a name as name/key. */
  texts: Texts;
}

/** A scope is one source file with what has been loaded for the language shown. */
interface Scope {
  translations: Translations;
  loaded: ReturnType<typeof shallowRef<Texts>>;
}

const scopes: Scope[] = [];
const shown = ref<string>(SOURCE);
/** PLURALS are the plural categories of CLDR; a language uses some, in this order. */
const PLURALS: Intl.LDMLPluralRule[] = ["zero", "one", "two", "few", "many", "other"];
/** file is the language shown, if it came from a file. */
const file = shallowRef<LanguageFile>();
/** names are what the hall itself calls things, by language and source text. */
const names = shallowRef<Record<string, Texts>>({});
/** wanted is the last language asked for: files may arrive in another order. */
let wanted = SOURCE;

/** language is the tag of the language shown. */
export const language = readonly(shown);

/**
 * messages makes the translator of one scope from its source file (zh-CN.json,
 * flat) and its translations. A key that the language shown lacks is told in
 * the source's. A placeholder without a parameter stays visible, so that a test
 * or a reader notices it. Templates that call it follow the language.
 * A scope whose keys others have, too, has a name: in a language file they are
 * name/key.
 */
export function messages<K extends string>(
  source: Record<K, string>,
  translations: Translations = {},
  name = "",
): Translator<K> {
  const scope: Scope = { translations, loaded: shallowRef<Texts>() };
  scopes.push(scope);
  // A part of the program that came later speaks what is spoken already.
  const tag = shown.value;
  void translations[tag]?.().then((texts) => {
    if (tag === shown.value) scope.loaded.value = texts.default;
  });
  return (key, params) => {
    const text =
      scope.loaded.value?.[key] ?? file.value?.texts[name ? `${name}/${key}` : key] ?? source[key] ?? key;
    return params ? filled(text, params) : text;
  };
}

/**
 * filled puts the parameters into a text: {n} is the parameter itself, and
 * {n|minute|minutes} the form that its number wants in the language shown, in
 * the order of PLURALS that the language uses (English: one, other); what is no
 * number, such as the range 5–10, takes the last.
 */
function filled(text: string, params: Params): string {
  return text.replace(/\{(\w+)(?:\|([^{}]*))?\}/g, (whole, name: string, forms?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return forms === undefined ? String(value) : form(forms.split("|"), Number(value));
  });
}

function form(forms: string[], n: number): string {
  const last = forms[forms.length - 1] ?? "";
  if (!Number.isFinite(n)) return last;
  try {
    const rules = new Intl.PluralRules(shown.value);
    const used = rules.resolvedOptions().pluralCategories;
    return forms[PLURALS.filter((p) => used.includes(p)).indexOf(rules.select(n))] ?? last;
  } catch {
    return last;
  }
}

/**
 * setLanguage shows the pages in the language of tag: built in, or read from
 * the program's /languages/{tag}.json. It answers whether that language is
 * shown now; if neither exists, what was shown stays.
 */
export async function setLanguage(tag: string, fetcher: typeof fetch = fetch): Promise<boolean> {
  wanted = tag;
  const built = tag === SOURCE || scopes.some((scope) => scope.translations[tag]);
  let extra: LanguageFile | undefined;
  let texts: ({ default: Texts } | undefined)[];
  try {
    if (!built) extra = await readLanguage(tag, fetcher);
    texts = await Promise.all(scopes.map((scope) => scope.translations[tag]?.()));
  } catch {
    return false;
  }
  if (wanted !== tag) return false;
  shown.value = tag;
  file.value = extra;
  scopes.forEach((scope, i) => {
    scope.loaded.value = texts[i]?.default;
  });
  if (typeof document !== "undefined") {
    const root = document.documentElement;
    root.lang = tag;
    root.dir = extra?.dir ?? "ltr";
    if (extra?.fonts) root.style.setProperty("--font-language", extra.fonts);
    else root.style.removeProperty("--font-language");
  }
  return true;
}

async function readLanguage(tag: string, fetcher: typeof fetch): Promise<LanguageFile> {
  const answer = await fetcher(`/languages/${encodeURIComponent(tag)}.json`);
  if (!answer.ok) throw new Error(`language ${tag}: ${answer.status}`);
  return (await answer.json()) as LanguageFile;
}

/** setLanguageNames takes a hall's languages: what it calls its own things in each. */
export function setLanguageNames(languages: readonly LanguageView[] | undefined): void {
  setNames(Object.fromEntries((languages ?? []).map((l) => [l.tag, (l.names ?? {}) as Texts])));
}

/** setNames tells what the hall calls its services, windows, zones … in other languages. */
export function setNames(translations: Record<string, Texts> | undefined): void {
  names.value = translations ?? {};
}

/** named is a name or sentence of the hall in the language shown; without a translation, as it is. */
export function named(text: string): string {
  return names.value[shown.value]?.[text] ?? text;
}
