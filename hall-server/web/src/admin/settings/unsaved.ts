import { onMounted, onUnmounted, shallowReactive } from "vue";

/** forms are those on the page that may hold what isn't saved. */
const forms = shallowReactive(new Set<() => boolean>());

/** useUnsaved has the page ask before it leaves a form that changed() tells holds something unsaved. */
export function useUnsaved(changed: () => boolean): void {
  onMounted(() => forms.add(changed));
  onUnmounted(() => forms.delete(changed));
}

/** unsaved tells whether leaving now would lose what somebody has filled in. */
export const unsaved = (): boolean => [...forms].some((changed) => changed());
