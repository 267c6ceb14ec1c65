import { ref } from "vue";

const NAME = "staff-theme";

/** dark tells whether the workspace is dark: as chosen here, else as the machine is. */
export const dark = ref(chosen() ?? matchMedia("(prefers-color-scheme: dark)").matches);

/** setDark chooses for this browser. */
export function setDark(on: boolean): void {
  dark.value = on;
  localStorage.setItem(NAME, on ? "dark" : "light");
  applyTheme();
}

/** applyTheme tells the page's tokens, which Element Plus draws with, too. */
export function applyTheme(): void {
  const root = document.documentElement;
  if (dark.value) root.dataset.theme = "dark";
  else delete root.dataset.theme;
}

function chosen(): boolean | undefined {
  const kept = localStorage.getItem(NAME);
  return kept === null ? undefined : kept === "dark";
}
