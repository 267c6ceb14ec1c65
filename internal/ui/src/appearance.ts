import { readonly, ref } from "vue";
import { keep, kept } from "./languages";

/** Themes are what a clerk may choose; system is what her computer is set to. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const CONTRAST = "smarthall.contrast";
/** key is where the theme is remembered, usual what is shown while none is. */
let key = "smarthall.theme";
let usual: Theme = "system";

const chosen = ref<Theme>("system");
const strong = ref(false);
const painted = ref("light");

/** theme is what was chosen, contrast whether it is to be high. */
export const theme = readonly(chosen);
export const contrast = readonly(strong);
/** looks is what is shown: light or dark, and more where contrast is high; for what draws with colours of its own. */
export const looks = readonly(painted);

/** chooseTheme and chooseContrast change a page's looks and remember it on this computer. */
export function chooseTheme(to: Theme): void {
  chosen.value = to;
  keep(key, to === usual ? undefined : to);
  paint();
}

export function chooseContrast(on: boolean): void {
  strong.value = on;
  keep(CONTRAST, on ? "more" : undefined);
  paint();
}

/**
 * startAppearance makes a page look as was chosen on this computer, and follow
 * its system and other windows of the same program. A page with a name has a
 * theme of its own, and first is the one that it begins with.
 */
export function startAppearance(name = "", first: Theme = "system"): void {
  key = name ? `smarthall.${name}.theme` : "smarthall.theme";
  usual = first;
  read();
  globalThis.addEventListener?.("storage", (event) => {
    if (event.key === key || event.key === CONTRAST) read();
  });
  for (const query of [DARK, MORE]) globalThis.matchMedia?.(query).addEventListener?.("change", paint);
}

const DARK = "(prefers-color-scheme: dark)";
const MORE = "(prefers-contrast: more)";

function read(): void {
  const value = kept(key);
  chosen.value = themes.find((x) => x === value) ?? usual;
  strong.value = kept(CONTRAST) === "more";
  paint();
}

function paint(): void {
  const asked = (query: string) => globalThis.matchMedia?.(query).matches ?? false;
  const root = document.documentElement;
  const dark = chosen.value === "system" ? asked(DARK) : chosen.value === "dark";
  root.dataset.theme = dark ? "dark" : "light";
  if (strong.value || asked(MORE)) root.dataset.contrast = "more";
  else delete root.dataset.contrast;
  painted.value = [root.dataset.theme, root.dataset.contrast].filter(Boolean).join(" ");
}
