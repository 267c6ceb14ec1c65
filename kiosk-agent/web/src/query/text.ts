import { language, messages, SOURCE } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the case query. */
export const t = messages(source, { en: () => import("./en.json") });

/**
 * worded is a word of the platform's in the language of the page. The platform
 * writes Chinese; for other readers our word for its code stands there, if there
 * is one.
 */
export function worded(kind: "state" | "stage" | "step", code: string | undefined, theirs: string): string {
  const ours = language.value !== SOURCE && `query.${kind}.${code}` in source;
  return ours ? t(`query.${kind}.${code}` as "query.state.closed") : theirs;
}
