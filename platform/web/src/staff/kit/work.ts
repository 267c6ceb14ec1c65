import { type Ref, reactive, ref } from "vue";
import { ApiError, wordsOf } from "../../api";

/** Work is one thing after another that the platform is asked to do. */
export interface Work {
  busy: Ref<boolean>;
  /** failure is why the last one wasn't done, for the reader. */
  failure: Ref<string>;
  /** wrong has the words for each wrong input of a form, by its name. */
  wrong: Record<string, string>;
  /** run does it unless another one is being done; false if it wasn't. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  /** clear forgets what was wrong. */
  clear: () => void;
}

/** useWork keeps what a form or a button needs to know of what it does. */
export function useWork(): Work {
  const busy = ref(false);
  const failure = ref("");
  const wrong = reactive<Record<string, string>>({});

  function clear() {
    failure.value = "";
    for (const name of Object.keys(wrong)) delete wrong[name];
  }

  async function run(work: () => Promise<unknown>) {
    if (busy.value) return false;
    busy.value = true;
    clear();
    try {
      await work();
      return true;
    } catch (err) {
      failure.value = wordsOf(err);
      if (err instanceof ApiError) for (const f of err.fields) wrong[f.name] ??= f.message;
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, failure, wrong, run, clear };
}
