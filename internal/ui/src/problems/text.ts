import { messages } from "../i18n";
import source from "./zh-CN.json";

/** t gives what is said of a problem, by its code. */
export const t = messages(source, { en: () => import("./en.json") }, "problems");

/** has tells whether there is a text for a problem's code. */
export function has(code: string): boolean {
  return `problem.${code}` in source;
}
