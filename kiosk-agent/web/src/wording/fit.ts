import type { SlipLine } from "@smarthall/ui";

/** What a machine takes of a slip that a page words: lines, characters of a line, and bytes in all. */
const LINES = 80;
const CHARACTERS = 300;
const BYTES = 40_000;

/** fit cuts what is too long for a slip and says so in its last line. */
export function fit(lines: SlipLine[], more: string): SlipLine[] {
  const bytes = new TextEncoder();
  const out: SlipLine[] = [];
  let left = BYTES;
  for (const line of lines) {
    const signs = [...(line.text ?? "")];
    const text = signs.length > CHARACTERS ? `${signs.slice(0, CHARACTERS - 1).join("")}\u2026` : line.text;
    left -= bytes.encode(JSON.stringify({ ...line, text })).length;
    if (left < 0 || (out.length === LINES - 1 && lines.length > LINES)) return [...out, { text: more }];
    out.push(text === undefined ? line : { ...line, text });
  }
  return out;
}
