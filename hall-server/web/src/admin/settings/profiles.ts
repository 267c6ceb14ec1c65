import type { LineChange, Outcome, ProfilePlan } from "./api";
import { t } from "./text";

/** lineWord tells of one line in which two texts of a profile differ. */
export function lineWord({ was, now, old = "", new: text = "" }: LineChange): string {
  if (!was) return t("profile.line.new", { now: now ?? 0, new: text });
  if (!now) return t("profile.line.gone", { was, old });
  return t("profile.line.changed", { now, old, new: text });
}

/** lineWords tell of all lines in which two texts differ; a whole text that came or went is told of as such. */
export function lineWords({ lines, more = 0 }: { lines: LineChange[]; more?: number }): string[] {
  const n = lines.length + more;
  if (n > 1 && lines.every(({ was }) => !was) && lines[0]?.now === 1) return [t("profile.line.first", { n })];
  if (n > 1 && lines.every(({ now }) => !now) && lines[0]?.was === 1)
    return [t("profile.line.removed", { n })];
  return lines.map(lineWord);
}

/** planned is what a change of a profile does, as changes of the hall's file are shown. */
export function planned(plan: ProfilePlan): Outcome {
  const changes = lineWords(plan);
  if (plan.more && changes.length > 1) changes.push(t("versions.more", { n: plan.more }));
  return {
    version: String(plan.base),
    changes,
    effects: plan.refused.map(({ text }) => ({ level: "refuse", text })),
    saved: false,
  };
}
