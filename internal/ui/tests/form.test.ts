import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { check } from "../src/form/check";
import { clean } from "../src/form/clean";
import { evaluate } from "../src/form/eval";
import type { Answers, Form, Json, Node, Values, Wrong } from "../src/form/types";

/** What the platform says of each, written by its own tests. */
const vectors: {
  today: string;
  expressions: { source: string; node: Node; values: Values | null; answers: Answers; want: Json }[];
  forms: Form[];
  cases: { form: string; values: Values; answers: Answers; clean: Values; wrong: Wrong[] }[];
} = JSON.parse(
  readFileSync(
    join(dirname(fileURLToPath(import.meta.url)), "../../../platform/internal/form/testdata/vectors.json"),
    "utf8",
  ),
);

const { today } = vectors;
const forms = new Map(vectors.forms.map((f) => [f.id, f]));

describe("expressions", () => {
  const values = vectors.expressions[0]?.values ?? {};
  it.each(vectors.expressions.map((e) => [e.source, e] as const))("%s", (_, e) => {
    expect(evaluate(e.node, { values, answers: e.answers, today })).toStrictEqual(e.want);
  });
});

describe("verdicts", () => {
  const titled = vectors.cases.map(
    (c, i) => [`${i} ${c.form} ${JSON.stringify(c.values).slice(0, 80)}`, c] as const,
  );
  it.each(titled)("%s", (_, c) => {
    const form = forms.get(c.form) as Form;
    expect(check(form, c.values, c.answers, today)).toStrictEqual(c.wrong);
    expect(clean(form, c.values, c.answers, today)).toEqual(c.clean);
  });
});
