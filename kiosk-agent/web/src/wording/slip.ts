import { named, type SlipLine, type SlipWords } from "@smarthall/ui";
import type { Item, Material } from "../guide";
import { fit } from "./fit";
import { foreign, hoursOf, note, whereOf } from "./guide";
import { t } from "./text";

/**
 * bringSlip is the slip of what to bring for readers of another language than
 * Chinese, which the machine writes itself: undefined. hall is its name, limit how
 * long it takes in this case.
 */
export function bringSlip(
  item: Item,
  materials: Material[],
  limit: string,
  hall: string,
): SlipWords | undefined {
  if (!foreign()) return undefined;
  const lines: SlipLine[] = [{ text: named(item.name), bold: true }];
  if (limit) lines.push({ text: t("wording.slip.limit", { text: limit }) });
  materials.forEach((m, i) => {
    lines.push({ text: `\u25a1 ${i + 1}. ${named(m.name)}`, bold: true });
    const more = note(m);
    if (more) lines.push({ text: `   ${more}` });
  });
  if (materials.length === 0) lines.push({ text: t("wording.slip.none") });
  lines.push({ rule: true });
  for (const p of item.item.places ?? []) {
    lines.push({ text: t("wording.slip.place", { text: whereOf(p) }) });
    if (hoursOf(p)) lines.push({ text: `   ${hoursOf(p)}` });
  }
  if (item.item.telephone) lines.push({ text: t("wording.slip.ask", { text: item.item.telephone }) });
  return {
    hall: named(hall),
    title: t("wording.slip.title"),
    lines: fit(lines, t("wording.slip.more")),
    scan: t("wording.slip.scan"),
    printed: t("wording.slip.printed"),
  };
}
