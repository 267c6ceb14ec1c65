import { messages } from "../i18n";
import source from "./zh-CN.json";

/** t gives what to do about a device, by its state and class. */
const t = messages(source, { en: () => import("./en.json") }, "devices");

/** advice is the text of the first of these codes that has one; undefined if none has. */
export function advice(...codes: string[]): string | undefined {
  const code = codes.find((c) => `advice.${c}` in source);
  return code && t(`advice.${code}` as "advice.fault");
}
