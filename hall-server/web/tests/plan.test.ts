import type { PlanView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import demo from "../../../internal/ui/tests/demo-plan.json";
import {
  type FloorDraft,
  floorsOf,
  moveArea,
  newId,
  planEdits,
  Sketch,
  snapped,
  within,
} from "../src/admin/plan/sketch";
import type { Entry } from "../src/admin/settings/api";
import { choicesOf, languageAsked, type PlanData, ticketChoice } from "../src/plan/data";

const values = {
  plan: {
    floors: [
      {
        id: "f1",
        name: "一楼",
        width: 20,
        depth: 10,
        areas: [
          {
            id: "wall",
            kind: "wall",
            shape: [
              [1, 1],
              [5, 1],
              [5, 2],
            ],
          },
        ],
        places: [
          { id: "w1", kind: "window", window: "1", at: [3, 3] },
          { id: "lift-1", kind: "lift", name: "电梯", at: [9, 9], leads: ["lift-2"] },
        ],
      },
      {
        id: "f2",
        name: "二楼",
        width: 20,
        depth: 10,
        places: [{ id: "lift-2", kind: "lift", name: "电梯", at: [9, 9] }],
      },
    ],
  },
} as unknown as Entry;

const drawn = (how: (floors: FloorDraft[]) => void) => {
  const sketch = new Sketch(floorsOf(values));
  sketch.change(how);
  return planEdits(floorsOf(values), sketch.floors);
};
const first = (floors: FloorDraft[]) => floors[0] as FloorDraft;

describe("a plan that is drawn", () => {
  it("saves a moved window as that window's place, and nothing else", () => {
    expect(drawn((f) => Object.assign(first(f).places[0] as object, { at: [4, 3.5] }))).toEqual([
      { op: "set", path: "plan/floors/f1/places/w1/at", value: [4, 3.5] },
    ]);
    expect(drawn(() => {})).toEqual([]);
  });

  it("saves what is added, removed and emptied", () => {
    const edits = drawn((f) => {
      first(f).places.push({ id: "p1", kind: "water", name: "饮水处", at: [1, 5], turn: 0 });
      first(f).areas = [];
      Object.assign(first(f).places[1] as object, { leads: [] });
      f[1]?.areas.push({
        id: "a1",
        kind: "room",
        name: "室",
        shape: [
          [0, 0],
          [1, 0],
          [1, 1],
        ],
      });
    });
    expect(edits).toEqual([
      { op: "remove", path: "plan/floors/f1/areas/wall" },
      { op: "remove", path: "plan/floors/f1/places/lift-1/leads" },
      {
        op: "insert",
        path: "plan/floors/f1/places",
        value: { id: "p1", kind: "water", name: "饮水处", at: [1, 5] },
      },
      {
        op: "set",
        path: "plan/floors/f2/areas",
        value: [
          {
            id: "a1",
            kind: "room",
            name: "室",
            shape: [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
          },
        ],
      },
    ]);
  });

  it("writes the first plan of a hall, and the floors anew if very much changed", () => {
    const floors = floorsOf(values);
    expect(planEdits([], floors)[0]).toMatchObject({ op: "set", path: "plan" });
    const many = drawn((f) => {
      for (let i = 0; i < 101; i++)
        first(f).places.push({ id: `p${i}`, kind: "other", name: "x", at: [1, 1] });
    });
    expect(many).toHaveLength(1);
    expect(many[0]).toMatchObject({ op: "set", path: "plan/floors" });
  });

  it("escapes ids that hold a slash", () => {
    const odd = [{ id: "a/b~", name: "楼", width: 5, depth: 5, areas: [], places: [] }];
    expect(planEdits(odd, [{ ...odd[0], name: "层" } as FloorDraft])).toEqual([
      { op: "set", path: "plan/floors/a~1b~0/name", value: "层" },
    ]);
  });

  it("takes changes back one by one, a drag as one", () => {
    const sketch = new Sketch(floorsOf(values));
    const at = () => sketch.floors[0]?.places[0]?.at;
    sketch.hold();
    for (const x of [4, 5, 6])
      sketch.change((f) => Object.assign(first(f).places[0] as object, { at: [x, 3] }));
    sketch.release();
    sketch.change((f) => Object.assign(first(f), { name: "底楼" }));
    sketch.undo();
    expect([at(), sketch.floors[0]?.name]).toEqual([[6, 3], "一楼"]);
    sketch.undo();
    expect(at()).toEqual([3, 3]);
    expect(sketch.canUndo).toBe(false);
    sketch.undo();
    sketch.redo();
    expect(at()).toEqual([6, 3]);
    sketch.redo();
    expect(sketch.floors[0]?.name).toBe("底楼");
    sketch.hold();
    sketch.release();
    expect(planEdits(floorsOf(values), sketch.floors)).toHaveLength(2);
  });

  it("keeps things on the floor and on the grid", () => {
    const [floor] = floorsOf(values) as [FloorDraft];
    expect(within(floor, [-3, 99])).toEqual([0, 10]);
    const area = floor.areas[0] as FloorDraft["areas"][0];
    moveArea(floor, area, 100, -100);
    expect(area.shape).toEqual([
      [16, 0],
      [20, 0],
      [20, 1],
    ]);
    expect([snapped(3.3, true), snapped(3.33, false)]).toEqual([3.5, 3.3]);
    expect(newId(floorsOf(values), "lift-")).toBe("lift-3");
  });

  it("survives a file without a plan", () => {
    expect(floorsOf({})).toEqual([]);
    expect(planEdits([], [])).toEqual([]);
  });
});

describe("the plan on a phone", () => {
  const data: PlanData = {
    hall: "中心",
    plan: demo as PlanView,
    services: [
      { id: "social", name: "社会保险业务", windows: ["3", "8-1", "8-2"] },
      { id: "none", name: "无", windows: null },
    ],
    windows: [],
  };

  it("offers services by their windows, windows by number, and all else", () => {
    const { services, windows, places } = choicesOf(data);
    expect(services).toEqual([{ id: "service-social", name: "社会保险业务", places: ["w3", "w8"] }]);
    expect(windows.map((w) => w.name)[1]).toBe("2 号窗口 综合受理 · 一楼");
    expect(places.map((p) => p.id)).toContain("wc-2");
    expect(choicesOf({ ...data, plan: undefined })).toEqual({ services: [], windows: [], places: [] });
  });

  it("knows a ticket's windows by the address, whatever stands there", () => {
    expect(ticketChoice(data, "3,8")).toMatchObject({ id: "ticket", places: ["w3", "w8"] });
    for (const odd of [null, "", "99", "<script>", ",".repeat(9999)])
      expect(ticketChoice(data, odd)).toBeUndefined();
  });
});

describe("the language that a phone begins in", () => {
  it.each([
    ["?windows=3", ["zh-CN", "en"], "?windows=3"],
    ["?windows=3", ["en-GB", "zh"], "?lang=en"],
    ["", ["bo", "en"], "?lang=en"],
    ["", ["bo"], ""],
    ["", [], ""],
    ["?lang=zh-CN", ["en"], "?lang=zh-CN"],
  ])("%s by %s is %s", (search, own, want) => {
    expect(languageAsked(search, own)).toBe(want);
  });
});
