// @vitest-environment happy-dom
import type { Form } from "@smarthall/ui/form";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Material, type View, waitsForHer } from "../src/staff/acceptance/case";
import { conflicts, merged, same } from "../src/staff/acceptance/conflict";
import { drop, keep, kept, sweep } from "../src/staff/acceptance/local";
import { type Desk, nextOf, pressOf } from "../src/staff/acceptance/next";
import { local, readVisit } from "../src/staff/acceptance/visit";

const material = (id: string, more: Partial<Material> = {}): Material => ({
  id,
  name: id,
  need: "must",
  source: "",
  review: "unseen",
  ...more,
});
const view = (more: Partial<View> = {}): View =>
  ({
    id: "c",
    state: "draft",
    mode: "window",
    materials: [material("a", { review: "ok" })],
    documents: [],
    delivery: { way: "collect" },
    ...more,
  }) as View;
const desk = (more: Partial<Desk> = {}): Desk => ({
  person: true,
  item: true,
  formWrong: 0,
  deferred: new Set(),
  present: true,
  payable: true,
  printed: true,
  ...more,
});

describe("the next step", () => {
  const cases: [string, Desk, string][] = [
    ["nobody yet", desk({ person: false, item: false }), "person"],
    ["a person", desk({ item: false }), "item"],
    ["an item with a question", desk({ outcome: { done: false, materials: [] } }), "answer"],
    ["a situation that is refused", desk({ outcome: { done: true, refuse: "no", materials: [] } }), "answer"],
    ["a situation", desk({ outcome: { done: true, materials: [] } }), "begin"],
    ["a form with a gap", desk({ view: view(), formWrong: 1 }), "form"],
    ["a material nobody saw", desk({ view: view({ materials: [material("a")] }) }), "review"],
    [
      "one that comes later",
      desk({ view: view({ materials: [material("a")] }), deferred: new Set(["a"]) }),
      "accept",
    ],
    [
      "one that is wrong",
      desk({ view: view({ materials: [material("a", { review: "wrong" })] }) }),
      "notice",
    ],
    ["all good", desk({ view: view() }), "accept"],
    [
      "a pre-review from afar",
      desk({ view: view({ mode: "pre-review", state: "submitted" }), present: false }),
      "prepare",
    ],
    [
      "a pre-review at the window",
      desk({ view: view({ mode: "pre-review", state: "submitted" }) }),
      "accept",
    ],
    [
      "a supplement to bring",
      desk({ view: view({ state: "supplementing", materials: [material("a", { review: "missing" })] }) }),
      "bring",
    ],
    ["a supplement that is there", desk({ view: view({ state: "supplementing" }) }), "supplement"],
    [
      "papers to print",
      desk({
        view: view({ state: "accepted", documents: [{ id: "d" }] as View["documents"] }),
        printed: false,
      }),
      "print",
    ],
    ["fees", desk({ view: view({ state: "accepted", instant: true, unpaid: true }) }), "pay"],
    [
      "an instant case that waits for a material",
      desk({
        view: view({ state: "accepted", instant: true, materials: [material("a", { due: "2026-12-01" })] }),
      }),
      "bring",
    ],
    ["an instant case", desk({ view: view({ state: "accepted", instant: true }) }), "decide"],
    ["a case that others examine", desk({ view: view({ state: "accepted" }) }), "done"],
    [
      "fees that lapsed",
      desk({ view: view({ state: "accepted", instant: true, unpaid: true }), payable: false }),
      "decide",
    ],
    [
      "a pre-reviewed case whose applicant isn't there",
      desk({ view: view({ mode: "pre-review", state: "prepared" }), present: false }),
      "present",
    ],
    [
      "a case whose originals are seen at the end",
      desk({
        view: view({
          mode: "verification",
          state: "submitted",
          materials: [material("a", { type: "show" })],
        }),
        present: false,
      }),
      "accept",
    ],
    [
      "a result whose originals nobody saw",
      desk({ view: view({ state: "decided", materials: [material("a", { compare: true })] }) }),
      "compare",
    ],
    ["a result to collect", desk({ view: view({ state: "decided" }) }), "deliver"],
    [
      "a result that goes by post",
      desk({ view: view({ state: "decided", delivery: { way: "post" } }) }),
      "done",
    ],
    ["the end", desk({ view: view({ state: "closed" }) }), "done"],
  ];
  it.each(cases)("of %s", (_name, at, want) => {
    expect(nextOf(at).do).toBe(want);
  });
});

describe("keys", () => {
  const key = (k: string, more: object = {}) => ({
    key: k,
    code: "",
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    repeat: false,
    ...more,
  });
  it("are letters only while nobody types", () => {
    expect(pressOf(key("o"), false)).toEqual({ do: "ok" });
    expect(pressOf(key("o"), true)).toBeUndefined();
    expect(pressOf(key("3"), false)).toEqual({ material: 3 });
    expect(pressOf(key("3"), true)).toBeUndefined();
    expect(pressOf(key(" "), true)).toBeUndefined();
  });
  it("go on to the next step from everywhere, once per press", () => {
    expect(pressOf(key("F2"), true)).toEqual({ do: "next" });
    expect(pressOf(key("F2", { repeat: true }), false)).toBeUndefined();
    expect(pressOf(key("o", { repeat: true }), false)).toBeUndefined();
    expect(pressOf(key("1", { altKey: true, code: "Digit4" }), true)).toEqual({ stage: "materials" });
  });
  it("leave the browser's own alone", () => {
    expect(pressOf(key("p", { ctrlKey: true }), false)).toBeUndefined();
    expect(pressOf(key("x", { altKey: true, code: "KeyX" }), false)).toBeUndefined();
  });
});

describe("two versions", () => {
  const form = {
    sections: [
      {
        title: "s",
        fields: [
          { name: "kind", label: "Kind", widget: "choice", options: [{ value: "a", label: "First" }] },
        ],
      },
    ],
  } as unknown as Form;
  it("are the same whatever the order of their keys, and without empty values", () => {
    expect(same({ a: 1, b: { c: "", d: 2 } }, { b: { d: 2 }, a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
  });
  it("differ field by field, in words", () => {
    expect(conflicts(form, { kind: "a", same: 1 }, { same: 1, more: "x" })).toEqual([
      { name: "kind", label: "Kind", theirs: "First", mine: "" },
      { name: "more", label: "more", theirs: "", mine: "x" },
    ]);
  });
  it("become one by what was chosen", () => {
    expect(merged({ a: 1, b: 2 }, { a: 3, c: 4 }, new Set(["a", "b"]))).toEqual({ a: 3 });
  });
});

describe("the copy in this browser", () => {
  beforeEach(() => localStorage.clear());
  it("stays until it is stored, and a day at most", () => {
    keep("c", { a: "1" }, 7);
    expect(kept("c")).toMatchObject({ values: { a: "1" }, edition: 7 });
    drop("c");
    expect(kept("c")).toBeUndefined();
    keep("old", { a: "1" }, 1);
    vi.useFakeTimers({ now: Date.now() + 25 * 3600 * 1000 });
    sweep();
    vi.useRealTimers();
    expect(localStorage.length).toBe(0);
  });
  it("is nothing where something else stands", () => {
    localStorage.setItem("acceptance-copy-c", "{broken");
    expect(kept("c")).toBeUndefined();
  });
});

describe("a visit", () => {
  const visit = { hall: "demo", window: "3", ticket: "t", number: "F001", service: "s", serviceName: "n" };
  it("is read with what is right of it", () => {
    const got = readVisit({
      ...visit,
      holder: { kind: "citizen", name: "Wang", number: "1", sex: 3 },
      papers: [{ id: "p", name: "a.pdf", type: "application/pdf", size: 5 }, { name: "none" }, 7],
    });
    expect(got?.papers).toEqual([{ id: "p", name: "a.pdf", type: "application/pdf", size: 5 }]);
    expect(got?.holder).toMatchObject({ name: "Wang", number: "1", sex: undefined });
  });
  it.each([null, 7, "x", {}, { ...visit, ticket: 5 }, { ...visit, number: "x".repeat(200) }])(
    "is nothing in %j",
    (data) => {
      expect(readVisit(data)).toBeUndefined();
    },
  );
  it("comes from this machine alone", () => {
    for (const origin of ["http://127.0.0.1:8083", "http://localhost:8083", "http://[::1]:8083"])
      expect(local(origin)).toBe(true);
    for (const origin of [
      "https://evil.example",
      "http://127.0.0.1.evil.example",
      "http://localhost.evil.example",
      "null",
      "file://",
    ])
      expect(local(origin)).toBe(false);
  });
});

it("what is only shown waits until the applicant comes", () => {
  const shown = material("a", { electronic: true, type: "show" });
  const open = { state: "submitted" } as const;
  expect(waitsForHer({ ...open, mode: "verification" }, shown, true)).toBe(true);
  expect(waitsForHer({ ...open, mode: "pre-review" }, shown, false)).toBe(true);
  expect(waitsForHer({ ...open, mode: "pre-review" }, shown, true)).toBe(false);
  expect(waitsForHer({ ...open, mode: "window" }, shown, false)).toBe(false);
  expect(
    waitsForHer(
      { ...open, mode: "verification" },
      material("b", { electronic: true, source: "upload" }),
      false,
    ),
  ).toBe(false);
  expect(waitsForHer({ state: "decided", mode: "verification" }, shown, false)).toBe(false);
});
