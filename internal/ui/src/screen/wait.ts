import type { ServiceView } from "../link.gen";
import { t } from "./text";

/** FEW is from how many places left on the board says so. */
export const FEW = 10;

/** waitText is how long a service takes for who comes now, in words. */
export function waitText(s: ServiceView): string {
  if (s.openWindows === 0) return s.available ? t("wait.nowindow") : t("wait.closed");
  const { waitLow: low, waitHigh: high } = s;
  if (low !== undefined && high !== undefined) {
    if (high === 0) return t("wait.now");
    if (low === high) return t("wait.minutes", { n: high });
    return low === 0 ? t("wait.under", { n: high }) : t("wait.range", { low, high });
  }
  if (s.waiting === 0) return t("wait.now");
  return s.waitMinutes === undefined ? "" : t("wait.minutes", { n: s.waitMinutes });
}

/** placesText says that tickets run out; empty while there are enough. */
export function placesText(s: ServiceView): string {
  if (s.placesLeft === undefined || s.placesLeft > FEW) return "";
  return s.placesLeft === 0 ? t("wait.full") : t("wait.places", { n: s.placesLeft });
}
