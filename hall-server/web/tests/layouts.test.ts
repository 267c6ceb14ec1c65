import type { BoardView, LayoutView } from "@smarthall/ui";
import { describe, expect, test } from "vitest";
import { ApiError } from "../src/api";
import { Editor, freshId } from "../src/layouts/editor";
import { nextPriority, screensOf, withSlots } from "../src/layouts/plan";
import type { LayoutDoc } from "../src/layouts/remote";
import { dragged, nudged } from "../src/layouts/snap";
import { fromTemplate, KINDS, newBlock, TEMPLATES } from "../src/layouts/templates";

const layout = (): LayoutView => ({
  id: "l1",
  name: "大屏",
  kind: "screen",
  width: 1920,
  height: 1080,
  blocks: [{ id: "b1", kind: "clock", x: 0, y: 0, w: 200, h: 100, set: {}, style: {} }],
});
const doc = (over: Partial<LayoutDoc> = {}): LayoutDoc => ({
  id: "l1",
  draft: layout(),
  rev: 1,
  version: 0,
  changed: true,
  by: "admin:a",
  at: "2026-11-23T09:00:00+08:00",
  ...over,
});

/** start is an editor with a hall that takes everything, a store of its own and a clock to turn. */
function start() {
  const kept = new Map<string, string>();
  const clock = { now: 0 };
  const hall = {
    fails: undefined as Error | undefined,
    rev: 1,
    async save(draft: LayoutView, rev: number): Promise<LayoutDoc> {
      if (hall.fails) throw hall.fails;
      hall.rev = rev + 1;
      return doc({ draft, rev: hall.rev });
    },
    async publish(_: string, rev: number): Promise<LayoutDoc> {
      hall.rev = rev + 1;
      return doc({ draft: editor.state.layout ?? layout(), rev: hall.rev, version: 1, changed: false });
    },
    async restore(_: string, rev: number): Promise<LayoutDoc> {
      return doc({ draft: layout(), rev: rev + 1, version: 2, changed: false });
    },
  };
  const local = {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => void kept.set(k, v),
    removeItem: (k: string) => void kept.delete(k),
  };
  const make = (): Editor => new Editor(hall, local, () => clock.now);
  const editor = make();
  editor.open(doc());
  return { editor, hall, kept, clock, make };
}

describe("an editor of a layout", () => {
  test("undoes and does again, one step for what belongs together", () => {
    const { editor, clock } = start();
    const name = (text: string) =>
      editor.change("name", (l) => {
        l.name = text;
      });
    name("a");
    name("ab");
    clock.now += 5000;
    name("abc");
    editor.undo();
    expect(editor.state.layout?.name).toBe("ab");
    editor.undo();
    expect(editor.state.layout?.name).toBe("大屏");
    expect(editor.state.undos).toBe(0);
    editor.redo();
    editor.redo();
    expect(editor.state.layout?.name).toBe("abc");
    editor.undo();
    name("other");
    expect(editor.state.redos).toBe(0);
  });

  test("copies, lifts and removes blocks without two of one id", () => {
    const { editor } = start();
    editor.state.selected = "b1";
    editor.copy();
    editor.copy();
    const ids = editor.state.layout?.blocks?.map((b) => b.id) ?? [];
    expect(new Set(ids).size).toBe(3);
    editor.raise("b1", 5);
    expect(editor.state.layout?.blocks?.[2]?.id).toBe("b1");
    editor.state.selected = "b1";
    editor.remove();
    expect(editor.block).toBeUndefined();
    expect(editor.state.layout?.blocks).toHaveLength(2);
    expect(freshId(layout())).toBe("b2");
  });

  test("what a save refuses or a closed tab leaves is found again", async () => {
    const { editor, hall, make } = start();
    hall.fails = new ApiError(422, "第 1 块超出了屏幕");
    editor.change("name", (l) => {
      l.name = "新名字";
    });
    expect(await editor.save()).toBe(false);
    expect(editor.state.failure).toBe("第 1 块超出了屏幕");
    expect(editor.state.dirty).toBe(true);
    const later = make();
    later.open(doc());
    expect(later.state.recovered).toBe(true);
    expect(later.state.layout?.name).toBe("新名字");
    later.undo();
    expect(later.state.layout?.name).toBe("大屏");
  });

  test("a save that was taken lets go of the local copy, a discard too", async () => {
    const { editor, kept, make } = start();
    editor.change("name", (l) => {
      l.name = "新名字";
    });
    expect(kept.size).toBe(1);
    expect(await editor.publish()).toBe(true);
    expect(editor.state).toMatchObject({ version: 1, published: true, dirty: false });
    expect(kept.size).toBe(0);
    editor.change("name", (l) => {
      l.name = "x";
    });
    editor.discard(layout());
    expect(kept.size).toBe(0);
    const later = make();
    later.open(doc());
    expect(later.state.recovered).toBe(false);
  });

  test("what is typed while the hall answers is still unsaved", async () => {
    const { editor, hall } = start();
    const save = hall.save;
    hall.save = async (draft, rev) => {
      editor.change("later", (l) => {
        l.name = "later";
      });
      return save(draft, rev);
    };
    editor.change("name", (l) => {
      l.name = "first";
    });
    await editor.save();
    expect(editor.state).toMatchObject({ dirty: true, rev: 2 });
    expect(editor.state.layout?.name).toBe("later");
  });
});

describe("a dragged box", () => {
  const stage = { width: 1000, height: 600 };
  const box = { x: 100, y: 100, w: 200, h: 100 };

  test("keeps to the grid and the stage", () => {
    expect(dragged(box, "move", 33, -4, stage, [], 0).box).toEqual({ x: 130, y: 100, w: 200, h: 100 });
    expect(dragged(box, "move", 5000, 5000, stage, [], 0).box).toMatchObject({ x: 800, y: 500 });
    expect(dragged(box, "move", -5000, 0, stage, [], 0).box.x).toBe(0);
    expect(dragged(box, "se", 5000, 5000, stage, [], 0).box).toMatchObject({ w: 900, h: 500 });
    expect(dragged(box, "nw", 5000, 5000, stage, [], 0).box).toEqual({ x: 280, y: 180, w: 20, h: 20 });
  });

  test("snaps to others' edges and shows the line", () => {
    const other = { x: 413, y: 300, w: 100, h: 50 };
    const { box: to, guides } = dragged(box, "move", 110, 0, stage, [other], 6);
    expect(to.x).toBe(213);
    expect(guides).toContainEqual({ vertical: true, at: 413 });
    expect(dragged(box, "e", 110, 0, stage, [other], 6).box.w).toBe(313);
  });

  test("is nudged by keys and stays on the stage", () => {
    expect(nudged(box, 10, 0, false, stage).x).toBe(110);
    expect(nudged({ ...box, x: 0 }, -10, 0, false, stage).x).toBe(0);
    expect(nudged(box, -500, 0, true, stage).w).toBe(20);
  });
});

test("templates and new blocks lie on their screens", () => {
  for (const name of TEMPLATES) {
    const l = fromTemplate(name);
    for (const b of l.blocks ?? []) {
      expect(b.x >= 0 && b.y >= 0 && b.x + b.w <= l.width && b.y + b.h <= l.height, `${name} ${b.id}`).toBe(
        true,
      );
    }
  }
  const small: LayoutView = { ...layout(), width: 120, height: 100 };
  for (const kind of KINDS) {
    const b = newBlock(kind, "x", small, { x: 119, y: 99 });
    expect(b.x + b.w <= 120 && b.y + b.h <= 100 && b.x >= 0 && b.y >= 0, kind).toBe(true);
  }
  const strip = fromTemplate("strip").strip;
  expect(strip?.called).toEqual([
    { text: "{number}", seconds: 3 },
    { text: "请到{window}号窗口", seconds: 4 },
  ]);
});

test("the screens of a hall are found, shared ones once", () => {
  const board = {
    hall: { zones: [{ id: "A", name: "综合" }] },
    windows: [
      { id: "1", number: "1", name: "x", zone: "A" },
      { id: "11", number: "11", name: "y", zone: "A", screen: "C1" },
      { id: "12", number: "12", name: "z", zone: "A", screen: "C1" },
    ],
    agents: [
      {
        id: "display-1",
        name: "大厅显示",
        devices: [
          { id: "strip-1", class: "led" },
          { id: "p", class: "printer" },
        ],
      },
    ],
  } as unknown as BoardView;
  const names = screensOf(board, [{ screen: "east", slots: [] }]).map((s) => s.name);
  expect(names).toEqual(["board", "board-A", "window-1", "window-C1", "display-1/strip-1", "east"]);
});

test("a new slot wins over those there are; a screen without slots leaves the plan", () => {
  expect(nextPriority([])).toBe(0);
  expect(nextPriority([{ layout: "a" }, { layout: "b", priority: 3 }])).toBe(4);
  expect(nextPriority([{ layout: "a", priority: 9 }])).toBe(9);
  expect(withSlots([{ screen: "a", slots: [{ layout: "x" }] }], "a", [])).toEqual([]);
});
