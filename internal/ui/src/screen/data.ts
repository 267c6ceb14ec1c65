import type {
  CallView,
  FeedView,
  HallView,
  LayoutBlock,
  LayoutView,
  ServiceView,
  WindowView,
} from "../link.gen";
import { uses } from "./channels";

/** ScreenData is what the blocks of a layout are bound to. */
export interface ScreenData {
  hall: HallView;
  services: ServiceView[];
  windows: WindowView[];
  calls: CallView[];
  feeds: FeedView[];
  /** zone is the screen's own; empty is the whole hall. */
  zone: string;
  /** below are the windows that the screen hangs above, in their order. */
  below: WindowView[];
  /** glow has the ids of calls that have just come. */
  glow: ReadonlySet<string>;
  /** now is the hall's clock, in milliseconds. */
  now: number;
  /** file and code are the addresses of a file and of a QR code's picture. */
  file(id: string): string;
  code(text: string): string;
}

/** zoneOf is the zone that a block is limited to. */
export function zoneOf(block: LayoutBlock, data: Pick<ScreenData, "zone">): string {
  return block.set.zone || data.zone;
}

/** windowOf is the window that a block tells of, if there is one. */
export function windowOf(block: LayoutBlock, data: ScreenData): WindowView | undefined {
  return data.below[Math.max(0, (block.set.window ?? 0) - 1)];
}

/** SCALES multiply the size that a block takes by itself. */
const SCALES = { s: 0.7, m: 1, l: 1.2, xl: 1.45 } as const;

/** scaleOf is a block's own. */
export function scaleOf(block: LayoutBlock): number {
  return SCALES[block.style.size ?? "m"];
}

/**
 * unit is the pixels of a block's unit when it is designed as so many units wide
 * and high: the text fills its box whatever its shape.
 */
export function unit(block: LayoutBlock, wide: number, high: number): number {
  return Math.min(block.w / wide, block.h / high) * scaleOf(block);
}

/** wideOf estimates the width of a line in ems: Chinese characters take one, others little more than a half. */
export function wideOf(line: string): number {
  let ems = 0;
  for (const c of line) ems += c.charCodeAt(0) > 0x2e7f ? 1 : 0.58;
  return ems;
}

/** fit is the size in pixels at which lines fill a box of w by h pixels. */
export function fit(lines: string[], w: number, h: number, lineHeight = 1.35): number {
  const widest = Math.max(1, ...lines.map(wideOf));
  return Math.min(w / widest, h / (Math.max(1, lines.length) * lineHeight));
}

/** shows tells whether a call can be seen in a layout, on a screen of a zone above certain windows. */
export function shows(
  layout: LayoutView,
  call: CallView,
  screen: { channel: "board" | "window"; zone: string; below: WindowView[] },
): boolean {
  return (layout.blocks ?? []).some((block) => {
    if (block.kind === "hero" || block.kind === "calls") {
      const zone = zoneOf(block, screen);
      return uses(call, screen.channel) && (!zone || zone === call.zone);
    }
    if (block.kind !== "state") return false;
    const window = screen.below[Math.max(0, (block.set.window ?? 0) - 1)];
    return uses(call, screen.channel) && window?.id === call.window;
  });
}

/** fresh tells whether a feed is young enough to be shown. */
export function fresh(feed: FeedView | undefined, now: number): feed is FeedView {
  return feed !== undefined && Date.parse(feed.until) > now;
}

/** OLD is from what age on a feed says of when it is, in milliseconds. */
const OLD = 20 * 60_000;

/** aged tells whether a feed is still shown, but told a while ago. */
export function aged(feed: FeedView | undefined, now: number): feed is FeedView {
  return fresh(feed, now) && now - Date.parse(feed.at) >= OLD;
}
