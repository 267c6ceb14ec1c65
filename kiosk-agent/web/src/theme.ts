import type { KioskSettings } from "@smarthall/ui";
import { onUnmounted, type Ref, ref, watchEffect } from "vue";

/**
 * useTheme colours the page as its machine is set up: light as most halls are,
 * dark, or as the computer is set, which can change with the hour.
 */
export function useTheme(machine: Ref<KioskSettings>): void {
  const system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  const night = ref(system?.matches ?? false);
  const follow = (event: MediaQueryListEvent) => {
    night.value = event.matches;
  };
  system?.addEventListener?.("change", follow);
  onUnmounted(() => system?.removeEventListener?.("change", follow));
  watchEffect(() => {
    const { theme } = machine.value;
    const dark = theme === "dark" || (theme === "system" && night.value);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  });
}
