import type { Entry, Value } from "./api";

/** OwnWord is a text of the hall's own that people read, and the part of the file where it stands. */
export interface OwnWord {
  text: string;
  part: string;
}

/** PLACES are where people's texts stand, by part; * stands for every entry of a list. */
const PLACES: Record<string, string[]> = {
  basics: ["name"],
  services: ["services/*/name", "services/*/short", "services/*/materials/*", "services/*/closed"],
  zones: ["zones/*/name"],
  windows: ["windows/*/name", "windows/*/direction"],
  priorities: ["priorities/*/name"],
  hours: ["hours/days/*/name"],
  texts: ["notices/*", "tips/*", "pauses/*"],
  about: [
    "about/introduction/*",
    "about/hours/*",
    "about/traffic/*",
    "about/address",
    "about/notices/*/title",
    "about/notices/*/text/*",
    "about/departments/*/name",
    "about/departments/*/duties",
    "about/process/*/title",
    "about/process/*/text/*",
    "about/laws/*/title",
    "about/laws/*/text/*",
    "about/telephones/*/name",
    "about/telephones/*/hours",
  ],
  devices: ["agents/*/name", "agents/*/place"],
  plan: ["plan/floors/*/name", "plan/floors/*/areas/*/name", "plan/floors/*/places/*/name"],
  sites: ["sites/*/name", "sites/*/intro"],
  citizenCards: ["citizen_cards/*/name"],
};

function at(value: Value | undefined, steps: string[]): string[] {
  const [step, ...rest] = steps;
  if (step === undefined) return typeof value === "string" && value.trim() ? [value] : [];
  if (step === "*") return Array.isArray(value) ? value.flatMap((one) => at(one, rest)) : [];
  return value && typeof value === "object" && !Array.isArray(value) ? at(value[step], rest) : [];
}

/** ownWords are the texts of a hall that its languages may translate, each once, in the order of the file's parts. */
export function ownWords(values: Entry): OwnWord[] {
  const found = new Map<string, string>();
  for (const [part, paths] of Object.entries(PLACES)) {
    for (const text of paths.flatMap((path) => at(values, path.split("/")))) {
      // A number such as 12345 is the same in every language.
      if (!found.has(text) && /\p{L}/u.test(text)) found.set(text, part);
    }
  }
  return [...found].map(([text, part]) => ({ text, part }));
}
