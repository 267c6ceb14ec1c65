import { asked, type Case, lacking, type Material, type Stored } from "./door";
import type { Needs } from "./steps";

/** mendOf is what a case that was handed in waits for of its applicant. */
export function mendOf(c: Pick<Case, "state" | "deferred">): Needs["mend"] {
  if (c.state === "supplementing") return "supplement";
  return c.state === "accepted" && (c.deferred ?? 0) > 0 ? "deferred" : undefined;
}

/** partly tells whether a case is a package under way, some of whose parts may wait for something. */
export const partly = (c: Case): boolean => !!c.package && ["submitted", "accepted"].includes(c.state);

/** mendable tells whether what a case waits for can be handed in here: that of a package waits in its parts. */
export const mendable = (c: Case): boolean => mendOf(c) !== undefined && !c.package;

/** wanting are the materials that a case waits for. */
export function wanting(c: Case): Material[] {
  const mend = mendOf(c);
  if (mend === "supplement") return c.materials.filter(lacking);
  return mend ? c.materials.filter((m) => m.source === "deferred" && asked(m)) : [];
}

/** spoken are what a notice asks for beside materials: that is mended in the form. */
export const spoken = (c: Case): boolean => (c.missing ?? []).length > wanting(c).length;

/** Staged is how a material will be given that counts as brought at once: all of it goes together. */
export interface Staged {
  body: object;
  files: Stored[];
}

/** withStaged shows a material as it will be. */
export function withStaged(m: Material, staged: Staged | undefined): Material {
  if (!staged) return { ...m, source: "", files: [] };
  return { ...m, source: "licence" in staged.body ? "licence" : "upload", files: staged.files };
}
