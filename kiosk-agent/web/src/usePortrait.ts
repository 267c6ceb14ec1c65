import { onMounted, onUnmounted, type Ref, ref } from "vue";

/** usePortrait tells whether the screen is higher than wide. */
export function usePortrait(): Ref<boolean> {
  const query = globalThis.matchMedia?.("(orientation: portrait)");
  const portrait = ref(query?.matches ?? false);
  const follow = () => {
    portrait.value = query?.matches ?? false;
  };
  onMounted(() => query?.addEventListener?.("change", follow));
  onUnmounted(() => query?.removeEventListener?.("change", follow));
  return portrait;
}
