import { ref } from "vue";
import { wordsOf } from "../../api";

/** useAttempt runs one thing at a time and keeps what went wrong, in words. */
export function useAttempt() {
  const busy = ref(false);
  const failure = ref("");

  async function attempt(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    failure.value = "";
    try {
      await work();
    } catch (err) {
      failure.value = wordsOf(err);
    } finally {
      busy.value = false;
    }
  }
  return { busy, failure, attempt };
}
