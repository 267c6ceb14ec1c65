import { onBeforeUnmount, onMounted } from "vue";
import type { Keys } from "./walker";

/** A press that moves no further than this is a tap, in pixels; DRAG is the turn of one pixel, in radians. */
const TAP = 12;
const DRAG = 0.005;

/** ARROWS are the keys one walks by, on the keyboard and on the screen. */
export const ARROWS = {
  ArrowUp: { ahead: 1, turn: 0 },
  ArrowDown: { ahead: -1, turn: 0 },
  ArrowLeft: { ahead: 0, turn: -1 },
  ArrowRight: { ahead: 0, turn: 1 },
} as const;

/** Walked is what hands move. */
export interface Walked {
  keys: Keys;
  stop(): void;
  look(turn: number, pitch: number): void;
  tap(x: number, y: number): void;
}

/** useHands turns touches of the picture and keys into steps and looks. */
export function useHands(walk: Walked) {
  let press: { x: number; y: number; id: number; moved: boolean } | undefined;

  function down(event: PointerEvent) {
    press = { x: event.clientX, y: event.clientY, id: event.pointerId, moved: false };
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  }

  function move(event: PointerEvent) {
    if (!press || event.pointerId !== press.id) return;
    const [dx, dy] = [event.clientX - press.x, event.clientY - press.y];
    if (!press.moved && Math.hypot(dx, dy) < TAP) return;
    walk.look(-dx * DRAG, dy * DRAG);
    press = { ...press, x: event.clientX, y: event.clientY, moved: true };
  }

  function up(event: PointerEvent) {
    if (press && !press.moved) {
      const box = (event.currentTarget as Element).getBoundingClientRect();
      walk.tap(event.clientX - box.left, event.clientY - box.top);
    }
    cancel();
  }

  function cancel() {
    press = undefined;
  }

  function hold(by: Keys) {
    walk.stop();
    if (by.ahead) walk.keys.ahead = by.ahead;
    if (by.turn) walk.keys.turn = by.turn;
  }

  function release() {
    walk.keys.ahead = walk.keys.turn = 0;
  }

  function key(event: KeyboardEvent) {
    const name = Object.keys(ARROWS).find((arrow) => arrow === event.key) as keyof typeof ARROWS | undefined;
    if (!name) return;
    const by = ARROWS[name];
    event.preventDefault();
    if (event.type === "keydown") return hold(by);
    if (by.ahead) walk.keys.ahead = 0;
    if (by.turn) walk.keys.turn = 0;
  }

  onMounted(() => {
    window.addEventListener("keydown", key);
    window.addEventListener("keyup", key);
    window.addEventListener("blur", release);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", key);
    window.removeEventListener("keyup", key);
    window.removeEventListener("blur", release);
  });

  return { down, move, up, cancel, hold, release };
}
