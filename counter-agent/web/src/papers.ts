import type { PaperPage, PaperPoint, Papers, UploadView } from "@smarthall/ui";

/** PaperPress is what a key asks for while the materials are open. */
export type PaperPress =
  | { do: "capture" | "scan" | "feed" | "phone" | "edit" | "delete" | "finish" | "close" }
  | { turn: number }
  | { select: number }
  | { move: number }
  | { look: "colour" | "grey" | "black" };

const plain: Record<string, PaperPress> = {
  F11: { do: "capture" },
  F12: { do: "scan" },
  Escape: { do: "close" },
};
const single: Record<string, PaperPress> = {
  ArrowUp: { select: -1 },
  ArrowLeft: { select: -1 },
  ArrowDown: { select: 1 },
  ArrowRight: { select: 1 },
  f: { do: "feed" },
  t: { do: "phone" },
  e: { do: "edit" },
  Enter: { do: "edit" },
  Delete: { do: "delete" },
  r: { turn: 90 },
  l: { turn: -90 },
  c: { look: "colour" },
  g: { look: "grey" },
  k: { look: "black" },
};

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">;

/**
 * paperPress reads a key. While the clerk types only function keys, Escape and
 * Ctrl+Enter count; the desk's own keys stay the desk's.
 */
export function paperPress(event: Keys, typing: boolean): PaperPress | undefined {
  if (event.altKey || event.metaKey) return undefined;
  if (event.ctrlKey) return event.key === "Enter" ? { do: "finish" } : undefined;
  const always = plain[event.key];
  if (always) return always;
  if (typing) return undefined;
  if (event.shiftKey && event.key === "ArrowUp") return { move: -1 };
  if (event.shiftKey && event.key === "ArrowDown") return { move: 1 };
  return single[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}

/** moved is the order of pages with one at another place; undefined if that changes nothing. */
export function moved(ids: string[], id: string, to: number): string[] | undefined {
  const from = ids.indexOf(id);
  const place = Math.min(ids.length - 1, Math.max(0, to));
  if (from < 0 || from === place) return undefined;
  const next = ids.filter((x) => x !== id);
  next.splice(place, 0, id);
  return next;
}

/** PAPERS are what a page may be on; auto is what it looks like. */
export const PAPERS = ["auto", "A4", "A3"] as const;
export type Paper = (typeof PAPERS)[number];

/** EDGES are a page's, as it is shown. */
export const EDGES = ["top", "right", "bottom", "left"] as const;
/** Edges are how many hundredths of the page each edge loses. */
export type Edges = Record<(typeof EDGES)[number], number>;

/** MOST_TRIM leaves a tenth of the page between two edges. */
export const MOST_TRIM = 45;

/** cropOf is the part of a page that is left between its edges. */
export function cropOf({ top, right, bottom, left }: Edges) {
  return {
    x: left / 100,
    y: top / 100,
    width: (100 - left - right) / 100,
    height: (100 - top - bottom) / 100,
  };
}

/** edgesOf are what a page's edges have lost. */
export function edgesOf(page: PaperPage): Edges {
  const { x, y, width, height } = page.crop ?? { x: 0, y: 0, width: 1, height: 1 };
  const share = (n: number) => Math.min(MOST_TRIM, Math.max(0, Math.round(n * 100)));
  return { top: share(y), right: share(1 - x - width), bottom: share(1 - y - height), left: share(x) };
}

/** cornerAt is a corner moved to x, y, kept inside of the picture. */
export function cornerAt(corners: PaperPoint[], i: number, x: number, y: number): PaperPoint[] {
  const inside = (n: number) => Math.min(1, Math.max(0, n));
  return corners.map((c, at) => (at === i ? { x: inside(x), y: inside(y) } : c));
}

/** cornersOf are a page's corners, those of the whole picture if it has none. */
export function cornersOf(page: PaperPage | undefined): PaperPoint[] {
  if (page?.corners?.length === 4) return page.corners;
  return [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0, y: 1 },
  ];
}

/** uploadsOf are a visit's documents on their way; those that arrived are the hall's. */
export function uploadsOf(uploads: UploadView[], ticket: string | undefined): UploadView[] {
  return uploads.filter((u) => u.ticket === ticket && u.state !== "stored");
}

/** percent is how much of an upload is done, 0 to 100. */
export function percent(u: UploadView): number {
  return u.size > 0 ? Math.floor((u.sent / u.size) * 100) : 0;
}

/** beside is the page to select when one goes: its successor, else the one before. */
export function beside(papers: Papers | undefined, id: string | undefined): string | undefined {
  const pages = papers?.pages ?? [];
  const at = pages.findIndex((p) => p.id === id);
  return (pages[at + 1] ?? pages[at - 1])?.id;
}
