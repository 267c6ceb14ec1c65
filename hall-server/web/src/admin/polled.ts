import { onMounted, onUnmounted, reactive } from "vue";
import { ApiError } from "../api";
import { toLogin } from "../door";
import { t } from "../text";

/** How often a page asks again for what no message tells, in milliseconds. */
export const EVERY = 15_000;

/** Polled is a list that the hall-server is asked for again and again. */
export interface Polled<T> {
  state: {
    /** data is undefined until the first answer. */
    data: T | undefined;
    /** failure is what went wrong last, in words. */
    failure: string;
  };
  /** load asks at once; the promise ends with the answer. */
  load(): Promise<void>;
}

/**
 * polled asks for something for as long as the component lives. An answer that
 * a later question has overtaken is not shown.
 */
export function polled<T extends object>(ask: () => Promise<T>, leave = toLogin): Polled<T> {
  const state = reactive({ data: undefined, failure: "" }) as Polled<T>["state"];
  let asked = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const load = async () => {
    const mine = ++asked;
    try {
      const data = await ask();
      if (mine !== asked) return;
      state.data = data;
      state.failure = "";
    } catch (err) {
      if (mine !== asked) return;
      if (err instanceof ApiError && err.status === 401) leave();
      state.failure = err instanceof ApiError ? err.message : t("api.away");
    }
  };
  onMounted(() => {
    void load();
    timer = setInterval(load, EVERY);
  });
  onUnmounted(() => {
    asked++;
    clearInterval(timer);
  });
  return { state, load };
}
