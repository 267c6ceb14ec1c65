import type { Mistake } from "../api";

/** Range is lines from first to last, counted from 1; last is first-1 where lines were only taken away. */
export interface Range {
  first: number;
  last: number;
}

/** changedLines is the part of text that differs from what it was, or undefined. */
export function changedLines(was: string, text: string): Range | undefined {
  if (was === text) return undefined;
  const a = was.split("\n");
  const b = text.split("\n");
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { first: head + 1, last: b.length - tail };
}

/** byLine gathers mistakes at their lines; those beyond the end stand at the last one. */
export function byLine(mistakes: Mistake[], lines: number): Map<number, Mistake[]> {
  const map = new Map<number, Mistake[]>();
  for (const m of mistakes) {
    const line = Math.min(Math.max(1, m.line), Math.max(1, lines));
    map.set(line, [...(map.get(line) ?? []), m]);
  }
  return map;
}

/** offsetOf is the index in text of a line and column, both counted from 1. */
export function offsetOf(text: string, line: number, column = 1): number {
  let at = 0;
  for (let n = 1; n < line; n++) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  const end = text.indexOf("\n", at);
  return Math.min(at + Math.max(0, column - 1), end < 0 ? text.length : end);
}
