import { expect, test } from "vitest";
import { problemOf, wordsOf } from "../src/api";

test("a problem document speaks to the reader, wrong inputs first", () => {
  const full = problemOf(409, JSON.stringify({ code: "appointment.full", detail: "该时段已约满" }));
  expect(full.code).toBe("appointment.full");
  expect(wordsOf(full)).toBe("该时段已约满");
  const input = problemOf(
    422,
    JSON.stringify({
      code: "identity.input",
      detail: "填写的内容有误",
      errors: [{ location: "body.number", message: "身份证号码有误，请核对" }],
    }),
  );
  expect(input.fields).toEqual([{ name: "number", message: "身份证号码有误，请核对" }]);
  expect(wordsOf(input)).toBe("身份证号码有误，请核对");
});

test("what machines say to each other isn't shown, and a proxy's page is no problem document", () => {
  const machine = problemOf(
    422,
    JSON.stringify({ detail: "请求内容有误", errors: [{ location: "body.x", message: "expected string" }] }),
  );
  expect(wordsOf(machine)).toBe("请求内容有误");
  expect(wordsOf(problemOf(502, "<html>Bad Gateway</html>"))).toContain("502");
  expect(wordsOf(new Error("secret"))).not.toContain("secret");
});
