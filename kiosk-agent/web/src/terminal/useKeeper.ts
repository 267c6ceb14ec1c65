import type { Values } from "@smarthall/ui/form";
import { onUnmounted, ref, shallowRef } from "vue";
import { type Case, caseAt, type Door, Refusal, wordsOf } from "./door";

/** PAUSE is how long after an input it is stored, SLOWEST how long at most until it is tried again, in ms. */
const PAUSE = 600;
const SLOWEST = 15_000;

/**
 * useKeeper stores what is filled in on the platform as it is typed. It keeps
 * nothing on this machine: what was typed here and not stored goes with its
 * person. Whoever types last is right, for she stands here.
 */
export function useKeeper(door: Door, failed: (err: unknown) => void) {
  const values = shallowRef<Values>({});
  const kept = ref(true);
  const failure = ref("");
  let id = "";
  let edition = 0;
  let dirty = false;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | undefined;

  function open(c: Case) {
    id = c.id;
    edition = c.edition;
    values.value = c.values;
    dirty = false;
    kept.value = true;
  }

  function change(next: Values) {
    values.value = next;
    dirty = true;
    kept.value = false;
    later(PAUSE);
  }

  function later(wait: number) {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), wait);
  }

  /** keep stores what isn't yet, and tells whether all is. */
  function keep(): Promise<boolean> {
    clearTimeout(timer);
    running ??= store().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function store(): Promise<boolean> {
    while (dirty) {
      dirty = false;
      try {
        const body = { values: values.value, edition };
        edition = (await door.ask<{ edition: number }>("PUT", caseAt(id, "values"), body)).edition;
        tries = 0;
      } catch (err) {
        dirty = true;
        if (!missed(err)) return false;
      }
    }
    kept.value = true;
    failure.value = "";
    return true;
  }

  /** missed tells whether to try again at once. */
  function missed(err: unknown): boolean {
    const stale =
      err instanceof Refusal && err.code === "cases.stale" ? (err.body as { edition?: number }) : undefined;
    if (stale?.edition && tries++ < 3) {
      edition = stale.edition;
      return true;
    }
    failure.value = wordsOf(err);
    if (!(err instanceof Refusal) || err.status === 0 || err.status >= 500)
      later(Math.min(SLOWEST, 1000 * 2 ** tries++));
    else failed(err);
    return false;
  }

  /** seen takes the edition that another change made. */
  function seen(c: Case) {
    edition = c.edition;
  }

  onUnmounted(() => {
    clearTimeout(timer);
    if (dirty) void keep(); // as long as the visit lasts
  });

  return { values, kept, failure, open, change, keep, seen };
}
