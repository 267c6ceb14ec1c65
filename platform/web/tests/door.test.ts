import { expect, test } from "vitest";
import { nextPage } from "../src/door";

test("a sign-in goes back to where the reader was, on this site only", () => {
  expect(nextPage("?next=%2Fbook%3Fitem%3Da%26hall%3Db")).toBe("/book?item=a&hall=b");
  for (const evil of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "",
    "book",
  ]) {
    expect(nextPage(`?next=${encodeURIComponent(evil)}`)).toBe("/my");
  }
});
