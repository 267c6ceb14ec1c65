import { onBeforeUnmount, onMounted } from "vue";

/** What is open and closes by Escape, the topmost last. */
const layers: (() => void)[] = [];

/**
 * useEscape makes Escape call close while the component is mounted, whatever in
 * the page has the focus. One press closes one thing: of several components the
 * one that came last; a list that is open at the focus closes before any; and
 * nobody else hears of that press. Escape that ends the writing of a Hanzi
 * closes nothing.
 */
export function useEscape(close: () => void): void {
  onMounted(() => {
    if (layers.push(close) === 1) window.addEventListener("keydown", closeTopmost, true);
  });
  onBeforeUnmount(() => {
    layers.splice(layers.indexOf(close), 1);
    if (layers.length === 0) window.removeEventListener("keydown", closeTopmost, true);
  });
}

function closeTopmost(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.isComposing || listOpen(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) layers.at(-1)?.();
}

/**
 * passEscape lets Escape out of a select whose list is closed: Element Plus
 * keeps the key even then, and what the select stands in wouldn't close.
 */
export function passEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.isComposing || listOpen(event.target)) return;
  const around = (event.target as Element).closest?.(".el-select")?.parentElement;
  if (!around) return;
  event.stopImmediatePropagation();
  const { key, code, repeat } = event;
  const again = new KeyboardEvent("keydown", { key, code, repeat, bubbles: true, cancelable: true });
  if (!around.dispatchEvent(again)) event.preventDefault();
}

/** listOpen tells whether a field's list of choices is open. */
export function listOpen(field: EventTarget | null): boolean {
  return !!(field as Element | null)?.closest?.('[role="combobox"][aria-expanded="true"][aria-haspopup]');
}
