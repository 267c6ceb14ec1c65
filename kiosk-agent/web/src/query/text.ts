import { language, messages, named, SOURCE } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the case query. */
export const t = messages(source, { en: () => import("./en.json") });

/** Kind is what a word of the platform's is about. */
export type Kind = "state" | "stage" | "step" | "by" | "document" | "tag";

/** has tells whether we have a word for a code of the platform's. */
export const has = (kind: Kind, code: string | undefined) => `query.${kind}.${code}` in source;

/**
 * worded is a word of the platform's in the language of the page. The platform
 * writes Chinese; other readers get what the hall's file says for it, else our word
 * for its code, if there is one.
 */
export function worded(kind: Kind, code: string | undefined, theirs: string): string {
  const halls = named(theirs);
  if (language.value === SOURCE || halls !== theirs || !has(kind, code)) return halls;
  return t(`query.${kind}.${code}` as "query.state.closed");
}
