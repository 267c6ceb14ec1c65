import { expect, test } from "vitest";
import { Recogniser } from "../src/writing/recognise";
import { strokeFile, strokesOf } from "../strokes";
import { dice, type Hand, NAMES, SHAKY, STEADY, written } from "./hand";

/** HANDS is how often each character is written: more of them tell the rates more exactly. */
const HANDS = Number(process.env.HANDS ?? 1);
const reader = new Recogniser(strokeFile());

/** rates are how many of a hundred characters are the first that is offered, and among the eight. */
function rates(hand: Hand): { first: number; eight: number; missed: string } {
  const roll = dice(20261123);
  let [first, eight] = [0, 0];
  const missed: string[] = [];
  for (const c of NAMES)
    for (let n = 0; n < HANDS; n++) {
      const place = reader.guess(written(strokesOf(c), hand, roll), 8).indexOf(c);
      if (place === 0) first++;
      if (place >= 0) eight++;
      else missed.push(c);
    }
  const part = (n: number) => (100 * n) / (NAMES.length * HANDS);
  return { first: part(first), eight: part(eight), missed: missed.join("") };
}

const said = (name: string, r: ReturnType<typeof rates>) =>
  console.log(
    `${name}: first ${r.first.toFixed(1)} %, among eight ${r.eight.toFixed(1)} % of ${NAMES.length * HANDS}; missed ${r.missed}`,
  );

test("names have 300 characters, and the data knows them all", () => {
  expect(NAMES).toHaveLength(300);
  expect(NAMES.filter((c) => strokesOf(c).length === 0)).toEqual([]);
});

test("a steady hand finds nearly every character at once", { timeout: 120_000 }, () => {
  const r = rates(STEADY);
  said("steady hands", r);
  expect(r.eight).toBeGreaterThanOrEqual(97);
});

test("a shaky hand finds nine of ten among the eight that are offered", { timeout: 120_000 }, () => {
  const r = rates(SHAKY);
  said("shaky hands", r);
  expect(r.eight).toBeGreaterThanOrEqual(90);
});
