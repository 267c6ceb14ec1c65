import { describe, expect, it } from "vitest";
import { choices, MAX_PINYIN, readTable, rest, typed } from "../src/parts/pinyin/choices";

const table = await readTable();
const of = (letters: string) => choices(table, letters);
const texts = (letters: string) => of(letters).map((c) => c.text);

describe("the characters of a syllable", () => {
  it("are the most used first, each with its own readings", () => {
    expect(texts("wang").slice(0, 4)).toContain("王");
    expect(texts("de")[0]).toBe("的");
    expect(texts("zhong")[0]).toBe("中");
    for (const [letters, name] of [
      ["zha", "查"],
      ["xie", "解"],
      ["shan", "单"],
      ["qiu", "仇"],
      ["ou", "区"],
      ["zeng", "曾"],
    ] as const)
      expect(texts(letters)).toContain(name);
  });

  it("of lv and nve are found with u as well where that is meant", () => {
    expect(texts("lv")).toContain("吕");
    expect(texts("lue").slice(0, 3)).toEqual(texts("lve").slice(0, 3));
    expect(texts("nve")[0]).toMatch(/[虐疟]/);
  });

  it("hold every character of the common table, once a syllable", () => {
    const all = new Set<string>();
    for (const [syllable, characters] of table) {
      expect(syllable).toMatch(/^[a-z]{1,6}$/);
      expect(new Set(characters).size, syllable).toBe([...characters].length);
      for (const c of characters) all.add(c);
    }
    expect(all.size).toBe(8105);
  });
});

describe("letters that wait", () => {
  it("are taken by the longest syllable first, by a shorter one if that is chosen", () => {
    const fang = of("fangan");
    expect(fang[0]).toEqual({ text: "方", used: 4 });
    const shorter = fang.find((c) => c.text === "反");
    expect(shorter?.used).toBe(3);
    expect(rest("fangan", fang[0] as { text: string; used: number })).toBe("an");
    expect(rest("fangan", shorter as { text: string; used: number })).toBe("gan");
  });

  it("are parted by an apostrophe", () => {
    expect(texts("xian")).toContain("先");
    const apart = of("xi'an");
    expect(apart.every((c) => c.used <= 2)).toBe(true);
    expect(rest("xi'an", { text: "西", used: 2 })).toBe("an");
  });

  it("that are no syllable yet give one character of each that it may become", () => {
    expect(texts("zh").length).toBeGreaterThan(100);
    expect(new Set(texts("zh")).size).toBe(texts("zh").length);
    expect(of("zh").every((c) => c.used === 2)).toBe(true);
  });

  it("that begin nothing give nothing, and what is no letter isn't taken", () => {
    for (const letters of ["", "'", "vv", "constructor", "__proto__", "ü"])
      expect(of(letters), letters).toEqual([]);
    for (const key of ["A", "1", "<", "ab", "", " "]) expect(typed("wa", key), key).toBe("wa");
    expect(typed("", "'")).toBe("");
    expect(typed("xi'", "'")).toBe("xi'");
    let long = "";
    for (let i = 0; i < 100; i++) long = typed(long, "a");
    expect(long.length).toBe(MAX_PINYIN);
  });
});
