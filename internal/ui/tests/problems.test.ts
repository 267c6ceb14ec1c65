import { afterEach, expect, test } from "vitest";
import { setLanguage } from "../src/i18n";
import { wordsOf } from "../src/problems";

afterEach(() => setLanguage("zh-CN"));

const busy = { code: "window.busy", detail: "请先处理完 A012 号" };

test("a Chinese reader gets the server's sentence, which knows numbers and names", () => {
  expect(wordsOf(busy, "x")).toBe("请先处理完 A012 号");
  expect(wordsOf({ code: "window.busy", detail: "" }, "失败")).toBe("失败");
});

test("a reader of English gets the words for the code, and the server's where there are none", async () => {
  await setLanguage("en");
  expect(wordsOf(busy, "x")).toBe("Please finish the ticket in front first");
  expect(wordsOf({ code: "new.code", detail: "新的提示" }, "x")).toBe("新的提示");
  expect(wordsOf({ code: "new.code", detail: "" }, "failed")).toBe("failed");
});

test("a code that is a property of every object is no code of ours", async () => {
  await setLanguage("en");
  for (const code of ["constructor", "__proto__", ""]) expect(wordsOf({ code, detail: "" }, "x")).toBe("x");
});
