import { type DocumentView, initials } from "@smarthall/ui";

import type { Choice, Material } from "./door";

/** matching are the items whose name has all words, or whose initials begin so; those of the service first. */
export function matching(choices: readonly Choice[], text: string): Choice[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...choices];
  const plain = words.join("");
  return choices.filter(
    (c) => words.every((w) => c.name.toLowerCase().includes(w)) || initials(c.name).includes(plain),
  );
}

/** sorted gives each document the material with its name, as far as one has it. */
export function sorted(
  documents: readonly DocumentView[],
  materials: readonly Material[],
  chosen: Readonly<Record<string, string>>,
): Record<string, string> {
  const of: Record<string, string> = {};
  for (const d of documents) {
    const kept = chosen[d.id];
    if (kept !== undefined && (kept === "" || materials.some((m) => m.id === kept))) {
      of[d.id] = kept;
      continue;
    }
    of[d.id] =
      (materials.find((m) => m.name === d.name) ?? materials.find((m) => alike(m.name, d.name)))?.id ?? "";
  }
  return of;
}

/** alike tells whether a name contains the other: "lease" is the material "copy of the lease". */
function alike(a: string, b: string): boolean {
  return b.length > 1 && a.length > 1 && (a.includes(b) || b.includes(a));
}
