import { SOURCE, setLanguage } from "@smarthall/ui";
import { afterEach, describe, expect, it } from "vitest";
import { wordsOf } from "../src/problems/words";

describe("why the hall says no", () => {
  afterEach(() => setLanguage(SOURCE));

  it("is the hall's own sentence for who reads Chinese", () => {
    expect(wordsOf({ code: "quota.person", detail: "您今天取号已达上限（3 次）" }, "other")).toBe(
      "您今天取号已达上限（3 次）",
    );
    expect(wordsOf({ code: "quota.person", detail: "" }, "other")).toBe("您今天取号已达上限");
  });

  it("is ours by its code for who reads something else", async () => {
    await setLanguage("en");
    expect(wordsOf({ code: "quota.person", detail: "您今天取号已达上限" }, "other")).toBe(
      "You have taken as many tickets as possible today",
    );
  });

  it("is the page's general words for a code that nobody knows", async () => {
    await setLanguage("en");
    expect(wordsOf({ code: "toString", detail: "说不清" }, "Please ask")).toBe("Please ask");
    expect(wordsOf({ code: "new.code", detail: "" }, "Please ask")).toBe("Please ask");
  });
});
