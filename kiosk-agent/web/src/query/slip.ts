import { type CaseView, language, named, type SlipLine, type SlipWords, SOURCE } from "@smarthall/ui";
import { fit } from "../wording/fit";
import { lacking } from "../wording/lack";
import { money, shownNo, stateOf, term, way } from "./cases";
import { t } from "./text";

/**
 * caseSlip is the slip of a case for readers of another language than Chinese,
 * which the machine writes itself: undefined. hall is its name.
 */
export function caseSlip(c: CaseView, hall: string, timeZone?: string): SlipWords | undefined {
  if (language.value === SOURCE) return undefined;
  const lines: SlipLine[] = [
    { text: named(c.itemName), bold: true },
    { text: t(c.caseNo ? "query.slip.caseNo" : "query.slip.number", { no: shownNo(c) }) },
    { text: t("query.slip.applicant", { name: c.applicant }) },
    { text: t("query.slip.at", { name: named(c.organisationName) }) },
    { text: stateOf(c), bold: true, large: true },
  ];
  const left = term(c);
  if (left) lines.push({ text: left });
  for (const d of c.todo ?? []) {
    const parts = [
      t(`query.todo.${d.kind}` as "query.todo.pay"),
      d.until ? t("query.until", { day: d.until }) : "",
      d.amount ? t("query.amount", { n: money(d.amount) }) : "",
    ];
    lines.push({ text: parts.filter(Boolean).join(t("query.comma")), bold: true });
    for (const what of lacking(d.lacks, d.what)) lines.push({ text: `\u25a1 ${what}` });
  }
  lines.push({ rule: true });
  for (const p of way(c, timeZone)) lines.push({ text: [p.when, p.name, p.who].filter(Boolean).join("  ") });
  return {
    hall: named(hall),
    title: t("query.slip.title"),
    lines: fit(lines, t("query.slip.more")),
    scan: t("query.slip.scan"),
    printed: t("query.slip.printed"),
  };
}
