import { ref, watch } from "vue";

const KEY = "smarthall.theme";

/** useTheme keeps the clerk's choice of light or dark on this computer. */
export function useTheme() {
  const dark = ref(stored() ?? globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false);
  watch(
    dark,
    (on) => {
      document.documentElement.dataset.theme = on ? "dark" : "light";
    },
    { immediate: true },
  );
  function toggle(): void {
    dark.value = !dark.value;
    try {
      localStorage.setItem(KEY, dark.value ? "dark" : "light");
    } catch {
      // A browser that keeps nothing still shows the choice.
    }
  }
  return { dark, toggle };
}

function stored(): boolean | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === null ? undefined : value === "dark";
  } catch {
    return undefined;
  }
}
