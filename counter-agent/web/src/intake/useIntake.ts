import { computed, onUnmounted, ref, watch } from "vue";
import type { TheDesk } from "../useDesk";
import { door, type Intakes } from "./door";

/** How often the hall is asked how things stand, and how often while the platform is away, in milliseconds. */
const EVERY = 5000;
const EVERY_AWAY = 1000;

/** useIntake knows whether the platform is reached, and what this window has received without it. */
export function useIntake(d: TheDesk) {
  const known = ref<Intakes>();
  const platform = computed(() => d.hall.value?.hall.platform);
  /** away tells that the platform isn't reached, but the hall is. */
  const away = computed(() => !!platform.value && d.online.value && known.value?.linked === false);
  const waiting = computed(() => count("waiting"));
  const refused = computed(() => count("refused"));
  const count = (state: string) => (known.value?.intakes ?? []).filter((i) => i.state === state).length;

  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  async function look(): Promise<void> {
    clearTimeout(timer);
    try {
      if (platform.value && d.online.value) known.value = await door.list();
    } catch {
      // What was known last is shown; the next look knows better.
    }
    clearTimeout(timer);
    if (!over) timer = setTimeout(look, away.value ? EVERY_AWAY : EVERY);
  }
  const stop = watch([() => !!platform.value, d.online], () => void look(), { immediate: true });
  onUnmounted(() => {
    over = true;
    stop();
    clearTimeout(timer);
  });

  return { known, away, waiting, refused, look };
}

/** TheIntake is what useIntake gives. */
export type TheIntake = ReturnType<typeof useIntake>;
