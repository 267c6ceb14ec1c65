import type { Values } from "@smarthall/ui/form";
import { onUnmounted, ref, shallowRef } from "vue";
import { ApiError, wordsOf } from "../api";
import { ask, type Case, caseAt, lost } from "./case";

/** PAUSE is how long after an input it is stored, SLOWEST how long at most until it is tried again, in ms. */
const PAUSE = 800;
const SLOWEST = 30_000;
/** WITHIN is how long storing may take until it is tried again, in ms. */
const WITHIN = 20_000;

/** Keeping is what became of the last input. */
export type Keeping = "kept" | "changed" | "keeping" | "waiting" | "stale" | "refused";

interface Left {
  edition: number;
  values: Values;
}

/**
 * useKeeper stores what is filled in as it is typed. While the platform can't
 * be reached, or doesn't know who is signed in, the values stay in the tab's
 * own storage, and go on from there after a sign-in; they leave with the tab.
 */
export function useKeeper() {
  const values = shallowRef<Values>({});
  const keeping = ref<Keeping>("kept");
  const keptAt = ref<Date>();
  /** theirs are the values of another device that came between. */
  const theirs = shallowRef<Values>();
  const failure = ref("");
  let id = "";
  let edition = 0;
  let dirty = false;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let going = false;
  let running: Promise<boolean> | undefined;
  /** base are the values that the platform has, as far as this page knows. */
  let base: Values = {};
  /** unanswered are those of which it isn't known whether they arrived. */
  let unanswered: Values | undefined;

  const name = () => `case.${id}`;

  /** open begins with a case, and with what this tab couldn't store before. */
  function open(c: Case) {
    id = c.id;
    edition = c.edition;
    values.value = c.values;
    base = c.values;
    dirty = false;
    theirs.value = undefined;
    keeping.value = "kept";
    const left = leftOver(name());
    if (!left || same(left.values, c.values)) {
      sessionStorage.removeItem(name());
      return;
    }
    values.value = left.values;
    dirty = true;
    if (left.edition === c.edition) void keep();
    else clash(c.edition, c.values);
  }

  function clash(theirEdition: number, theirValues: Values) {
    edition = theirEdition;
    theirs.value = theirValues;
    base = theirValues;
    keeping.value = "stale";
  }

  /** change takes an input. */
  function change(next: Values) {
    values.value = next;
    dirty = true;
    leave();
    if (keeping.value === "stale") return;
    keeping.value = "changed";
    later(PAUSE);
  }

  function leave() {
    try {
      sessionStorage.setItem(name(), JSON.stringify({ edition, values: values.value } satisfies Left));
    } catch {
      // A full or forbidden storage: the values are still on the page.
    }
  }

  function later(wait: number) {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), wait);
  }

  /** keep stores what isn't yet, and tells whether all is. */
  function keep(): Promise<boolean> {
    clearTimeout(timer);
    // going ends with the last look at dirty: what is typed after it isn't passed over.
    if (!going || !running) {
      going = true;
      running = store();
    }
    return running;
  }

  async function store(): Promise<boolean> {
    while (dirty) {
      if (keeping.value === "stale") return ended(false);
      const sent = values.value;
      dirty = false;
      keeping.value = "keeping";
      try {
        const answer = await ask<{ edition: number }>("PUT", caseAt(id, "values"), {
          body: { values: sent, edition },
          within: WITHIN,
        });
        // Another change's answer may have come before this one, and is newer.
        edition = Math.max(edition, answer.edition);
        base = sent;
        unanswered = undefined;
        tries = 0;
      } catch (err) {
        dirty = true;
        if (!(err instanceof ApiError) || err.status === 0) unanswered = sent;
        if (ownStep(err)) continue;
        missed(err);
        return ended(false);
      }
    }
    keeping.value = "kept";
    keptAt.value = new Date();
    failure.value = "";
    sessionStorage.removeItem(name());
    return ended(true);
  }

  /** ended ends a run of store in the same moment as its last look at dirty. */
  function ended(all: boolean): boolean {
    going = false;
    return all;
  }

  /**
   * ownStep tells that only this page itself came between, by a material, the
   * delivery or an answer that was lost on its way: the values there are those
   * that it knows or sent, and nobody has anything to choose.
   */
  function ownStep(err: unknown): boolean {
    if (!(err instanceof ApiError) || err.code !== "cases.stale") return false;
    const both = err.body as { edition: number; theirs?: Values };
    const theirs = both.theirs ?? {};
    if (both.edition <= edition || !(same(theirs, base) || (unanswered && same(theirs, unanswered))))
      return false;
    edition = both.edition;
    base = theirs;
    return true;
  }

  function missed(err: unknown) {
    leave();
    const known = err instanceof ApiError ? err : undefined;
    if (known?.code === "cases.stale") {
      const both = known.body as { edition: number; theirs: Values };
      clash(both.edition, both.theirs ?? {});
      return;
    }
    failure.value = wordsOf(err);
    const again =
      !known || known.status === 0 || known.status >= 500 || known.status === 429 || known.status === 401;
    keeping.value = again ? "waiting" : "refused";
    if (again) later(Math.min(SLOWEST, 1000 * 2 ** tries++));
  }

  /** choose ends a clash: mine goes on, or theirs. */
  function choose(mine: boolean) {
    if (!mine && theirs.value) values.value = theirs.value;
    if (!mine) sessionStorage.removeItem(name());
    theirs.value = undefined;
    dirty = mine;
    keeping.value = "changed";
    void keep();
  }

  /** seen takes the edition that another change made. */
  function seen(c: Case) {
    if (keeping.value !== "stale") edition = Math.max(edition, c.edition);
  }

  /** forget drops what waits, for a case that was handed in. */
  function forget() {
    clearTimeout(timer);
    dirty = false;
    sessionStorage.removeItem(name());
  }

  const online = () => dirty && void keep();
  const warn = (e: BeforeUnloadEvent) => {
    if (dirty && keeping.value !== "waiting") void keep();
    if (keeping.value === "waiting" && !lost.value) e.preventDefault();
  };
  globalThis.addEventListener("online", online);
  globalThis.addEventListener("beforeunload", warn);
  onUnmounted(() => {
    clearTimeout(timer);
    globalThis.removeEventListener("online", online);
    globalThis.removeEventListener("beforeunload", warn);
  });

  return { values, keeping, keptAt, theirs, failure, open, change, keep, choose, seen, forget };
}

function leftOver(name: string): Left | undefined {
  try {
    const left = JSON.parse(sessionStorage.getItem(name) ?? "null") as Left | null;
    return left && typeof left.edition === "number" && left.values ? left : undefined;
  } catch {
    return undefined;
  }
}

function same(one: Values, other: Values): boolean {
  return sorted(one) === sorted(other);
}

/** sorted writes values with their names in order, so that equal ones read alike. */
function sorted(v: unknown): string {
  return JSON.stringify(v, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner as object).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
