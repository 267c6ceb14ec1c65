import { looks } from "@smarthall/ui";
import type { EChartsCoreOption } from "echarts/core";
import { t } from "../text";
import { busyHours, type Figures, lasting } from "./figures";

/** color is a colour of the pages' tokens. */
function color(name: string): string {
  void looks.value; // charts are drawn anew when the page changes its colours
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The least that a chart of bars shows of names before it drops them. */
const NAME_WIDTH = 110;

function common(): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: color("--font"), color: color("--ink-2") },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
    grid: { left: 8, right: 16, top: 32, bottom: 4, outerBoundsMode: "same" },
  };
}

const axisOf = () => ({
  axisLine: { lineStyle: { color: color("--line") } },
  axisTick: { show: false },
  axisLabel: { color: color("--ink-3"), hideOverlap: true },
  splitLine: { lineStyle: { color: color("--line") } },
});

const legendOf = () => ({
  top: 0,
  right: 0,
  itemWidth: 12,
  itemHeight: 12,
  textStyle: { color: color("--ink-2") },
});

/** hoursOption shows how many came in each hour, and how many of them were served. */
export function hoursOption(rows: Figures[], heat: number[][]): EChartsCoreOption {
  const [from, to] = busyHours(heat);
  const hours = Array.from({ length: to - from }, (_, i) => from + i);
  const at = new Map(rows.map((r) => [Number(r.key), r]));
  return {
    ...common(),
    legend: legendOf(),
    xAxis: { type: "category", data: hours.map((h) => t("stats.hour", { h })), ...axisOf() },
    yAxis: { type: "value", minInterval: 1, ...axisOf() },
    series: [
      bar(
        t("stats.taken"),
        hours.map((h) => at.get(h)?.taken ?? 0),
        color("--action"),
      ),
      bar(
        t("stats.finished"),
        hours.map((h) => at.get(h)?.finished ?? 0),
        color("--idle"),
      ),
    ],
  };
}

function bar(name: string, data: number[], fill: string): object {
  return { name, type: "bar", data, itemStyle: { color: fill, borderRadius: [3, 3, 0, 0] }, barMaxWidth: 22 };
}

/** SHOWN is how many rows fit into a chart; the table has them all. */
const SHOWN = 10;

/** sideways is a chart of horizontal bars, the first row on top. */
function sideways(rows: Figures[]): { shown: Figures[]; option: EChartsCoreOption } {
  const shown = rows.slice(0, SHOWN);
  const option = {
    ...common(),
    xAxis: { type: "value", splitNumber: 3, ...axisOf() },
    yAxis: {
      type: "category",
      inverse: true,
      data: shown.map((r) => r.label),
      ...axisOf(),
      axisLabel: { color: color("--ink-2"), width: NAME_WIDTH, overflow: "truncate" },
    },
  };
  return { shown, option };
}

/** waitsOption compares waits: the mean, and what nine in ten don't exceed. */
export function waitsOption(rows: Figures[]): EChartsCoreOption {
  const { shown, option } = sideways(rows);
  const inMinutes = (seconds: number) => Math.round(seconds / 6) / 10;
  const words = (value: number) => lasting(Math.round(value * 60));
  return {
    ...option,
    legend: legendOf(),
    tooltip: { ...(option.tooltip as object), valueFormatter: (v: unknown) => words(Number(v)) },
    xAxis: {
      type: "value",
      name: "",
      ...axisOf(),
      splitNumber: 3,
      axisLabel: {
        color: color("--ink-3"),
        hideOverlap: true,
        formatter: t("stats.axis.minutes", { n: "{value}" }),
      },
    },
    series: [
      {
        ...bar(
          t("stats.wait.mean"),
          shown.map((r) => inMinutes(r.wait.mean)),
          color("--action"),
        ),
        barMaxWidth: 10,
      },
      {
        ...bar(
          t("stats.wait.p90"),
          shown.map((r) => inMinutes(r.wait.p90)),
          color("--number"),
        ),
        barMaxWidth: 10,
      },
    ],
  };
}

/** mixOption shows what people came for. */
export function mixOption(rows: Figures[]): EChartsCoreOption {
  const { shown, option } = sideways(rows);
  return {
    ...option,
    grid: { left: 8, right: 40, top: 8, bottom: 4, outerBoundsMode: "same" },
    series: [
      {
        ...bar(
          t("stats.people"),
          shown.map((r) => r.taken),
          color("--action"),
        ),
        label: { show: true, position: "right", color: color("--ink-2") },
        barMaxWidth: 16,
      },
    ],
  };
}

/** ratingsOption shows how often each rating was given, the best first. */
export function ratingsOption(total: Figures): EChartsCoreOption {
  const colors = ["--idle", "--idle", "--action", "--pause", "--alarm"].map(color);
  return {
    ...common(),
    grid: { left: 8, right: 16, top: 24, bottom: 4, outerBoundsMode: "same" },
    xAxis: { type: "category", data: [5, 4, 3, 2, 1].map((n) => t(`stats.level.${n as 1}`)), ...axisOf() },
    yAxis: { type: "value", minInterval: 1, ...axisOf() },
    series: [
      {
        type: "bar",
        name: t("stats.rated"),
        barMaxWidth: 44,
        label: { show: true, position: "top", color: color("--ink-2") },
        data: [...total.ratings.levels]
          .reverse()
          .map((value, i) => ({ value, itemStyle: { color: colors[i], borderRadius: [3, 3, 0, 0] } })),
      },
    ],
  };
}

/** heatOption shows when people came, by weekday and hour. */
export function heatOption(heat: number[][]): EChartsCoreOption {
  const [from, to] = busyHours(heat);
  const cells = heat.flatMap((hours, day) =>
    hours.slice(from, to).map((n, i) => [i, day, n] as [number, number, number]),
  );
  const most = Math.max(1, ...cells.map(([, , n]) => n));
  const labels = cells.map((value) => ({
    value,
    label: { color: value[2] > most / 2 ? color("--on-action") : color("--ink-2") },
  }));
  return {
    ...common(),
    tooltip: { confine: true, formatter: undefined },
    grid: { left: 8, right: 8, top: 4, bottom: 4, outerBoundsMode: "same" },
    xAxis: {
      type: "category",
      data: Array.from({ length: to - from }, (_, i) => t("stats.hour", { h: from + i })),
      ...axisOf(),
      splitLine: { show: false },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: [1, 2, 3, 4, 5, 6, 7].map((n) => t(`stats.weekday.${n as 1}`)),
      ...axisOf(),
      splitLine: { show: false },
    },
    visualMap: {
      show: false,
      min: 0,
      max: most,
      inRange: { color: [color("--action-soft"), color("--action")] },
    },
    series: [
      {
        type: "heatmap",
        name: t("stats.taken"),
        data: labels,
        label: { show: true },
        itemStyle: { borderColor: color("--panel"), borderWidth: 2 },
      },
    ],
  };
}
