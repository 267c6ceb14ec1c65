import { named } from "../i18n";
import type { AreaView, FloorView, PlaceView, Point } from "../link.gen";
import type { Tone } from "../states";
import { arrange, broken, type Named, name, type Placed, type Side, type Wanted } from "./labels";
import { labelOf } from "./places";
import { type Bounds, boundsOf, frontOf, inside, middleOf } from "./shapes";

/** Mark is what a plan shows of a place besides its name, such as a window's state. */
export interface Mark {
  /** tone is its colour, word says the same, shape is drawn for it; the tone's own by default. */
  tone: Tone;
  word?: string;
  shape?: string;
  /** number stands in the mark instead of the sign's. */
  number?: string;
  /** lines are small texts beside it, the first the most important. */
  lines?: string[];
}

/** Setting is what a floor is drawn with. Lengths are pixels. */
export interface Setting {
  width: number;
  height: number;
  /** em is the size of letters. */
  em: number;
  marks?: Record<string, Mark>;
  here?: string;
  highlight?: string[];
  /** route is a way that texts keep clear of. */
  route?: Point[][];
  /** hereText labels the place where the reader is. */
  hereText?: string;
}

/** DrawnArea is an outline on the screen. */
export interface DrawnArea {
  area: AreaView;
  points: string;
  /** hue is which of the soft colours a zone has. */
  hue: number;
}

/** DrawnPlace is a mark on the screen. */
export interface DrawnPlace {
  place: PlaceView;
  mark?: Mark;
  /** x and y are the mark's middle; it is width by height. */
  x: number;
  y: number;
  width: number;
  height: number;
  box: Bounds;
  here: boolean;
  highlight: boolean;
}

/** Drawn is a floor on the screen. */
export interface Drawn {
  /** scale is how many pixels a metre has; left and top are where the floor begins. */
  scale: number;
  left: number;
  top: number;
  width: number;
  height: number;
  areas: DrawnArea[];
  names: (Placed & { kind: string })[];
  places: DrawnPlace[];
  labels: (Placed & { here: boolean; highlight: boolean; tone?: Tone })[];
}

/** HUES is how many soft colours zones take turns in. */
export const HUES = 5;
/** MARGIN is kept clear around a floor, in letters. */
const MARGIN = 0.4;

/**
 * layout fits a floor into a box and finds room for its marks and texts: first
 * where the reader is and what is highlighted, then windows, zones, the rest.
 */
export function layout(floor: FloorView, s: Setting): Drawn {
  const margin = MARGIN * s.em;
  const scale = Math.max(
    0.01,
    Math.min((s.width - 2 * margin) / floor.width, (s.height - 2 * margin) / floor.depth),
  );
  const [width, height] = [floor.width * scale, floor.depth * scale];
  const [left, top] = [(s.width - width) / 2, (s.height - height) / 2];
  const toScreen = (p: Point) => ({ x: left + p.x * scale, y: top + p.y * scale });
  const areas = (floor.areas ?? []).map((area, i) => ({
    area,
    hue: i % HUES,
    points: (area.shape ?? [])
      .map(toScreen)
      .map((p) => `${round(p.x)},${round(p.y)}`)
      .join(" "),
  }));
  const places = drawnPlaces(floor, s, scale, toScreen);
  const room = { left: 0, top: 0, right: s.width, bottom: s.height };
  const taken = [...places.map((p) => p.box), ...beads(s, toScreen)];

  const order = [...places].sort((a, b) => rank(b) - rank(a));
  const first = order.filter((p) => rank(p) > 0);
  const labels = arrange(
    first.map((p) => wanted(p, s)),
    taken,
    room,
  );
  const names = namesOf(floor, s, toScreen, [...taken, ...labels.map((l) => l.box)]);
  const more = arrange(
    order.filter((p) => rank(p) === 0).map((p) => wanted(p, s)),
    [...taken, ...labels.map((l) => l.box), ...names.map((n) => n.box)],
    room,
  );
  const byId = new Map(places.map((p) => [p.place.id, p]));
  return {
    ...{ scale, left, top, width, height, areas, names, places },
    labels: [...labels, ...more].map((label) => {
      const p = byId.get(label.id);
      return { ...label, here: !!p?.here, highlight: !!p?.highlight, tone: p?.mark?.tone };
    }),
  };
}

const round = (x: number) => Math.round(x * 10) / 10;

/** rank is how important it is that a place's text can be read. */
function rank(p: DrawnPlace): number {
  if (p.here) return 3;
  if (p.highlight) return 2;
  return p.mark || p.place.kind === "window" ? 1 : 0;
}

function drawnPlaces(
  floor: FloorView,
  s: Setting,
  scale: number,
  toScreen: (p: Point) => Point,
): DrawnPlace[] {
  const places = floor.places ?? [];
  const tile = tileOf(places, s.em, scale);
  return places.map((place) => {
    const mark = s.marks?.[place.id];
    const window = place.kind === "window";
    const height = window ? tile : Math.min(1.5 * s.em, tile);
    const digits = [...(mark?.number ?? place.number ?? "")].length;
    const width = window ? Math.max(height, (digits * 0.62 + (mark ? 1.35 : 0.4)) * height * 0.62) : height;
    const at = toScreen(place);
    const front = frontOf(place.turn);
    // A window's tile stands on its counter, its front edge where people stand.
    const x = at.x - (window ? front.x * (width / 2) : 0);
    const y = at.y - (window ? front.y * (height / 2) : 0);
    return {
      ...{ place, mark, x, y, width, height },
      box: { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 },
      here: place.id === s.here,
      highlight: s.highlight?.includes(place.id) ?? false,
    };
  });
}

/** beads are small boxes along the way, so that no text covers it. */
function beads(s: Setting, toScreen: (p: Point) => Point): Bounds[] {
  const out: Bounds[] = [];
  const r = 0.35 * s.em;
  for (const stretch of s.route ?? []) {
    const points = stretch.map(toScreen);
    for (const [i, b] of points.entries()) {
      const a = points[i - 1] ?? b;
      const n = Math.min(500, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / s.em));
      for (let k = 0; k <= n; k++) {
        const [x, y] = [a.x + ((b.x - a.x) * k) / Math.max(1, n), a.y + ((b.y - a.y) * k) / Math.max(1, n)];
        out.push({ left: x - r, top: y - r, right: x + r, bottom: y + r });
      }
    }
  }
  return out;
}

/** tileOf is the size of a window's tile: large, but not so that neighbours touch. */
function tileOf(places: PlaceView[], em: number, scale: number): number {
  let nearest = Infinity;
  const windows = places.filter((p) => p.kind === "window");
  // Halls have dozens of windows; a drawing with very many is for a machine.
  for (const [i, a] of windows.slice(0, 300).entries())
    for (const b of windows.slice(i + 1, 300)) nearest = Math.min(nearest, Math.hypot(a.x - b.x, a.y - b.y));
  return Math.max(0.8 * em, Math.min(2.1 * em, nearest * scale * 0.62));
}

function wanted(p: DrawnPlace, s: Setting): Wanted {
  const own = p.here ? (s.hereText ?? "") : labelOf(p.place);
  const marked = p.mark ? [p.mark.word ?? "", ...(p.mark.lines ?? [])].filter(Boolean) : [];
  const front = frontOf(p.place.turn);
  const facing: Side =
    Math.abs(front.x) > Math.abs(front.y)
      ? front.x > 0
        ? "right"
        : "left"
      : front.y > 0
        ? "below"
        : "above";
  const sides: Side[] = p.place.kind === "window" ? [facing] : ["right", "left", "below", "above"];
  for (const side of ["right", "left", "below", "above"] as const)
    if (!sides.includes(side)) sides.push(side);
  const size = p.here || p.highlight ? s.em : 0.82 * s.em;
  return {
    id: p.place.id,
    lines: [own, ...marked].filter(Boolean),
    mark: p.box,
    sides,
    size,
    most: (p.here ? 12 : 5.2) * s.em,
  };
}

/** namesOf finds room for the names of zones and rooms, the largest outlines first. */
function namesOf(
  floor: FloorView,
  s: Setting,
  toScreen: (p: Point) => Point,
  taken: Bounds[],
): (Placed & { kind: string })[] {
  const out: (Placed & { kind: string })[] = [];
  const full = [...taken];
  for (const { kind, shape } of floor.areas ?? [])
    if (kind === "counter" || kind === "wall") full.push(boundsOf((shape ?? []).map(toScreen)));
  for (const area of floor.areas ?? []) {
    const shape = (area.shape ?? []).map(toScreen);
    if (!area.name || shape.length < 3) continue;
    const bounds = boundsOf(shape);
    const zone = area.kind === "zone";
    const holds = (b: Bounds) =>
      [b.left, b.right].every((x) => [b.top, b.bottom].every((y) => inside({ x, y }, shape)));
    const text = named(area.name);
    const one: Named = {
      id: area.id,
      text,
      middle: middleOf(shape),
      bounds,
      holds,
      size: (zone ? 1.1 : 0.82) * s.em,
    };
    const placed =
      name(one, full) ?? name({ ...one, size: 0.7 * s.em, text: broken(text, 12)[0] ?? "" }, full);
    if (!placed) continue;
    full.push(placed.box);
    out.push({ ...placed, kind: area.kind });
  }
  return out;
}
