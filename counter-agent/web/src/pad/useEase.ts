import {
  type Choice,
  type LanguageView,
  language,
  offered,
  readLanguages,
  SOURCE,
  setLanguage,
  setLanguageNames,
} from "@smarthall/ui";
import { computed, onUnmounted, type Ref, ref, watch } from "vue";
import { readHallLanguages } from "./words";

/** How long large type and a language stay when nobody touches and nothing is asked, in milliseconds. */
const REST = 60_000;

/**
 * useEase is large type and the language, which belong to whoever stands there:
 * the next person finds the page as it was. number is the ticket in front, asks
 * tells that the page asks something, connected that the window is there.
 */
export function useEase(number: Ref<string | undefined>, asks: Ref<boolean>, connected: Ref<boolean>) {
  const elder = ref(false);
  const hall = ref<LanguageView[]>([]);
  const here = ref<Choice[]>([]);
  /** others are the languages that aren't shown, in their own words. */
  const others = computed(() => offered(hall.value, here.value).filter((l) => l.tag !== language.value));

  async function load() {
    hall.value = await readHallLanguages();
    setLanguageNames(hall.value);
    if (here.value.length === 0) here.value = await readLanguages();
  }
  watch(connected, (on) => on && void load(), { immediate: true });
  watch(elder, (on) => {
    if (on) document.documentElement.dataset.elder = "";
    else delete document.documentElement.dataset.elder;
  });

  function reset() {
    elder.value = false;
    if (language.value !== SOURCE) void setLanguage(SOURCE);
  }
  watch(number, (next, before) => {
    if (before && next !== before) reset();
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  function touched() {
    clearTimeout(timer);
    timer = setTimeout(() => (asks.value ? touched() : reset()), REST);
  }
  addEventListener("pointerdown", touched);
  onUnmounted(() => {
    clearTimeout(timer);
    removeEventListener("pointerdown", touched);
  });

  return { elder, others, speak: (tag: string) => setLanguage(tag) };
}
