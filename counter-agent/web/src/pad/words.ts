import { type LanguageView, language, named, SOURCE } from "@smarthall/ui";
import { t } from "../text";
import zh from "../zh-CN.json";

/** KNOWN are the sentences that the program and the clerk's page send in Chinese, by their keys. */
const KNOWN = [
  "pad.thanks.rated",
  "pad.thanks.signed",
  "pad.thanks.confirmed",
  "pad.thanks.told",
  "pad.confirm.title",
  "pad.sign.text",
  "counter.citizen.row.service",
  "counter.citizen.row.name",
  "counter.citizen.row.phone",
  "counter.citizen.row.materials",
] as const;

/**
 * said is a text that came from the program, the clerk or the hall, in the
 * language of the page as far as it is known; what somebody wrote stays as it
 * is, line by line.
 */
export function said(text = ""): string {
  if (language.value === SOURCE) return text;
  const key = KNOWN.find((k) => zh[k] === text);
  return key ? t(key) : text.split("\n").map(named).join("\n");
}

/** readHallLanguages asks the window's program what citizens may read; without an answer, Chinese alone. */
export async function readHallLanguages(fetcher: typeof fetch = fetch): Promise<LanguageView[]> {
  try {
    const answer = await fetcher("/pad/languages");
    return answer.ok ? ((await answer.json()) as LanguageView[]) : [];
  } catch {
    return [];
  }
}
