import type { ServiceView } from "@smarthall/ui";
import { t } from "./text";

/** FEW is from how many places left on the board says so. */
export const FEW = 10;

/** waitText is how long a service takes for who comes now, in words. */
export function waitText(s: ServiceView): string {
  if (s.openWindows === 0) return s.available ? t("board.service.nowindow") : t("board.service.closed");
  const { waitLow: low, waitHigh: high } = s;
  if (low !== undefined && high !== undefined) {
    if (high === 0) return t("board.service.now");
    if (low === high) return t("board.service.minutes", { n: high });
    return low === 0 ? t("board.service.under", { n: high }) : t("board.service.range", { low, high });
  }
  if (s.waiting === 0) return t("board.service.now");
  return s.waitMinutes === undefined ? "" : t("board.service.minutes", { n: s.waitMinutes });
}

/** placesText says that tickets run out; empty while there are enough. */
export function placesText(s: ServiceView): string {
  if (s.placesLeft === undefined || s.placesLeft > FEW) return "";
  return s.placesLeft === 0 ? t("board.service.full") : t("board.service.places", { n: s.placesLeft });
}
