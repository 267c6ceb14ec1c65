import { describe, expect, it } from "vitest";
import { next, start } from "../src/flow";
import { chapters, find, GUIDE, type Item, initials, needs, themes, up } from "../src/guide";

const item = (id: string, name: string, more: Partial<Item["item"]> = {}): Item => ({
  id,
  name,
  services: [],
  item: more,
});

const food = item("food", "食品经营许可", {
  keywords: ["开餐馆"],
  themes: [{ id: "l-access", object: "legal", name: "准营准办" }],
  materials: [
    { id: "form", name: "申请书" },
    { id: "plan", name: "平面图", optional: true },
    { id: "paper", name: "纸质证明" },
  ],
  charges: [{ id: "check", text: "检测费", optional: true }],
  questions: [
    {
      id: "where",
      text: "在哪里经营？",
      options: [
        { id: "shop", text: "店里", next: "size", materials: ["plan"], without: ["paper"] },
        { id: "none", text: "没有店", refuse: "须有经营场所" },
      ],
    },
    {
      id: "size",
      text: "多大？",
      options: [
        {
          id: "big",
          text: "大",
          fees: ["check"],
          note: "要现场核查",
          promised: { unit: "working-days", days: 10 },
        },
      ],
    },
  ],
});

describe("the first letters of words", () => {
  it.each([
    ["营业执照", "YYZZ"],
    ["食品经营许可（新办）", "SPJYXKXB"],
    ["A类证，3年", "ALZ3N"],
  ])("of %s are %s", (text, want) => expect(initials(text)).toBe(want));

  it("lead to names and keywords, the nearest to the beginning first", () => {
    const all = [item("late", "补办营业执照"), item("soon", "营业执照变更"), food];
    expect(find(all, { ...GUIDE, letters: "YYZZ" }).map((i) => i.id)).toEqual(["soon", "late"]);
    expect(find(all, { ...GUIDE, letters: "KCG" }).map((i) => i.id)).toEqual(["food"]);
    expect(find(all, { ...GUIDE, letters: "QQQ" })).toEqual([]);
    expect(find(all, { ...GUIDE, theme: "准营准办" }).map((i) => i.id)).toEqual(["food"]);
  });

  it("and what has no theme stands on a shelf of its own, the last", () => {
    const all = [item("late", "补办营业执照"), item("soon", "营业执照变更"), food];
    expect(themes(all)).toEqual([
      { name: "准营准办", n: 1 },
      { name: "", n: 2 },
    ]);
    expect(find(all, { theme: "", letters: "" }).map((i) => i.id)).toEqual(["late", "soon"]);
    expect(up({ ...GUIDE, theme: "" })).toEqual(GUIDE);
  });
});

describe("what a case needs", () => {
  it("begins with the first question and what is needed anyway", () => {
    const n = needs(food, []);
    expect(n.next?.id).toBe("where");
    expect(n.materials.map((m) => m.name)).toEqual(["申请书", "纸质证明"]);
  });

  it("follows the answers", () => {
    const n = needs(food, [
      ["where", "shop"],
      ["size", "big"],
    ]);
    expect(n.next).toBeUndefined();
    expect(n.materials.map((m) => m.name)).toEqual(["申请书", "平面图"]);
    expect(n.charges).toEqual(["检测费"]);
    expect(n.promised?.days).toBe(10);
    expect(n.notes).toEqual(["要现场核查"]);
  });

  it("ends where the item is the wrong one", () => {
    const n = needs(food, [["where", "none"]]);
    expect(n.refuse).toBe("须有经营场所");
    expect(n.materials).toEqual([]);
  });

  it("never asks in circles", () => {
    const loop = item("loop", "圈", {
      questions: [{ id: "q", text: "？", options: [{ id: "o", text: "是", next: "q" }] }],
    });
    expect(needs(loop, [["q", "o"]]).next).toBeUndefined();
  });

  it("knows an item of an older platform that tells no more than names", () => {
    expect(needs(item("old", "旧", { materials: [{ name: "身份证" }] }), []).materials).toEqual([
      { name: "身份证" },
    ]);
  });
});

describe("what the law and the department say", () => {
  it("comes as the platform sends it, in the order of the law", () => {
    const all = chapters(
      item("shop", "食品经营许可", {
        organisation: "市场监督管理局",
        code: "11330102",
        conditions: ["有固定场所"],
        bases: [{ law: "《食品安全法》", article: "第三十五条", text: "实行许可制度" }],
        steps: [{ name: "受理", text: "当场受理", post: "综合窗口" }, { name: "发证" }],
        statutory: "20个工作日",
        charges: [
          { id: "copy", text: "工本费：10元", basis: "财税101号" },
          { id: "old", text: "旧" },
        ],
      }),
    );
    expect(all).toEqual([
      { id: "bases", lines: [{ title: "《食品安全法》 第三十五条", text: "实行许可制度" }] },
      { id: "body", lines: [{ text: "市场监督管理局" }] },
      { id: "conditions", lines: [{ text: "有固定场所" }] },
      {
        id: "steps",
        lines: [
          { title: "1. 受理", text: "当场受理 综合窗口" },
          { title: "2. 发证", text: "" },
        ],
      },
      { id: "statutory", lines: [{ text: "20个工作日" }] },
      { id: "fees", lines: [{ title: "工本费：10元", text: "财税101号" }] },
      { id: "code", lines: [{ text: "11330102" }] },
    ]);
  });

  it("is nothing where an older platform says nothing", () => {
    expect(chapters(food)).toEqual([]);
  });
});

describe("the way back", () => {
  it("goes one step at a time and out", () => {
    const deep = {
      letters: "",
      theme: "准营准办",
      item: "food",
      answers: [["where", "shop"]] as [string, string][],
    };
    const item = up(deep);
    expect(item?.answers).toEqual([]);
    const list = item && up(item);
    expect(list).toEqual({ letters: "", theme: "准营准办", item: undefined, answers: [] });
    expect(list && up(list)).toEqual(GUIDE);
    expect(up(GUIDE)).toBeUndefined();
  });

  it("forgets the reader when she goes away, and keeps the service she wants until she says who she is", () => {
    let flow = next(start(), { type: "guides" }, 0, 45_000);
    flow = next(flow, { type: "read", guide: { item: "food" } }, 1000, 45_000);
    expect(flow.deadline).toBe(46_000);
    expect(next(flow, { type: "tick" }, 46_000, 45_000)).toEqual(start());
    flow = next(flow, { type: "want", service: "tax" }, 2000, 45_000);
    expect([flow.step, flow.wanted, flow.guide]).toEqual(["home", "tax", GUIDE]);
    expect(next(flow, { type: "enterPhone" }, 3000, 45_000).wanted).toBe("tax");
    expect(next(flow, { type: "tick" }, 47_000, 45_000)).toEqual(start());
  });
});
