import { type Ref, ref, shallowRef } from "vue";
import { wordsOf } from "../../api";

/** List is a list that comes page by page. */
export interface List<T> {
  rows: Ref<T[]>;
  busy: Ref<boolean>;
  /** failure is why it didn't come, for the reader. */
  failure: Ref<string>;
  /** more tells whether there is another page. */
  more: Ref<boolean>;
  /** again asks for it from the beginning, as after a change or with another filter. */
  again: () => Promise<void>;
  /** next adds the next page. */
  next: () => Promise<void>;
}

/**
 * useList keeps a list: page asks for up to size rows after the last one that
 * is there. Where the platform gives a whole list at once, size is left out.
 * Of two answers to two filters only that of the latter is shown.
 */
export function useList<T>(
  page: (last: T | undefined) => Promise<T[]>,
  size = Number.POSITIVE_INFINITY,
): List<T> {
  const rows = shallowRef<T[]>([]);
  const busy = ref(false);
  const failure = ref("");
  const more = ref(false);
  let turn = 0;

  async function fetch(from: T[]) {
    const mine = ++turn;
    busy.value = true;
    failure.value = "";
    try {
      const got = await page(from[from.length - 1]);
      if (mine !== turn) return;
      rows.value = [...from, ...got];
      more.value = got.length >= size;
    } catch (err) {
      if (mine === turn) failure.value = wordsOf(err);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  return { rows, busy, failure, more, again: () => fetch([]), next: () => fetch(rows.value) };
}
