import { type CaseLack, named } from "@smarthall/ui";
import { foreign } from "./guide";
import { t } from "./text";

/** lacking words what a notice asked for: lacks say the same as theirs, one for one, where the platform sends them. */
export function lacking(lacks: CaseLack[] | undefined, theirs: string[] | undefined): string[] {
  if (!foreign() || !lacks || lacks.length !== theirs?.length) return (theirs ?? []).map(named);
  return lacks.map(lack);
}

/** lack is a material that is missing or wrong, with what a clerk wrote, or that alone. */
function lack({ material = "", review, note = "" }: CaseLack): string {
  const words = { material: named(material), note };
  if (!material) return note;
  if (review === "missing") return t(note ? "wording.lack.note" : "wording.lack", words);
  return note ? t("wording.wrong", words) : words.material;
}
