import { computed, onUnmounted, type Ref, ref } from "vue";
import type { LinkClient } from "./client";

/**
 * useNow is the hall's clock in milliseconds, ticking in steps of every ms for
 * as long as the component lives.
 */
export function useNow(client?: LinkClient, every = 1000): Readonly<Ref<number>> {
  const own = ref(Date.now());
  const timer = setInterval(() => {
    own.value = Date.now();
  }, every);
  onUnmounted(() => clearInterval(timer));
  return computed(() => own.value + (client?.status.offset ?? 0));
}
