import { SOURCE, setLanguage } from "@smarthall/ui";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import {
  type Case,
  type Guide,
  given,
  type Legal,
  type Material,
  openDoor,
  Refusal,
  wordsOf,
} from "../src/terminal/door";
import { mendable, spoken, wanting, withStaged } from "../src/terminal/mend";
import { after, before, first, STAGES, type Step, stageOf, stages } from "../src/terminal/steps";
import { answersOf, read, takes, waysOf } from "../src/terminal/subject";
import { useActing } from "../src/terminal/useActing";
import { useKeeper } from "../src/terminal/useKeeper";
import { useSituation } from "../src/terminal/useSituation";

const all = { form: true, materials: true, face: true };
const ways: [string, typeof all, Step[]][] = [
  ["with all of it", all, ["form", "materials", "face", "sign", "check"]],
  ["without materials", { ...all, materials: false, face: false }, ["form", "sign", "check"]],
  ["without a form", { ...all, form: false, face: false }, ["materials", "sign", "check"]],
  ["with nothing to fill in", { form: false, materials: false, face: false }, ["sign", "check"]],
];
test.each(ways)("the pages of an application %s, to and fro", (_, needs, want) => {
  const there: Step[] = [first(needs)];
  for (let s = after(there[0] as Step, needs); s; s = after(s, needs)) there.push(s);
  expect(there).toEqual(want);
  const back: Step[] = [];
  for (let s: Step | undefined = "check"; s; s = before(s, needs)) back.unshift(s);
  expect(back).toEqual(want);
});

test("every page has its place on the strip, in order", () => {
  const places = [
    "begin",
    "items",
    "situation",
    "form",
    "materials",
    "face",
    "sign",
    "check",
    "done",
  ] as Step[];
  const at = places.map((s) => STAGES.indexOf(stageOf[s]));
  expect(at).toEqual([...at].sort((a, b) => a - b));
});

let answers: (() => Response | Promise<Response>)[] = [];
let asked: { url: string; init: RequestInit }[] = [];
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  asked = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const next = answers.shift();
    if (!next) throw new TypeError("away");
    return next();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a refusal has the platform's own words, wrong inputs first", async () => {
  answers.push(() =>
    json(
      {
        code: "cases.values",
        detail: "\u8868\u5355\u6709\u8bef",
        errors: [
          { location: "body.values.name", message: "\u8bf7\u586b\u5199\u59d3\u540d" },
          { message: "expected string" },
        ],
      },
      422,
    ),
  );
  const err = await openDoor("s")
    .ask("POST", "/cases", {})
    .catch((e: unknown) => e);
  expect(err).toBeInstanceOf(Refusal);
  expect((err as Refusal).fields[0]).toEqual({
    name: "values.name",
    message: "\u8bf7\u586b\u5199\u59d3\u540d",
  });
  expect(wordsOf(err)).toBe("\u8bf7\u586b\u5199\u59d3\u540d");
  await setLanguage("en");
  answers.push(() =>
    json({ code: "cases.values", detail: "\u8868\u5355\u6709\u8bef", errors: [{ message: "\u8bf7" }] }, 422),
  );
  const other = await openDoor("s")
    .ask("POST", "/cases", {})
    .catch((e: unknown) => e);
  const said = wordsOf(other);
  await setLanguage(SOURCE);
  expect(said).toBe("Some answers in the form need to be corrected");
});

test("nobody there, and an answer that is none, are told in words", async () => {
  const away = await openDoor("s")
    .own("GET", "")
    .catch((e: unknown) => e);
  expect((away as Refusal).status).toBe(0);
  answers.push(() => new Response("<html>", { status: 502 }));
  const broken = (await openDoor("s")
    .own("GET", "")
    .catch((e: unknown) => e)) as Refusal;
  expect([broken.status, broken.over, wordsOf(broken).length > 0]).toEqual([502, false, true]);
});

test("a session's name can't lead anywhere else", async () => {
  answers.push(() => json({}));
  await openDoor("../x?y").ask("GET", "/me/cases");
  expect(asked[0]?.url).toBe("/terminal/..%2Fx%3Fy/platform/me/cases");
});

/** The keeper of a draft, within a component that can go. */
function keeper(failed = vi.fn()) {
  let k: ReturnType<typeof useKeeper> | undefined;
  const app = createApp(
    defineComponent({
      setup() {
        k = useKeeper(openDoor("s"), failed);
        return () => h("i");
      },
    }),
  );
  app.mount(document.createElement("div"));
  k?.open({ id: "c1", edition: 3, values: {} } as Case);
  return { k: k as ReturnType<typeof useKeeper>, app, failed };
}
const sent = () => asked.map((a) => JSON.parse(String(a.init.body)) as { values: object; edition: number });

test("what is typed is stored after a pause, once", async () => {
  const { k } = keeper();
  answers.push(() => json({ edition: 4 }));
  k.change({ a: "1" });
  k.change({ a: "12" });
  expect(k.kept.value).toBe(false);
  await vi.advanceTimersByTimeAsync(700);
  expect(sent()).toEqual([{ values: { a: "12" }, edition: 3 }]);
  expect(k.kept.value).toBe(true);
});

test("another device's change in between: whoever stands here is right", async () => {
  const { k } = keeper();
  answers.push(
    () => json({ saved: false, edition: 9, code: "cases.stale", detail: "x" }, 409),
    () => json({ edition: 10 }),
  );
  k.change({ a: "1" });
  expect(await k.keep()).toBe(true);
  expect(sent().map((s) => s.edition)).toEqual([3, 9]);
});

test("while the hall is away nothing is lost, and it is tried again", async () => {
  const { k, failed } = keeper();
  k.change({ a: "1" });
  expect(await k.keep()).toBe(false);
  expect(k.failure.value).not.toBe("");
  answers.push(() => json({ edition: 4 }));
  await vi.advanceTimersByTimeAsync(2000);
  expect([k.kept.value, k.failure.value, failed.mock.calls.length]).toEqual([true, "", 0]);
});

test("a visit that is over ends the page, and nothing is tried again", async () => {
  const { k, failed } = keeper();
  answers.push(() => json({ code: "session.gone", detail: "x" }, 410));
  k.change({ a: "1" });
  await k.keep();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(1);
  const [told] = (failed.mock.calls[0] ?? []) as [Refusal?];
  expect(told?.over).toBe(true);
});

test("nothing of a person stays in the browser", async () => {
  const { k, app } = keeper();
  answers.push(() => json({ edition: 4 }));
  k.change({ name: "x" });
  app.unmount();
  await vi.advanceTimersByTimeAsync(1);
  expect(sent().length, "what was typed last is stored as she goes").toBe(1);
  expect(sessionStorage.length + localStorage.length).toBe(0);
});

const mending = { form: false, materials: true, face: true, mend: "supplement" } as const;
test("what is missing is read, provided and signed; what was to come later was signed before", () => {
  const there: Step[] = [first(mending)];
  for (let s = after(there[0] as Step, mending); s; s = after(s, mending)) there.push(s);
  expect(there).toEqual(["mend", "materials", "face", "sign", "check"]);
  const later = { ...mending, mend: "deferred" } as const;
  expect([first(later), after("mend", later), after("materials", later)]).toEqual([
    "mend",
    "materials",
    "check",
  ]);
  expect(stages(mending)).toEqual(["identity", "mend", "materials", "sign", "submit", "receipt"]);
  expect(stages(later)).not.toContain("sign");
  expect(stages(all)).toBe(STAGES);
});

const material = (id: string, more: Partial<Material> = {}): Material => ({
  id,
  name: id,
  type: "copy",
  need: "must",
  electronic: true,
  source: "upload",
  review: "ok",
  ...more,
});
const handedIn = (more: Partial<Case>) =>
  ({ state: "supplementing", materials: [], ...more }) as unknown as Case;

test("a case waits for what a clerk found missing or wrong, or for what was to come later", () => {
  const materials = [
    material("good"),
    material("blurred", { review: "wrong", note: "x" }),
    material("gone", { review: "missing", source: "", electronic: false }),
    material("promised", { review: "unseen", source: "deferred", due: "2026-12-01" }),
  ];
  const supplement = handedIn({ materials, missing: ["blurred: x", "gone"] });
  expect(wanting(supplement).map((m) => m.id)).toEqual(["blurred", "gone"]);
  expect(spoken(supplement)).toBe(false);
  expect(spoken(handedIn({ materials, missing: ["blurred: x", "gone", "and the form"] }))).toBe(true);
  expect(wanting(handedIn({ state: "accepted", deferred: 1, materials })).map((m) => m.id)).toEqual([
    "promised",
  ]);
  expect(mendable(handedIn({ state: "accepted", deferred: 0 }))).toBe(false);
  expect(mendable(handedIn({ state: "submitted" }))).toBe(false);
  expect(mendable(handedIn({ package: "shop" }))).toBe(false);
});

test("what was found wrong isn't given by what is there already", () => {
  expect(given(material("a", { review: "wrong" }))).toBe(false);
  expect(given(material("a", { review: "unseen" }))).toBe(true);
});

test("what comes later isn't given before all of it is chosen", () => {
  const m = material("a", { source: "deferred" });
  expect(withStaged(m, undefined).source).toBe("");
  const file = { id: "f", name: "a.jpg", type: "image/jpeg", size: 1 };
  expect(withStaged(m, { body: { files: ["f"] }, files: [file] })).toMatchObject({
    source: "upload",
    files: [file],
  });
  expect(withStaged(m, { body: { licence: "x" }, files: [] }).source).toBe("licence");
});

const shop = {
  id: "shop",
  name: "Shop",
  organisation: "",
  summary: "",
  service: "a",
  parts: ["food", "stamp"],
};
const licence = { id: "food", name: "Food", organisation: "", summary: "", service: "a" };

test("an answer to a question that items of a package share counts for each of them", () => {
  const picks = [
    { items: ["food", "stamp"], question: "where", option: "here" },
    { items: ["food"], question: "kind", option: "own" },
  ];
  expect(answersOf(picks)).toEqual({ food: { where: "here", kind: "own" }, stamp: { where: "here" } });
});

test("the same questions lead through an item and a package, and a refusal of either leaves the question", async () => {
  const s = useSituation(openDoor("s"));
  const q = { id: "kind", text: "?", options: [{ id: "own", text: "own" }] };
  answers.push(
    () => json({ next: [{ items: ["food", "stamp"], question: q }], done: false, items: [] }),
    () => json({ code: "cases.wrong-item", detail: "\u4e0d\u9002\u7528" }, 409),
    () => json({ next: [], done: true, items: [] }),
    () => json({ done: true, asked: [] }),
  );
  expect(await s.look(shop)).toBe(false);
  expect(await s.answer(shop, "own")).toBe(false);
  expect([s.refused.value, s.any.value, s.question.value?.id]).toEqual(["\u4e0d\u9002\u7528", false, "kind"]);
  expect(await s.answer(shop, "own")).toBe(true);
  expect(JSON.parse(String(asked.at(-1)?.init.body))).toEqual({
    answers: { food: { kind: "own" }, stamp: { kind: "own" } },
  });
  expect(await s.look(licence)).toBe(true);
  expect(asked.at(-1)?.url).toMatch(/items\/food\/outcome\?answers=kind%3Aown$/);
});

test("an answer that nobody heard isn't given", async () => {
  const s = useSituation(openDoor("s"));
  answers.push(() => json({ next: { id: "q", text: "?", options: [] }, done: false }));
  await s.look(licence);
  await expect(s.answer(licence, "x")).rejects.toBeInstanceOf(Refusal);
  expect(s.any.value).toBe(false);
});

test("a form that items of a package share is filled in once, one that asks nothing never", async () => {
  const form = (id: string, sections = [{}]) => json({ id, sections });
  const guide = json({ id: "x", objects: [], result: { kind: "licence" }, delivery: { result: false } });
  answers.push(() => json({ next: [], done: true, items: [{ item: "a" }, { item: "b" }, { item: "c" }] }));
  answers.push(
    () => form("general"),
    () => form("general"),
    () => form("empty", []),
  );
  answers.push(...[1, 2, 3].map(() => () => guide.clone()));
  const papers = await read(openDoor("s"), { package: "shop", each: {} } as Case);
  expect(papers.forms.map((f) => [f.item, f.form.id])).toEqual([["a", "general"]]);
  expect([papers.parts.length, papers.guides.length]).toEqual([3, 3]);
});

const guide = (more: Partial<Guide>): Guide => ({
  id: "g",
  objects: ["person"],
  result: { kind: "licence" },
  delivery: { result: false },
  ...more,
});
test("results go the ways that they go from the portal", () => {
  expect(waysOf([guide({})], "pre-review", "")).toEqual(["collect"]);
  expect(waysOf([guide({ delivery: { result: true } })], "online", "")).toEqual([
    "electronic",
    "post",
    "collect",
  ]);
  expect(waysOf([guide({ result: { kind: "none" } })], "verification", "")).toEqual(["electronic"]);
  expect(waysOf([guide({ result: { kind: "none" } })], "verification", "collect")).toContain("collect");
  expect(waysOf([], "verification", "")).toEqual(["electronic"]);
});

test("a package is for companies only if each of its items is", () => {
  const both = guide({ objects: ["person", "legal"] });
  expect(takes([both, guide({ objects: [] })], "legal")).toBe(true);
  expect(takes([both, guide({})], "legal")).toBe(false);
});

test("in a company's name only what she was entrusted with is applied for, all of it", () => {
  const { able } = useActing(openDoor("s"));
  const company = (items?: string[]): Legal => ({
    id: "l",
    name: "L",
    role: "handler",
    items: items?.map((id) => ({ id })),
  });
  expect(able(company(), ["food", "stamp"])).toBe(true);
  expect(able(company(["food", "stamp", "sign"]), ["food", "stamp"])).toBe(true);
  expect(able(company(["food"]), ["food", "stamp"])).toBe(false);
});

test("of a package under way the parts wait, of one that is over nothing does", async () => {
  const { wants } = useActing(openDoor("s"));
  const part = (id: string, state: string) => ({ id, state, materials: [] });
  answers.push(() => json({ children: [part("a", "supplementing"), part("b", "accepted")] }));
  const found = await wants({ id: "p", package: "shop", state: "submitted" } as Case);
  expect(found.map((c) => c.id)).toEqual(["a"]);
  expect(await wants({ id: "p", package: "shop", state: "closed" } as Case)).toEqual([]);
  expect(await wants(handedIn({ id: "own" }))).toHaveLength(1);
  expect(asked.length).toBe(1);
});
