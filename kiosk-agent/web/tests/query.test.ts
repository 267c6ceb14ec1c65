import { type CaseView, setLanguage } from "@smarthall/ui";
import { afterEach, expect, test } from "vitest";
import type { Item } from "../src/guide";
import { guidance, minute, stateOf, term, way, words } from "../src/query/cases";
import { formsOf, mistakesOf, sheetOf } from "../src/samples/sheet";

const base: CaseView = {
  number: "SQ1",
  itemName: "food",
  organisationName: "market",
  applicant: "*",
  state: "accepted",
  stateWord: "",
  guidance: "",
  stages: [
    {
      kind: "application",
      word: "applied",
      begun: "2026-11-20T01:35:00Z",
      ended: "2026-11-20T02:00:00Z",
      who: "she",
    },
    { kind: "review", word: "review", begun: "2026-11-20T02:00:00Z", who: "market" },
  ],
  steps: [
    { name: "one", state: "done", word: "ok", organisation: "health", done: "2026-11-21T02:00:00Z" },
    { name: "two", state: "now", word: "at it" },
    { name: "three", state: "odd", word: "later" },
  ],
};

test("a case's way has the steps below the stage that is examined now", () => {
  expect(way(base, "Asia/Shanghai").map((p) => [p.mark, p.step ?? false, p.when])).toEqual([
    ["done", false, "11-20 09:35"],
    ["now", false, "11-20 10:00"],
    ["done", true, "11-21 10:00"],
    ["now", true, undefined],
    ["waiting", true, undefined],
  ]);
  const paying = { ...base, stages: [{ kind: "payment", word: "pay", begun: "2026-11-20T02:00:00Z" }] };
  expect(way(paying).length).toBe(1);
});

afterEach(() => setLanguage("zh-CN"));

test("readers of English get our words for what the platform knows by a code, and the platform's for the rest", async () => {
  const c = { ...base, stateWord: "theirs", guidance: "please" };
  expect([stateOf(c), guidance(c)]).toEqual(["theirs", "please"]);
  await setLanguage("en");
  expect([stateOf(c), guidance(c)]).toEqual(["In progress", ""]);
  expect(stateOf({ ...c, state: "new" })).toBe("theirs");
  expect(way(base).map((p) => p.name)).toEqual([
    "Application",
    "Examination and decision",
    "one \u00b7 done",
    "two \u00b7 in progress",
    "three \u00b7 later",
  ]);
});

test("a time in a zone that the browser doesn't know is still told", () => {
  expect(minute("2026-11-20T01:35:00Z", "Nowhere/Else")).toMatch(/^\d\d-\d\d \d\d:\d\d$/);
});

test("the days left are told while a term runs, and only then", () => {
  expect(term(base)).toBe("");
  expect(term({ ...base, left: 3, promisedDue: "2026-12-01" })).toContain("2026-12-01");
  expect(term({ ...base, left: 0, promisedDue: "2026-12-01" })).not.toContain("2026-12-01");
  expect(term({ ...base, left: -2, promisedDue: "2026-11-19" })).toContain("2");
});

test("what nobody answered is told as away, what was refused as it was said", () => {
  const away = words({ status: 503, code: "link.away", detail: "" });
  expect(words({ status: 504, code: "page.timeout", detail: "x" })).toBe(away);
  expect(words({ status: 404, code: "cases.query", detail: "no such case" })).toBe("no such case");
});

test("a form's text is its title and its gaps", () => {
  expect(sheetOf("Form\n name: Lin \n\nsign here\nat\uff1aa:b")).toEqual({
    title: "Form",
    rows: [
      { label: "name", value: " Lin" },
      { label: "", value: "sign here" },
      { label: "at", value: "a:b" },
    ],
  });
  expect(sheetOf("")).toEqual({ title: "", rows: [] });
});

test("an item's forms are its materials with something to show", () => {
  const materials = [
    { id: "a", name: "A", blank: { text: "A" } },
    { id: "b", name: "B", sample: { url: "https://x.example/b.pdf" } },
    { id: "c", name: "C", blank: {} },
    { name: "D", blank: { text: "D" } },
  ];
  const item = { id: "i", name: "I", services: [], item: { materials, mistakes: ["m"] } } as unknown as Item;
  expect(formsOf(item).map((f) => f.id)).toEqual(["a", "b"]);
  expect(mistakesOf(item)).toEqual(["m"]);
  expect(mistakesOf({ ...item, item: {} })).toEqual([]);
});
