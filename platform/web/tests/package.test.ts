import { describe, expect, it } from "vitest";
import type { Material } from "../src/staff/acceptance/case";
import { fateOf, found, type Pack, type Part, takes } from "../src/staff/acceptance/package";

const material = (id: string, items: string[], review: Material["review"]): Material => ({
  id,
  name: id,
  need: "tolerable",
  source: "paper",
  review,
  items: Object.fromEntries(items.map((i) => [i, id])),
});
const parts: Part[] = ["food", "stamp"].map((item) => ({
  item,
  name: item,
  organisationName: "",
  promised: "",
}));

describe("what becomes of an item of a package", () => {
  const materials = [material("lease", ["food", "stamp"], "ok"), material("plan", ["food"], "unseen")];
  const cases: [string, Material["review"], string[], Record<string, string>, string, string][] = [
    ["all is good", "ok", [], {}, "accept", "accept"],
    ["one that only it wants is missing", "missing", [], {}, "missing", "accept"],
    ["one that only it wants is wrong", "wrong", [], {}, "missing", "accept"],
    ["one that only it wants comes later", "unseen", ["plan"], {}, "deferred", "accept"],
    ["a missing one comes later", "missing", ["plan"], {}, "deferred", "accept"],
    ["one that both want comes later", "ok", ["lease"], {}, "deferred", "deferred"],
    ["nobody looked at one", "unseen", [], {}, "unseen", "accept"],
    ["it is refused, whatever it misses", "unseen", [], { food: "x" }, "refused", "accept"],
  ];
  for (const [name, review, later, refused, food, stamp] of cases) {
    it(name, () => {
      const list = [materials[0] as Material, { ...(materials[1] as Material), review }];
      const kind = (item: string) => fateOf(item, list, new Set(later), refused).kind;
      expect([kind("food"), kind("stamp")]).toEqual([food, stamp]);
    });
  }
});

describe("a package is taken in", () => {
  const view = {
    materials: [material("lease", ["food", "stamp"], "ok"), material("plan", ["food"], "unseen")],
  };
  const none = new Set<string>();
  it("once all is looked at", () => {
    expect(takes(parts, view, none, {})).toBe(false);
    expect(takes(parts, view, new Set(["plan"]), {})).toBe(true);
  });
  it("without what only a refused item misses, if the refusal has its reason", () => {
    expect(takes(parts, view, none, { food: " " })).toBe(false);
    expect(takes(parts, view, none, { food: "禁设区" })).toBe(true);
  });
  it("not if all of it is refused", () => {
    expect(takes(parts, view, none, { food: "a", stamp: "b" })).toBe(false);
  });
});

describe("packages are found", () => {
  const all: Pack[] = [
    { id: "shop", name: "开餐馆一件事", summary: "", items: ["food", "stamp"], keywords: ["开饭店"] },
    { id: "baby", name: "新生儿一件事", summary: "", items: ["card"] },
  ];
  const ids = (text: string, items: string[]) => found(all, text, items).map((p) => p.id);
  it("by the words of the clerk, by the ticket's items, or all", () => {
    expect(ids("开饭店", [])).toEqual(["shop"]);
    expect(ids("我要开饭店", [])).toEqual(["shop"]);
    expect(ids("新生儿", ["food"])).toEqual(["baby"]);
    expect(ids("", ["food"])).toEqual(["shop"]);
    expect(ids(" ", [])).toEqual(["shop", "baby"]);
    expect(ids("公积金", [])).toEqual([]);
  });
});
