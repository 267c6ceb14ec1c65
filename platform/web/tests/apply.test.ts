import { linesOf } from "@smarthall/ui/form";
import { describe, expect, test } from "vitest";
import { answersOf, type Item, pairs, takesOnline, waysOf } from "../src/apply/apply";
import { given, type Material, online, owed } from "../src/cases/case";

const material = (over: Partial<Material>): Material => ({
  id: "m",
  name: "m",
  type: "copy",
  need: "must",
  electronic: true,
  source: "",
  review: "unseen",
  ...over,
});
const item = (over: Partial<Item>): Item => ({
  id: "i",
  name: "i",
  state: "published",
  objects: [],
  form: "both",
  online: "whole",
  result: { name: "", kind: "licence" },
  delivery: { papers: false, result: false },
  ...over,
});

describe("what a material still needs", () => {
  test.each([
    ["nothing was given", {}, false, false],
    ["a file was given", { source: "upload" }, true, false],
    ["the clerk found it wrong", { source: "upload", review: "wrong" }, false, true],
    ["it is only shown at the window", { type: "show" }, true, false],
    ["it is brought on paper", { electronic: false }, true, false],
    ["paper that the clerk missed", { electronic: false, review: "missing" }, false, true],
    ["it was put off to a day", { source: "deferred", due: "2026-12-01" }, true, true],
  ] as [string, Partial<Material>, boolean, boolean][])("%s", (_, over, isGiven, isOwed) => {
    expect(given(material(over))).toBe(isGiven);
    expect(owed(material(over))).toBe(isOwed);
  });

  test("what is shown isn't provided on line", () => {
    expect(online(material({ type: "show" }))).toBe(false);
    expect(online(material({}))).toBe(true);
  });
});

test("an answer that two items of a package share counts for both", () => {
  const question = { id: "q", text: "", options: [] };
  const picks = [
    { items: ["a", "b"], question, option: "yes" },
    { items: ["b"], question: { ...question, id: "r" }, option: "no" },
  ];
  expect(answersOf(picks)).toEqual({ a: { q: "yes" }, b: { q: "yes", r: "no" } });
  expect(pairs({ q: "yes", r: "no" })).toBe("q:yes,r:no");
});

test.each([
  ["a whole-process item", {}, true],
  ["an item of the window", { form: "window" }, false],
  ["a suspended one", { state: "suspended" }, false],
  ["one that its body takes elsewhere", { onlineURL: "https://example.org" }, false],
  ["one with a guide alone", { online: "info" }, false],
] as [string, Partial<Item>, boolean][])("whether %s can be applied for", (_, over, want) => {
  expect(takesOnline(item(over))).toBe(want);
});

test.each([
  ["a licence to collect", [item({})], "verification", "collect", ["collect"]],
  [
    "a licence that may be sent",
    [item({ delivery: { papers: false, result: true } })],
    "online",
    "post",
    ["collect", "post", "electronic"],
  ],
  [
    "nothing to carry",
    [item({ result: { name: "", kind: "record" } })],
    "online",
    "electronic",
    ["electronic"],
  ],
] as [string, Item[], string, string, string[]][])("ways of %s", (_, items, mode, now, want) => {
  expect(waysOf(items, mode, now)).toEqual(want);
});

test("a form is read back in words, without what doesn't count", () => {
  const form = {
    id: "f",
    version: 1,
    title: "",
    rules: [],
    schema: {},
    sections: [
      {
        title: "A",
        fields: [
          { name: "kind", widget: "choice" as const, label: "K", options: [{ value: "x", label: "X-ray" }] },
          { name: "area", widget: "number" as const, label: "A", unit: "m2" },
          { name: "at", widget: "address" as const, label: "W" },
        ],
      },
    ],
  };
  const values = {
    kind: "x",
    area: 12,
    at: { region: "330102", area: "Donghu", street: "1 Lake Road" },
    stray: "gone",
  };
  expect(linesOf(form, values, {}, "2026-11-22")).toEqual([
    {
      title: "A",
      lines: [
        { name: "kind", label: "K", text: "X-ray" },
        { name: "area", label: "A", text: "12 m2" },
        { name: "at", label: "W", text: "Donghu 1 Lake Road" },
      ],
    },
  ]);
});
