import type { BlockSet, BlockStyle, LayoutBlock, LayoutView } from "@smarthall/ui";
import { t } from "./text";

/** The kinds of blocks, in the order of the palette. */
export const KINDS = [
  "hero",
  "calls",
  "queue",
  "plate",
  "state",
  "clock",
  "notices",
  "feed",
  "text",
  "picture",
  "video",
  "qr",
  "plan",
] as const;
export type Kind = (typeof KINDS)[number];

/** The size of a new block as parts of the stage, and what it begins with. */
const BEGIN: Record<Kind, { w: number; h: number; set?: BlockSet; style?: BlockStyle }> = {
  hero: { w: 0.6, h: 0.34, style: { tone: "accent" } },
  calls: { w: 0.6, h: 0.4, set: { count: 5, skip: 1 } },
  queue: { w: 0.34, h: 0.7, set: { count: 6 }, style: { tone: "panel" } },
  plate: { w: 0.5, h: 0.16, style: { align: "center", tone: "panel" } },
  state: { w: 0.5, h: 0.5 },
  clock: { w: 0.18, h: 0.08, style: { align: "right" } },
  notices: { w: 1, h: 0.08, style: { tone: "panel" } },
  feed: { w: 0.3, h: 0.08, set: { feed: "weather", format: "line" } },
  text: { w: 0.4, h: 0.1 },
  picture: { w: 0.3, h: 0.3, set: { fit: "contain" } },
  video: { w: 0.4, h: 0.4, set: { fit: "cover" } },
  qr: { w: 0.14, h: 0.28 },
  plan: { w: 0.5, h: 0.5, style: { tone: "panel" } },
};

/** newBlock is a block of a kind with its left upper corner near a point, or in the middle. */
export function newBlock(
  kind: Kind,
  id: string,
  layout: LayoutView,
  at?: { x: number; y: number },
): LayoutBlock {
  const begin = BEGIN[kind];
  const round = (n: number) => Math.round(n / 10) * 10;
  const w = Math.max(20, Math.min(layout.width, round(begin.w * layout.width)));
  const h = Math.max(20, Math.min(layout.height, round(begin.h * layout.height)));
  const x = round((at?.x ?? (layout.width - w) / 2) - (at ? w / 2 : 0));
  const y = round((at?.y ?? (layout.height - h) / 2) - (at ? h / 2 : 0));
  const set: BlockSet = { ...begin.set };
  if (kind === "text") set.text = t("new.text");
  if (kind === "qr") set.text = "https://";
  return {
    id,
    kind,
    x: Math.max(0, Math.min(x, layout.width - w)),
    y: Math.max(0, Math.min(y, layout.height - h)),
    w,
    h,
    set,
    style: { ...begin.style },
  };
}

/** TEMPLATES are what a new layout may begin with. */
export const TEMPLATES = ["waiting", "double", "portrait", "strip", "empty"] as const;
export type Template = (typeof TEMPLATES)[number];

type Part = [kind: Kind, x: number, y: number, w: number, h: number, set?: BlockSet, style?: BlockStyle];

/** fromTemplate is a new layout. */
export function fromTemplate(template: Template): LayoutView {
  const layout: LayoutView = {
    id: "",
    name: t(`template.${template}`),
    kind: "screen",
    width: 1920,
    height: 1080,
    theme: "dark",
  };
  if (template === "strip") return strip(layout);
  if (template === "portrait") Object.assign(layout, { width: 1080, height: 1920, theme: "light" });
  layout.blocks = parts(template).map(([kind, x, y, w, h, set, style], i) => ({
    id: `b${i + 1}`,
    kind,
    x,
    y,
    w,
    h,
    set: set ?? {},
    style: style ?? {},
  }));
  return layout;
}

function parts(template: Template): Part[] {
  const hall = "{hall}";
  switch (template) {
    case "waiting":
      return [
        ["text", 40, 10, 900, 90, { text: hall }, { size: "m" }],
        ["clock", 1300, 10, 580, 90, { format: "both" }, { align: "right" }],
        ["hero", 40, 110, 1220, 330, {}, { tone: "accent" }],
        ["calls", 40, 460, 1220, 510, { count: 5, skip: 1 }],
        ["queue", 1290, 110, 590, 860, { title: t("template.queue") }, { tone: "panel" }],
        ["notices", 0, 990, 1920, 90, {}, { tone: "panel" }],
      ];
    case "double":
      return [
        ["plate", 0, 0, 950, 170, { window: 1 }, { tone: "panel", align: "center" }],
        ["state", 0, 180, 950, 780, { window: 1 }],
        ["plate", 970, 0, 950, 170, { window: 2 }, { tone: "panel", align: "center" }],
        ["state", 970, 180, 950, 780, { window: 2 }],
        ["text", 40, 980, 1200, 90, { text: hall }, { size: "s" }],
        ["clock", 1500, 980, 380, 90, { format: "time" }, { align: "right" }],
      ];
    case "portrait":
      return [
        ["text", 40, 30, 1000, 120, { text: hall }, { align: "center" }],
        ["clock", 40, 150, 1000, 70, { format: "both" }, { align: "center" }],
        ["hero", 40, 240, 1000, 420, {}, { tone: "accent" }],
        ["queue", 40, 690, 1000, 600, { count: 6, title: t("template.queue") }, { tone: "panel" }],
        ["plan", 40, 1320, 1000, 460, {}, { tone: "panel" }],
        ["notices", 0, 1810, 1080, 110, {}, { tone: "panel" }],
      ];
    default:
      return [];
  }
}

function strip(layout: LayoutView): LayoutView {
  const texts = (key: "called" | "serving" | "idle" | "paused" | "closed", ...seconds: number[]) =>
    t(`strip.begin.${key}`)
      .split("|")
      .map((text, i) => ({ text, seconds: seconds[i] ?? 4 }));
  return {
    id: "",
    name: layout.name,
    kind: "strip",
    width: 64,
    height: 16,
    strip: {
      called: texts("called", 3, 4),
      serving: texts("serving"),
      idle: texts("idle", 4, 4),
      paused: texts("paused"),
      closed: texts("closed"),
    },
  };
}
