import type { HallView } from "@smarthall/ui";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Article, laws, notices, readArticles, tiles } from "../src/hall/sections";

const hall = {
  name: "市民中心",
  notices: ["请保管好随身物品"],
  about: {
    notices: [{ title: "本厅周六开放", date: "2026-11-10", text: ["一"] }],
    laws: [{ title: "行政许可法", text: ["二"] }],
  },
} as unknown as HallView;

const platform: Article[] = [
  { kind: "notice", title: "元旦放假", date: "2026-11-20", source: "政务办", text: ["三"] },
  { kind: "notice", title: "医保缴费", date: "2026-10-20", text: ["四"] },
  { kind: "law", title: "食品安全法", date: "2015-04-24", text: ["五"] },
  { kind: "law", title: "行政许可法", date: "2003-08-27", text: ["六"] },
];

describe("the platform's articles stand beside the hall's own", () => {
  it("notices by their days, behind what runs along the boards", () => {
    expect(notices(hall, platform).map((a) => a.title)).toEqual([
      "请保管好随身物品",
      "元旦放假",
      "本厅周六开放",
      "医保缴费",
    ]);
  });

  it("a law that the hall names itself is there once, in the hall's words", () => {
    expect(laws(hall, platform).map((a) => a.text?.[0])).toEqual(["二", "五"]);
  });

  it("sections count both, and a hall that says nothing has them all the same", () => {
    const hints = tiles(hall, platform).map((s) => [s.id, s.hint]);
    expect(hints).toContainEqual(["notices", "4 篇"]);
    const silent = { name: "分中心", zones: [] } as unknown as HallView;
    expect(tiles(silent, platform).map((s) => s.id)).toEqual(["laws", "notices"]);
    expect(tiles(silent, [])).toEqual([]);
  });

  it("the hall's own lists are left as they are", () => {
    const before = JSON.stringify(hall);
    notices(hall, platform);
    laws(hall, platform);
    expect(JSON.stringify(hall)).toBe(before);
  });
});

describe("articles that can't be read are none", () => {
  afterEach(() => vi.unstubAllGlobals());
  for (const [name, fetch] of [
    ["no hall", () => Promise.reject(new Error("away"))],
    ["a refusal", () => Promise.resolve(new Response("no", { status: 503 }))],
    ["no JSON", () => Promise.resolve(new Response("<html>"))],
  ] as [string, () => Promise<Response>][])
    it(name, async () => {
      vi.stubGlobal("fetch", vi.fn(fetch));
      expect(await readArticles()).toEqual([]);
    });
});
