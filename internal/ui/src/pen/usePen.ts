import { onMounted, onUnmounted, type Ref, ref } from "vue";
import { LEAST, type Point, penWidth, pressureOf, Strokes } from "./strokes";

/** LEAST_FIELD is the smallest side of a field to sign in, in pixels: one that isn't laid out yet has none. */
const LEAST_FIELD = 40;

/** Options of a field to sign in. */
export interface PenOptions {
  /** busy tells that what was drawn is on its way: nothing is added to it. */
  busy?: () => boolean;
  /** share is how much of the field's width the pen's way has at least; without it, more than a dot is enough. */
  share?: number;
  /** bold makes the line so many times as thick: a finger on a large screen covers a thin one. */
  bold?: number;
}

/**
 * usePen lets somebody write on a canvas with a finger or a pen: what she draws
 * appears there and is kept as strokes. A field whose size changes is empty
 * again, because what was drawn doesn't fit it any more.
 */
export function usePen(field: Ref<HTMLCanvasElement | null | undefined>, options: PenOptions = {}) {
  const enough = ref(false);
  const empty = ref(true);
  let strokes = new Strokes(1, 1);
  let pen: number | undefined;
  let watcher: ResizeObserver | undefined;

  /** clear makes the field empty, in the size that it has on the screen. */
  function clear() {
    const el = field.value;
    if (!el) return;
    const { width, height } = el.getBoundingClientRect();
    const ratio = globalThis.devicePixelRatio || 1;
    el.width = Math.round(width * ratio);
    el.height = Math.round(height * ratio);
    el.getContext("2d")?.scale(ratio, ratio);
    const wide = Math.max(LEAST_FIELD, Math.round(width));
    const least = options.share === undefined ? LEAST : options.share * wide;
    strokes = new Strokes(wide, Math.max(LEAST_FIELD, Math.round(height)), least);
    pen = undefined;
    note();
  }

  function note() {
    enough.value = strokes.enough;
    empty.value = strokes.empty;
  }

  function down(event: PointerEvent) {
    if (pen !== undefined || options.busy?.()) return;
    pen = event.pointerId;
    field.value?.setPointerCapture?.(event.pointerId);
    const at = place(event);
    strokes.down(at.x, at.y, event.timeStamp, pressureOf(event));
    note();
  }

  function move(event: PointerEvent) {
    if (event.pointerId !== pen) return;
    const ink = field.value?.getContext("2d");
    const all = event.getCoalescedEvents?.() ?? [];
    for (const e of all.length > 0 ? all : [event]) {
      const at = place(e);
      const line = strokes.move(at.x, at.y, e.timeStamp, pressureOf(e));
      if (line && ink) draw(ink, line, options.bold);
    }
    note();
  }

  function up(event: PointerEvent) {
    if (event.pointerId === pen) pen = undefined;
  }

  function place(event: PointerEvent) {
    const { left, top } = field.value?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  }

  onMounted(() => {
    clear();
    if (typeof ResizeObserver === "undefined" || !field.value) return;
    let first = true;
    watcher = new ResizeObserver(() => {
      if (!first) clear();
      first = false;
    });
    watcher.observe(field.value);
  });
  onUnmounted(() => watcher?.disconnect());

  return {
    enough,
    empty,
    clear,
    down,
    move,
    up,
    /** strokes are what was drawn so far. */
    strokes: () => strokes,
  };
}

/** draw draws a part of a stroke. */
function draw(ink: CanvasRenderingContext2D, [from, to]: [Point, Point], bold = 1) {
  ink.lineCap = "round";
  ink.lineJoin = "round";
  ink.strokeStyle = "#000";
  ink.lineWidth = penWidth(to.pressure) * bold;
  ink.beginPath();
  ink.moveTo(from.x, from.y);
  ink.lineTo(to.x, to.y);
  ink.stroke();
}

/** picture draws strokes on white paper, wide pixels across, as a PNG; undefined where the browser can't. */
export function picture(strokes: Strokes, wide: number, bold?: number): Promise<Blob | undefined> {
  const paper = document.createElement("canvas");
  const scale = wide / strokes.width;
  paper.width = wide;
  paper.height = Math.round(strokes.height * scale);
  const ink = paper.getContext("2d");
  if (!ink) return Promise.resolve(undefined);
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, paper.width, paper.height);
  ink.scale(scale, scale);
  for (const line of strokes.lines()) draw(ink, line, bold);
  return new Promise((done) => paper.toBlob((blob) => done(blob ?? undefined), "image/png"));
}
