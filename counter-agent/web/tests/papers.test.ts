import type { PaperPage, UploadView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import {
  beside,
  cornerAt,
  cornersOf,
  cropOf,
  edgesOf,
  MOST_TRIM,
  moved,
  paperPress,
  percent,
  uploadsOf,
} from "../src/papers";

const key = (name: string, more: object = {}) => ({
  key: name,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});
const page = (id: string): PaperPage => ({ id, from: "camera", rev: 0, state: "ready", look: "colour" });
const upload = (more: Partial<UploadView>): UploadView => ({
  id: "u",
  ticket: "t",
  kind: "material",
  name: "n",
  state: "sending",
  size: 200,
  sent: 50,
  ...more,
});

describe("keys", () => {
  it("leave the desk's own keys to the desk", () => {
    for (const name of ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", " ", "1", "2", "3"])
      expect(paperPress(key(name), false)).toBeUndefined();
  });

  it("work on pages", () => {
    expect(paperPress(key("F11"), false)).toEqual({ do: "capture" });
    expect(paperPress(key("R"), false)).toEqual({ turn: 90 });
    expect(paperPress(key("ArrowDown"), false)).toEqual({ select: 1 });
    expect(paperPress(key("ArrowDown", { shiftKey: true }), false)).toEqual({ move: 1 });
    expect(paperPress(key("Enter", { ctrlKey: true }), true)).toEqual({ do: "finish" });
  });

  it("are letters while the clerk types a name", () => {
    for (const name of ["r", "e", "t", "Delete", "ArrowUp", "Enter"])
      expect(paperPress(key(name), true)).toBeUndefined();
    expect(paperPress(key("F11"), true)).toEqual({ do: "capture" });
    expect(paperPress(key("Escape"), true)).toEqual({ do: "close" });
  });

  it("of the browser stay the browser's", () => {
    expect(paperPress(key("r", { ctrlKey: true }), false)).toBeUndefined();
    expect(paperPress(key("l", { altKey: true }), false)).toBeUndefined();
  });
});

describe("pages", () => {
  it("move within their list and no further", () => {
    expect(moved(["a", "b", "c"], "a", 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], "c", 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b", "c"], "b", 99)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b"], "a", -1)).toBeUndefined();
    expect(moved(["a", "b"], "gone", 1)).toBeUndefined();
  });

  it("leave the place to their neighbour", () => {
    const papers = { ticket: "t", pages: [page("a"), page("b"), page("c")] };
    expect(beside(papers, "a")).toBe("b");
    expect(beside(papers, "c")).toBe("b");
    expect(beside({ ticket: "t", pages: [page("a")] }, "a")).toBeUndefined();
  });

  it("have four corners that stay on the picture", () => {
    const whole = cornersOf(undefined);
    expect(whole).toHaveLength(4);
    expect(cornerAt(whole, 2, 0.8, 1.7)[2]).toEqual({ x: 0.8, y: 1 });
    expect(cornerAt(whole, 0, -3, 0.2)).toEqual([{ x: 0, y: 0.2 }, ...whole.slice(1)]);
    const own = { ...page("a"), corners: cornerAt(whole, 0, 0.1, 0.1) };
    expect(cornersOf(own)[0]).toEqual({ x: 0.1, y: 0.1 });
  });
});

describe("documents on their way", () => {
  it("are those of the visit in front that the hall hasn't got", () => {
    const list = [upload({}), upload({ id: "v", ticket: "other" }), upload({ id: "w", state: "stored" })];
    expect(uploadsOf(list, "t").map((u) => u.id)).toEqual(["u"]);
    expect(uploadsOf(list, undefined)).toEqual([]);
  });

  it("tell how much is done", () => {
    expect(percent(upload({}))).toBe(25);
    expect(percent(upload({ size: 0, sent: 0 }))).toBe(0);
  });
});

describe("the edges of a page", () => {
  const page = (crop?: PaperPage["crop"]) => ({ id: "1", crop }) as PaperPage;

  it("are cut apart, and read back as they were cut", () => {
    const edges = { top: 3, right: 0, bottom: 12, left: 45 };
    expect(cropOf(edges)).toEqual({ x: 0.45, y: 0.03, width: 0.55, height: 0.85 });
    expect(edgesOf(page(cropOf(edges)))).toEqual(edges);
    expect(edgesOf(page())).toEqual({ top: 0, right: 0, bottom: 0, left: 0 });
  });

  it("always leave a tenth of the page", () => {
    const all = { top: MOST_TRIM, right: MOST_TRIM, bottom: MOST_TRIM, left: MOST_TRIM };
    expect(cropOf(all).width).toBeGreaterThanOrEqual(0.1);
    expect(cropOf(all).height).toBeGreaterThanOrEqual(0.1);
  });
});
