import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives what the hall refuses, in the citizen's language. */
export const t = messages(source, { en: () => import("./en.json") });

/** has tells whether there is a text for a problem's code. */
export function has(code: string): boolean {
  return `problem.${code}` in source;
}
