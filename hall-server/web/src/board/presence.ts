import { t } from "../text";

/** presenceWord is what a kind of attendance is called. */
export function presenceWord(kind: string): string {
  switch (kind) {
    case "signed-in":
      return t("attendance.kind.signed-in");
    case "signed-out":
      return t("attendance.kind.signed-out");
    case "late":
      return t("attendance.kind.late");
    case "early":
      return t("attendance.kind.early");
    case "absent":
      return t("attendance.kind.absent");
    case "away":
      return t("attendance.kind.away");
    case "long-pause":
      return t("attendance.kind.long-pause");
    default:
      return t("attendance.kind.stand-in");
  }
}

/** isWrong tells whether a kind is not as the roster has it. */
export function isWrong(kind: string): boolean {
  return kind !== "signed-in" && kind !== "signed-out";
}
