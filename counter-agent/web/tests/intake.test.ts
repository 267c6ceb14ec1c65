import type { DocumentView } from "@smarthall/ui";
import { afterEach, describe, expect, test, vi } from "vitest";
import { matching, sorted } from "../src/intake/choose";
import { door, Refusal } from "../src/intake/door";

const paper = (id: string, name: string): DocumentView => ({
  id,
  name,
  ticket: "t1",
  kind: "material",
  type: "application/pdf",
  size: 5,
  received: 5,
  stored: true,
  sha256: "",
  created: "",
});

describe("choosing what is received", () => {
  const items = [
    { id: "food", name: "食品经营许可", fits: true },
    { id: "card", name: "社会保障卡申领、补换", fits: false },
  ];

  test.each([
    ["", ["food", "card"]],
    ["食品", ["food"]],
    ["许可 食品", ["food"]],
    ["spjy", ["food"]],
    ["SHBZ", ["card"]],
    ["没有", []],
    ["<script>", []],
  ])("%j finds %j", (text, want) => {
    expect(matching(items, text).map((i) => i.id)).toEqual(want);
  });

  test("a scan is the material with its name, unless the clerk says otherwise", () => {
    const materials = [
      { id: "photo", name: "近期免冠照片" },
      { id: "lease", name: "租赁合同复印件" },
    ];
    const scans = [paper("a", "租赁合同"), paper("b", "近期免冠照片"), paper("c", "其他")];
    expect(sorted(scans, materials, {})).toEqual({ a: "lease", b: "photo", c: "" });
    expect(sorted(scans, materials, { a: "", c: "photo" })).toEqual({ a: "", b: "photo", c: "photo" });
    // What the clerk chose for another item's material isn't kept.
    expect(sorted(scans, materials, { c: "gone" })).toEqual({ a: "lease", b: "photo", c: "" });
  });
});

describe("asking the hall", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("a refusal tells which fields are wrong", async () => {
    const problem = { detail: "申请人信息有误", errors: [{ location: "phone", message: "请填写电话号码" }] };
    vi.stubGlobal("fetch", async () => new Response(JSON.stringify(problem), { status: 422 }));
    const err = await door.list().catch((e: unknown) => e);
    expect(err).toBeInstanceOf(Refusal);
    expect(err).toMatchObject({ message: "申请人信息有误", fields: { phone: "请填写电话号码" } });
  });

  test("an answer that is none, or no line, is told in words", async () => {
    vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502 }));
    await expect(door.list()).rejects.toThrow("没有得到答复");
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("no line");
    });
    await expect(door.print("x")).rejects.toThrow("没有得到答复");
  });
});
