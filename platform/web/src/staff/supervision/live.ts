import { onBeforeUnmount, onMounted, type Ref, ref, shallowRef } from "vue";
import { wordsOf } from "../../api";

/** How often what is shown is asked for anew, in milliseconds. */
const EVERY = 15_000;

/** useLive asks again and again while the page is shown and looked at. */
export function useLive(look: () => Promise<unknown>): void {
  let timer: number | undefined;
  let busy = false;
  async function tick() {
    if (busy || document.hidden) return;
    busy = true;
    await look().finally(() => {
      busy = false;
    });
  }
  onMounted(() => {
    timer = window.setInterval(() => void tick(), EVERY);
    document.addEventListener("visibilitychange", tick);
  });
  onBeforeUnmount(() => {
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  });
}

/** Part is one page of a list; next begins the one after it, empty if there is none. */
export interface Part<T> {
  rows: T[];
  next: string;
}

/** The most rows that the platform gives at once. */
const MOST = 100;

/** LiveList is a list that comes page by page and stays fresh. */
export interface LiveList<T> {
  rows: Ref<T[]>;
  busy: Ref<boolean>;
  failure: Ref<string>;
  more: Ref<boolean>;
  again: () => Promise<void>;
  next: () => Promise<void>;
}

/**
 * useLiveList keeps a list fresh without losing one's place: as many rows as
 * are shown are asked for anew, quietly, and stand where they stood.
 */
export function useLiveList<T>(
  page: (after: string, limit: number) => Promise<Part<T>>,
  size: number,
): LiveList<T> {
  const rows = shallowRef<T[]>([]);
  const busy = ref(false);
  const failure = ref("");
  const more = ref(false);
  let mark = "";
  let turn = 0;

  async function fetch(quiet: boolean, from: T[], after: string, wanted: number) {
    const mine = ++turn;
    if (!quiet) busy.value = true;
    try {
      let got: T[] = from;
      let at = after;
      do {
        const part = await page(at, Math.min(MOST, wanted - got.length));
        if (mine !== turn) return;
        got = [...got, ...part.rows];
        at = part.next;
      } while (at && got.length < wanted);
      rows.value = got;
      mark = at;
      more.value = at !== "";
      failure.value = "";
    } catch (err) {
      if (mine === turn) failure.value = wordsOf(err);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  useLive(async () => {
    if (!busy.value) await fetch(true, [], "", Math.max(size, rows.value.length));
  });
  return {
    rows,
    busy,
    failure,
    more,
    again: () => fetch(false, [], "", size),
    next: () => fetch(false, rows.value, mark, rows.value.length + size),
  };
}
