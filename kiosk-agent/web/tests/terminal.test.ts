import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { type Case, given, type Material, openDoor, Refusal, wordsOf } from "../src/terminal/door";
import { mendable, spoken, wanting, withStaged } from "../src/terminal/mend";
import { after, before, first, STAGES, type Step, stageOf, stages } from "../src/terminal/steps";
import { useKeeper } from "../src/terminal/useKeeper";

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
