import { reactive } from "vue";
import { ask } from "../session";

const known = reactive(new Map<string, string>());
const asked = new Set<string>();

/** nameOf is what a published item is called; its id until that is known, or if there is none. */
export function nameOf(id: string): string {
  return known.get(id) ?? id;
}

/** learn takes names that came with something else. */
export function learn(items: { id: string; name: string }[]): void {
  for (const item of items) known.set(item.id, item.name);
}

/** look asks for the names that aren't known yet, each once. */
export function look(ids: string[]): void {
  for (const id of ids) {
    if (known.has(id) || asked.has(id)) continue;
    asked.add(id);
    ask<{ name: string }>("GET", `/items/${encodeURIComponent(id)}/kiosk`).then(
      (item) => known.set(id, item.name),
      () => {}, // an item that isn't published yet: its id is what there is
    );
  }
}
