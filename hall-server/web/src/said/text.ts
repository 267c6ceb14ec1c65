import { messages, type Params } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of what the hall-server says by codes. */
export const t = messages(source, { en: () => import("./en.json") }, "said");

/** known is the first of these codes that has a text; undefined if none has. */
export function known(...codes: string[]): string | undefined {
  return codes.find((code) => `said.${code}` in source);
}

/** worded is the text of a code that is known. */
export function worded(code: string, params: Params = {}): string {
  return t(`said.${code}` as "said.service.full", params);
}
