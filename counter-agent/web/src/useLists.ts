import type { TicketView } from "@smarthall/ui";
import { computed, ref, watch } from "vue";
import { type Tab, tabs } from "./actions";
import type { TheDesk } from "./useDesk";

/**
 * useLists keeps which list the clerk looks at and which ticket is marked, by
 * id, so that it stays marked when the list moves.
 */
export function useLists(d: TheDesk) {
  const tab = ref<Tab>("waiting");
  const id = ref<string>();
  const lists = computed(() => ({
    waiting: d.queue.value?.waiting ?? [],
    missed: d.queue.value?.missed ?? [],
    parked: d.queue.value?.parked ?? [],
  }));
  const list = computed<TicketView[]>(() => lists.value[tab.value]);
  /** Of the missed and the parked the first is marked until the clerk marks another. */
  const marked = computed(
    () => list.value.find((w) => w.id === id.value) ?? (tab.value === "waiting" ? undefined : list.value[0]),
  );

  watch(list, (now) => {
    if (id.value && !now.some((w) => w.id === id.value)) id.value = undefined;
  });

  function open(next: Tab): void {
    tab.value = next;
    id.value = undefined;
  }

  function side(by: number): void {
    const at = tabs.indexOf(tab.value) + by;
    open(tabs[Math.min(tabs.length - 1, Math.max(0, at))] ?? "waiting");
  }

  function move(by: number): void {
    const all = list.value;
    if (all.length === 0) return;
    const at = all.findIndex((w) => w.id === marked.value?.id);
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    id.value = all[to]?.id;
  }

  function mark(ticket?: string): void {
    id.value = ticket;
  }

  return { tab, list, marked, open, side, move, mark };
}

/** TheLists is what useLists gives. */
export type TheLists = ReturnType<typeof useLists>;
