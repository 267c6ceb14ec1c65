import { type HallView, language, named, type SlipWords, SOURCE } from "@smarthall/ui";
import { placeWords, spotOf, type Way } from "@smarthall/ui/plan";
import { fit } from "../wording/fit";
import { t } from "./text";

/**
 * waySlip is what stands above the steps of a way on paper, for readers of another
 * language than Chinese, which the machine writes itself: undefined.
 */
export function waySlip(way: Way, hall: HallView | undefined): SlipWords | undefined {
  const [from, to] = [spotOf(hall?.plan, way.from.id), spotOf(hall?.plan, way.to.id)];
  if (language.value === SOURCE || !hall || !from || !to) return undefined;
  const lines = [
    { text: t("floor.slip.from", { place: placeWords(from.place), floor: named(from.floor.name) }) },
    { text: t("floor.slip.to", { place: placeWords(to.place) }), bold: true, large: true },
    ...(to.floor.id === from.floor.id ? [] : [{ text: t("floor.slip.on", { floor: named(to.floor.name) }) }]),
    { text: t("floor.slip.metres", { n: Math.round(way.metres) }) },
  ];
  return {
    hall: named(hall.name),
    title: t("floor.slip.title"),
    lines: fit(lines, ""),
    scan: t("floor.slip.scan"),
    printed: t("floor.slip.printed"),
    here: t("floor.slip.here"),
  };
}
