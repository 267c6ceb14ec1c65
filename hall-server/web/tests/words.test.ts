import { describe, expect, test } from "vitest";
import { nextPage } from "../src/door";
import { ago, minutes, percent, stateWord } from "../src/words";
import { openWindows, partOf } from "../src/zones";
import { board } from "./fixtures";

test.each([
  [0, "0 分钟"],
  [59, "0 分钟"],
  [3599, "59 分钟"],
  [3600, "1 小时 0 分"],
  [-5, "0 分钟"],
])("%d seconds are %s", (seconds, want) => expect(minutes(seconds)).toBe(want));

test("what began within the minute is just now", () => {
  expect(ago(59)).toBe("刚刚");
  expect(ago(61)).toBe("1 分钟");
});

test("100% means all of them, and nobody rated is no figure", () => {
  expect(percent(1999, 2000)).toBe("99.9%");
  expect(percent(3, 3)).toBe("100%");
  expect(percent(0, 0)).toBe("");
});

test("a window whose citizen is still on the way doesn't say it is serving", () => {
  expect(stateWord("serving", "called")).toBe("等待到场");
  expect(stateWord("serving", "serving")).toBe("正在办理");
});

test("a zone's board has that zone's windows, services and calls only", () => {
  const part = partOf(board(), "C");
  expect(part.windows.map((w) => w.number)).toEqual(["10", "11", "12"]);
  expect(part.services.map((s) => s.id)).toEqual(["id-card", "exit-entry"]);
  expect(part.calls.every((c) => c.zone === "C")).toBe(true);
  expect(partOf(board(), "").windows).toHaveLength(12);
});

test("windows that are paused, signed out, abnormal or disabled are not open", () => {
  const windows = board().windows ?? [];
  expect(openWindows(windows)).toBe(9);
  expect(openWindows(windows.map((w) => ({ ...w, disabled: true })))).toBe(0);
});

describe("where the sign-in goes on to", () => {
  test.each([
    ["?next=%2Fboard%3Fzone%3DA", "/board?zone=A"],
    ["?next=%2Fadmin", "/admin"],
    ["", "/admin"],
    ["?next=https%3A%2F%2Fevil.example", "/admin"],
    ["?next=%2F%2Fevil.example", "/admin"],
    ["?next=%2F%5Cevil.example", "/admin"],
    ["?next=javascript%3Aalert(1)", "/admin"],
    ["?next=%2Flogin%3Fnext%3D%2Flogin", "/admin"],
  ])("%s leads to %s", (search, want) => expect(nextPage(search)).toBe(want));
});
