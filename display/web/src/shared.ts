import type { WindowView } from "@smarthall/ui";
import type { Screen } from "./screen";

/**
 * windowsOn picks what a window screen shows, in the hall's order: the window
 * it is named after with all that share its screen, or those that share the
 * screen of its name (一屏双号双呼).
 */
export function windowsOn(screen: Screen, windows: WindowView[]): WindowView[] {
  if (!screen.window) return windows.filter((w) => screen.shared !== "" && w.screen === screen.shared);
  const named = windows.find((w) => w.number === screen.window || w.id === screen.window);
  if (!named) return [];
  return windows.filter((w) => w.id === named.id || (!!named.screen && w.screen === named.screen));
}

/** ScreenLink is a screen above windows, as the list of screens offers it. */
export interface ScreenLink {
  key: string;
  address: string;
  /** numbers are those on the signs below it, each once. */
  numbers: string[];
  names: string[];
  /** posts counts the windows and posts that it shows. */
  posts: number;
}

/** screensOf groups windows by the screen above them. */
export function screensOf(windows: WindowView[]): ScreenLink[] {
  const groups = new Map<string, WindowView[]>();
  for (const w of windows) {
    const key = w.screen || w.id;
    groups.set(key, [...(groups.get(key) ?? []), w]);
  }
  return [...groups].map(([key, group]) => {
    const numbers = [...new Set(group.map((w) => w.number))];
    const [query, name] = numbers.length > 1 ? ["screen", key] : ["window", numbers[0] ?? key];
    return {
      key,
      address: `/window?${query}=${encodeURIComponent(name)}`,
      numbers,
      names: [...new Set(group.map((w) => w.name))],
      posts: group.length,
    };
  });
}
