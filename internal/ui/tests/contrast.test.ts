// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/tokens.css", import.meta.url), "utf8");

const light = block(":root");
const dark = block('[data-theme="dark"]');
const more = block('[data-contrast="more"]');
/** What a page shows: later blocks overwrite earlier ones, as in the style sheet. */
const themes: [string, Map<string, string>, number][] = [
  ["light", light, 4.5],
  ["dark", over(light, dark), 4.5],
  ["light of high contrast", over(light, more), 7],
  ["dark of high contrast", over(light, dark, more, block('[data-theme="dark"][data-contrast="more"]')), 7],
];

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

describe.each(themes)("%s theme", (_, theme, least) => {
  it.each(pairs.flatMap(([ink, grounds]) => grounds.map((g) => [ink, g] as const)))(
    "%s on %s can be read",
    (ink, ground) => {
      expect(contrast(theme.get(ink), theme.get(ground))).toBeGreaterThanOrEqual(least);
    },
  );
  it.each(["line-strong", "focus"])("%s is seen on every ground", (line) => {
    for (const ground of ["ground", "panel", "raised"])
      expect(contrast(theme.get(line), theme.get(ground))).toBeGreaterThanOrEqual(3);
  });
});

/** block are the colours that the rule of a selector sets. */
function block(selector: string): Map<string, string> {
  const from = css.indexOf(`\n${selector} {`);
  if (from < 0) throw new Error(`tokens.css has no ${selector}`);
  const rule = css.slice(from, css.indexOf("\n}", from));
  return new Map([...rule.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

function over(...blocks: Map<string, string>[]): Map<string, string> {
  return new Map(blocks.flatMap((b) => [...b]));
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
