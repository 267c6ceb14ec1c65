import { expect, test } from "vitest";
import { Recogniser } from "../src/writing/recognise";
import { evenly, type Point, packed, type Stroke, squared } from "../src/writing/strokes";
import { strokesOf } from "../strokes";

/** Family names, given names and look-alikes. */
const CHARACTERS = [
  ..."一二三十大太天夫王玉李季张章陈林森木本未末刘赵周吴徐孙朱马胡郭何高罗欧阳伟芳秀英娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂土士日曰目自己已巳人入八",
];
const all = new Recogniser(Uint8Array.from(CHARACTERS.flatMap((c) => packed(c, strokesOf(c)))));

/** written is a character as a hand may write it: leaning, flatter, shaking a little. */
const written = (c: string, shake = 12): Stroke[] =>
  strokesOf(c).map((s, i) =>
    s.map(
      ([x, y], j): Point => [
        x * 0.4 + y * 0.05 + 30 + shake * 0.4 * Math.sin(7 * i + 3 * j),
        y * 0.34 + 50 + shake * 0.4 * Math.cos(5 * i + 2 * j),
      ],
    ),
  );

test("what a hand writes is among the first characters offered", () => {
  const missed = CHARACTERS.filter((c) => !all.guess(written(c), 8).includes(c));
  expect(missed).toEqual([]);
  const first = CHARACTERS.filter((c) => all.guess(written(c), 1)[0] === c);
  expect(first.length).toBeGreaterThan(CHARACTERS.length * 0.85);
});

test("joined strokes, and strokes in another order, are still the character", () => {
  for (const c of "张林高国明".split("").filter((x) => CHARACTERS.includes(x))) {
    const [a = [], b = [], ...rest] = written(c);
    expect(all.guess([[...a, ...b], ...rest], 8), `${c} joined`).toContain(c);
    expect(all.guess([...rest, b, a], 8), `${c} in another order`).toContain(c);
  }
});

test("nothing written is nothing offered, a dot does no harm", () => {
  expect(all.guess([], 8)).toEqual([]);
  expect(all.guess([[[5, 5]]], 3)).toHaveLength(3);
});

test("a stroke is kept by points at equal distances, and a flat character stays flat", () => {
  expect(
    evenly(
      [
        [0, 0],
        [10, 0],
      ],
      3,
    ),
  ).toEqual([
    [0, 0],
    [5, 0],
    [10, 0],
  ]);
  const [line] = squared([
    [
      [0, 0],
      [100, 4],
    ],
  ]);
  expect(line?.map(([, y]) => Math.abs(y - 0.5) < 0.05)).toEqual([true, true]);
});
