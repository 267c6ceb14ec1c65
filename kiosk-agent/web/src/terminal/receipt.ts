import { named, type SlipLine, type SlipWords } from "@smarthall/ui";
import { fit } from "../wording/fit";
import { foreign } from "../wording/guide";
import type { Case, Material } from "./door";
import { has, t } from "./text";

/**
 * nextOf is what comes next: as the platform writes it in Chinese, for others in
 * our words for its code, for that of an older platform by the state.
 */
export function nextOf({ guidance, state }: Pick<Case, "guidance" | "state">): string {
  const { text, code, visits } = guidance;
  if (!foreign()) return text;
  const known = [code, state].find((c) => has(`apply.next.${c}`));
  const said = known ? t(`apply.next.${known}` as "apply.next.submitted") : t("apply.done.follow");
  return visits > 0 ? `${said} ${t("apply.done.visits", { n: visits })}` : said;
}

/** laterOf says that a material is handed in another day, and by which. */
export const laterOf = (m: Material) =>
  t(m.due ? "apply.done.laterBy" : "apply.done.laterOpen", { name: named(m.name), day: m.due ?? "" });

/** titleOf is what a receipt is called. */
function titleOf(parts: Case[], brought: Material[] | undefined): string {
  if (brought) return t("apply.slip.mend");
  return t(parts.length > 0 ? "apply.slip.package" : "apply.slip.title");
}

/**
 * receiptWords is the receipt of an application for readers of another language
 * than Chinese, which the machine writes itself: undefined. later are materials
 * that come another day, parts the cases of a package, brought what was handed in
 * for a case that waited for it.
 */
export function receiptWords(
  c: Case,
  { later, parts, brought }: { later: Material[]; parts: Case[]; brought?: Material[] },
  hall: string,
): SlipWords | undefined {
  if (!foreign()) return undefined;
  const lines: SlipLine[] = [
    { text: named(c.itemName), bold: true },
    { text: t("apply.slip.number", { number: c.number ?? "" }) },
  ];
  if (c.queryCode) lines.push({ text: t("apply.slip.code", { code: c.queryCode }) });
  for (const [i, m] of (brought ?? []).entries())
    lines.push({ text: `${i + 1}. ${t("apply.slip.brought", { name: named(m.name) })}` });
  if (parts.length > 0) lines.push({ text: t("apply.slip.parts") });
  for (const [i, p] of parts.entries())
    lines.push(
      { text: `${i + 1}. ${named(p.itemName)}` },
      { text: `   ${named(p.organisationName)}` },
      { text: `   ${p.number ?? ""}` },
    );
  for (const m of later) lines.push({ text: laterOf(m), bold: !!m.due });
  lines.push({ text: nextOf(c) });
  return slip(titleOf(parts, brought), lines, hall);
}

/** bookingWords is the slip of a visit that was booked, in the same way. */
export function bookingWords(
  visit: { number: string; code?: string; day: string; from: string; itemName: string },
  hall: string,
): SlipWords | undefined {
  if (!foreign()) return undefined;
  const lines: SlipLine[] = [
    { text: named(visit.itemName), bold: true },
    { text: t("apply.slip.when", { when: `${visit.day} ${visit.from}` }), bold: true },
    { text: t("apply.book.number", { number: visit.number }) },
  ];
  if (visit.code) lines.push({ text: t("apply.book.code", { code: visit.code }) });
  lines.push({ text: t("apply.book.card") });
  return slip(t("apply.slip.booking"), lines, hall);
}

const slip = (title: string, lines: SlipLine[], hall: string): SlipWords => ({
  hall: named(hall),
  title,
  lines: fit(lines, t("apply.slip.more")),
  scan: t("apply.slip.scan"),
  printed: t("apply.slip.printed"),
});
