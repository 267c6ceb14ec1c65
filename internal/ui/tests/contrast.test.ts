// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/tokens.css", import.meta.url), "utf8");

const themes = {
  light: tokens(css.slice(css.indexOf(":root"), css.indexOf('[data-theme="dark"]'))),
  dark: tokens(css.slice(css.indexOf('[data-theme="dark"]'), css.indexOf("[data-elder]"))),
};

/** Text colour and the grounds it stands on. */
const pairs: [string, string[]][] = [
  ["ink", ["ground", "panel", "raised", "action-soft", "busy-soft", "idle-soft", "pause-soft"]],
  ["ink-2", ["ground", "panel", "raised", "action-soft", "pause-soft"]],
  ["ink-3", ["ground", "panel", "raised"]],
  ["action", ["ground", "panel", "raised", "action-soft"]],
  ["on-action", ["action", "action-press"]],
  ["number", ["ground", "panel", "raised", "number-soft"]],
  ["idle", ["ground", "panel", "idle-soft"]],
  ["busy", ["ground", "panel", "busy-soft"]],
  ["pause", ["ground", "panel", "pause-soft"]],
  ["away", ["ground", "panel", "away-soft"]],
  ["alarm", ["ground", "panel", "alarm-soft"]],
];

describe.each(Object.entries(themes))("%s theme", (_, theme) => {
  it.each(pairs.flatMap(([ink, grounds]) => grounds.map((g) => [ink, g] as const)))(
    "%s on %s is at least 4.5:1",
    (ink, ground) => {
      expect(contrast(theme.get(ink), theme.get(ground))).toBeGreaterThanOrEqual(4.5);
    },
  );
});

function tokens(block: string): Map<string, string> {
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

function contrast(a: string | undefined, b: string | undefined): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string | undefined): number {
  if (!hex) throw new Error("a colour is missing");
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
