import { afterEach, expect, test, vi } from "vitest";
import { areas } from "../src/staff/areas";
import { complete, fresh, sectionOf, sections, stepsOf } from "../src/staff/items/fields";
import { itemOf, type Row } from "../src/staff/items/item";
import { dayOf, moment, share, yuan } from "../src/staff/kit/format";
import { useList } from "../src/staff/kit/list";
import { useWork } from "../src/staff/kit/work";
import { treeOf } from "../src/staff/members/member";

afterEach(() => vi.unstubAllGlobals());

test("every area has an address and an id of its own", () => {
  expect(new Set(areas.map((a) => a.path)).size).toBe(areas.length);
  expect(new Set(areas.map((a) => a.id)).size).toBe(areas.length);
  for (const a of areas) expect(a.path).toMatch(/^[a-z-]+$/);
});

test("times are those of the halls, wherever the browser is", () => {
  expect(moment("2026-11-24T17:05:00Z")).toBe("2026-11-25 01:05");
  expect(dayOf("2026-11-24T17:05:00Z")).toBe("2026-11-25");
  expect(dayOf("2026-11-24")).toBe("2026-11-24");
  for (const none of [undefined, "", "soon", "0001-01-01T00:00:00Z"]) expect(moment(none)).toBe("");
});

test("amounts and shares", () => {
  expect(yuan(123456)).toBe("1,234.56");
  expect(share(1, 3)).toBe("33.3%");
  expect(share(0, 0)).toBe("");
});

test("a list comes page by page, and only the latter of two questions is answered", async () => {
  const list = useList(async (last: { id: number } | undefined) => {
    const from = last?.id ?? 0;
    return from < 4 ? [{ id: from + 1 }, { id: from + 2 }] : [{ id: 5 }];
  }, 2);
  await list.again();
  expect(list.more.value).toBe(true);
  await list.next();
  await list.next();
  expect(list.rows.value.map((r) => r.id)).toEqual([1, 2, 3, 4, 5]);
  expect(list.more.value).toBe(false);

  const answers: ((rows: string[]) => void)[] = [];
  const slow = useList(() => new Promise<string[]>((resolve) => answers.push(resolve)));
  const first = slow.again();
  const second = slow.again();
  answers[1]?.(["new"]);
  await second;
  answers[0]?.(["old"]);
  await first;
  expect(slow.rows.value).toEqual(["new"]);
});

test("work keeps the platform's words for each input, and isn't done twice at once", async () => {
  vi.stubGlobal("fetch", async () => {
    const errors = [{ location: "body.name", message: "请填写名称" }];
    return new Response(JSON.stringify({ code: "x.y", detail: "有误", errors }), { status: 422 });
  });
  const { call } = await import("../src/api");
  const work = useWork();
  expect(await work.run(() => call("POST", "/x"))).toBe(false);
  expect(work.failure.value).toBe("请填写名称");
  expect(work.wrong.name).toBe("请填写名称");

  let done = 0;
  const slow = () =>
    new Promise<void>((resolve) =>
      setTimeout(() => {
        done++;
        resolve();
      }),
    );
  expect(await Promise.all([work.run(slow), work.run(slow)])).toEqual([true, false]);
  expect(done).toBe(1);
  expect(work.wrong.name).toBeUndefined();
});

test("organisations stand below their parents; a ring or an unknown parent loses none", () => {
  const o = (id: string, parent = "") => ({ id, parent, name: id, region: "330102" });
  const tree = treeOf([o("b", "a"), o("a"), o("c", "b"), o("x", "gone"), o("r1", "r2"), o("r2", "r1")]);
  expect(tree.map((x) => `${"-".repeat(x.depth)}${x.id}`)).toEqual(["a", "-b", "--c", "x", "r1", "r2"]);
});

test("an item gets every list and group that the form edits, and keeps what is there", () => {
  const all = sections.flatMap((s) => s.fields);
  const item: Row = {
    materials: [{ id: "m1", name: "申请表" }],
    situation: { questions: [{ id: "q1", options: [{ id: "o1" }] }] },
  };
  complete(item, all);
  const [material] = item.materials as Row[];
  expect(material).toMatchObject({ id: "m1", name: "申请表", source: {}, sample: {}, blank: {} });
  const [question] = (item.situation as Row).questions as Row[];
  const [option] = (question?.options ?? []) as Row[];
  expect(option).toMatchObject({ materials: [], fees: [], without: [] });
  expect(option).not.toHaveProperty("promised"); // without one the item's own holds
  expect(item.promised).toEqual({});
});

test("a new entry has an id that no other has", () => {
  const materials = sections.flatMap((s) => s.fields).find((f) => f.key === "materials");
  if (!materials) throw new Error("no materials");
  expect(fresh(materials, []).id).toBe("m1");
  expect(fresh(materials, [{ id: "m2" }]).id).toBe("m3");
});

test("a path finds its field and its section, however deep", () => {
  const steps = stepsOf("situation.questions[q1].options[own].promised.unit");
  expect(steps.map((s) => s.field?.label)).toEqual([
    "f.situation",
    "f.questions",
    "f.options",
    "f.optionPromised",
    "f.unit",
  ]);
  expect(steps[1]?.entry).toBe("q1");
  expect(sectionOf("materials[2].source.name")).toBe("materials");
  expect(sectionOf("promised")).toBe("handling");
  expect(sectionOf("name")).toBe("base");
});

test("what belongs to the making of a version isn't sent back with the item", () => {
  expect(itemOf({ id: "a", name: "n", gaps: [], edition: 3, reviews: [], stage: {} })).toEqual({
    id: "a",
    name: "n",
  });
});

test("every element of an item that the platform asks for is in the form", () => {
  // What the platform's check names, platform/internal/item/check.go.
  const paths = [
    "level",
    "summary",
    "objects",
    "themes",
    "class",
    "form",
    "online",
    "scope",
    "onlineUrl",
    "statutory.unit",
    "promised.days",
    "materials[0].id",
    "materials[0].name",
    "materials[0].type",
    "materials[0].need",
    "materials[0].source.kind",
    "materials[0].standard",
    "materials[0].source.name",
    "materials[0].source.contact",
    "materials[0].originals",
    "materials[0].sample.url",
    "materials[0].blank.url",
    "fees[0].id",
    "fees[0].name",
    "fees[0].standard",
    "fees[0].basis",
    "onlinePayment",
    "conditions",
    "steps[0].name",
    "steps[0].text",
    "steps[0].limit.unit",
    "review",
    "result.name",
    "result.kind",
    "result.sample",
    "places[0].name",
    "places[0].address",
    "places[0].hours",
    "places[0].service",
    "bookable",
    "consultations[0].way",
    "supervision[0].where",
    "faq[0].question",
    "faq[0].answer",
    "situation.questions[0].id",
    "situation.questions[0].text",
    "situation.questions[0].options[0].next",
    "situation.questions[0].options[0].refuse",
    "situation.questions[0].options[0].without",
  ];
  for (const path of paths) {
    for (const step of stepsOf(path)) expect(step.field, `${path}: ${step.key}`).toBeDefined();
  }
});
