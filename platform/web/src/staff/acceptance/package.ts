import type { Answers, Form } from "@smarthall/ui/form";
import { ask } from "../session";
import type { Material, Outcome, View } from "./case";

/** Pack is a package that the window takes: several items, applied for once. */
export interface Pack {
  id: string;
  name: string;
  summary: string;
  items: string[];
  keywords?: string[];
}

/** Part is one item of a package. */
export interface Part {
  item: string;
  name: string;
  organisationName: string;
  promised: string;
}

/** Each are a package's answers, by item. */
export type Each = Record<string, Answers>;

/** Bundle is what a package needs in the situation that the answers describe. */
export interface Bundle {
  package: Pack;
  next: { items: string[]; question: NonNullable<Outcome["next"]> }[];
  answers: Each;
  done: boolean;
  materials: { id: string; name: string }[];
  items: Part[];
}

/** Filling is a form to fill in, with the items that want it. */
export interface Filling {
  form: Form;
  items: string[];
  answers: Answers;
}

export function bundle(id: string, answers: Each): Promise<Bundle> {
  return ask<Bundle>("POST", `/packages/${encodeURIComponent(id)}/outcome`, { body: { answers } });
}

/** formsOf are the forms of a package's items, each once. */
export async function formsOf(parts: Part[], each: Each): Promise<Filling[]> {
  const all = await Promise.all(
    parts.map((p) => ask<Form>("GET", `/items/${encodeURIComponent(p.item)}/form`)),
  );
  const list: Filling[] = [];
  for (const [i, form] of all.entries()) {
    const item = parts[i]?.item ?? "";
    const before = list.find((f) => f.form.id === form.id);
    if (before) before.items.push(item);
    else list.push({ form, items: [item], answers: each[item] ?? {} });
  }
  return list;
}

/** found are the packages that are meant by what a clerk typed, or that hold one of the items. */
export function found(all: readonly Pack[], text: string, items: readonly string[]): Pack[] {
  const words = text.trim();
  if (words === "") return all.filter((p) => items.length === 0 || p.items.some((i) => items.includes(i)));
  return all.filter((p) =>
    [p.name, ...(p.keywords ?? [])].some((w) => w.includes(words) || words.includes(w)),
  );
}

/** Fate is what will become of one item of a package; names are of the materials that say so. */
export interface Fate {
  kind: "accept" | "deferred" | "missing" | "unseen" | "refused";
  names: string[];
}

/** of tells whether an item wants a material. */
const of = (m: Material, item: string) => m.items?.[item] !== undefined;

/** fateOf follows from what was found of an item's materials, and from what was refused. */
export function fateOf(
  item: string,
  materials: readonly Material[],
  deferred: ReadonlySet<string>,
  refused: Readonly<Record<string, string>>,
): Fate {
  if (refused[item] !== undefined) return { kind: "refused", names: [] };
  const own = materials.filter((m) => of(m, item));
  const named = (which: (m: Material) => boolean) => own.filter(which).map((m) => m.name);
  const missing = named((m) => !deferred.has(m.id) && (m.review === "missing" || m.review === "wrong"));
  if (missing.length > 0) return { kind: "missing", names: missing };
  const unseen = named((m) => !deferred.has(m.id) && m.review === "unseen");
  if (unseen.length > 0) return { kind: "unseen", names: unseen };
  const later = named((m) => deferred.has(m.id));
  return { kind: later.length > 0 ? "deferred" : "accept", names: later };
}

/** takes tells whether a package can be taken in now: nothing is left to look at, and not all is refused. */
export function takes(
  parts: readonly Part[],
  view: Pick<View, "materials">,
  deferred: ReadonlySet<string>,
  refused: Readonly<Record<string, string>>,
): boolean {
  const fates = parts.map((p) => fateOf(p.item, view.materials, deferred, refused).kind);
  const said = Object.values(refused).every((reason) => reason.trim() !== "");
  return said && !fates.includes("unseen") && fates.some((k) => k !== "refused");
}
