import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import table from "./src/parts/pinyin/table.json";
import { packed, type Stroke } from "./src/writing/strokes.ts";

/** DATA are the strokes of the Make Me a Hanzi project (Arphic Public License, which stands beside them). */
export const DATA = join(createRequire(import.meta.url).resolve("hanzi-writer-data/package.json"), "..");

/** strokesOf are the middle lines of a character's strokes; none if the data lacks it. */
export function strokesOf(character: string): Stroke[] {
  const file = join(DATA, `${character}.json`);
  if (character.length !== 1 || !existsSync(file)) return [];
  const { medians } = JSON.parse(readFileSync(file, "utf8")) as { medians: [number, number][][] };
  // The data's y grows upwards, from -124 to 900.
  return medians.map((line) => line.map(([x, y]) => [x, 900 - y] as const));
}

/** strokeFile is the file of all characters that pinyin knows, too. */
export function strokeFile(): Uint8Array {
  const characters = [...new Set(Object.values(table as Record<string, string>).join(""))];
  const bytes = characters.flatMap((c) => {
    const strokes = strokesOf(c);
    return strokes.length > 0 ? packed(c, strokes) : [];
  });
  return Uint8Array.from(bytes);
}
