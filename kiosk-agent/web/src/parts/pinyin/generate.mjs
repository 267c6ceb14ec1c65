// Makes table.json, which the pinyin keys choose characters from, out of Unicode's
// Unihan database (Debian: unicode-data, /usr/share/unicode): the 8105 characters of
// 通用规范汉字表 (kTGH) under every reading that its dictionary gives them (kTGHZ2013),
// the most used first (kHanyuPinlu), then in the table's own order. The table is
// committed; this is run only for another edition:
//
//	node kiosk-agent/web/src/parts/pinyin/generate.mjs FOLDER
//
// FOLDER holds Unihan_Readings.txt and Unihan_OtherMappings.txt. Unihan is © Unicode, Inc.,
// used under https://www.unicode.org/license.txt.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
if (!folder) throw new Error("say where Unihan's files are");

/** fields reads one property of Unihan: from a character to its value. */
function fields(file, name) {
  const found = new Map();
  for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
    const [code, field, value] = line.split("\t");
    if (code.startsWith("U+") && field === name)
      found.set(String.fromCodePoint(Number.parseInt(code.slice(2), 16)), value);
  }
  return found;
}

/** plain is a reading as it is typed: without its tone, ü as v. */
const plain = (reading) =>
  reading
    .normalize("NFD")
    .replace(/u\u0308/g, "v")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();

const listed = fields("Unihan_OtherMappings.txt", "kTGH");
const dictionary = fields("Unihan_Readings.txt", "kTGHZ2013");
const counted = fields("Unihan_Readings.txt", "kHanyuPinlu");
const usual = fields("Unihan_Readings.txt", "kMandarin");

const syllables = new Map();
for (const [character, place] of listed) {
  const uses = new Map();
  const readings = (dictionary.get(character) ?? usual.get(character) ?? "").replace(/[\d.,]+:/g, " ");
  for (const reading of readings.split(/[ ,]+/)) if (reading) uses.set(plain(reading), 0);
  for (const [, reading, n] of (counted.get(character) ?? "").matchAll(/(\S+?)\((\d+)\)/g))
    uses.set(plain(reading), (uses.get(plain(reading)) ?? 0) + Number(n));
  for (const [syllable, n] of uses) {
    if (!/^[a-z]+$/.test(syllable)) throw new Error(`${character} is read ${syllable}`);
    const all = syllables.get(syllable) ?? [];
    syllables.set(syllable, all);
    all.push({ character, n, place: Number(place.split(":")[1]) });
  }
}

const table = {};
for (const syllable of [...syllables.keys()].sort())
  table[syllable] = syllables
    .get(syllable)
    .sort((a, b) => b.n - a.n || a.place - b.place)
    .map((s) => s.character)
    .join("");
writeFileSync(join(import.meta.dirname, "table.json"), `${JSON.stringify(table, undefined, 1)}\n`);
