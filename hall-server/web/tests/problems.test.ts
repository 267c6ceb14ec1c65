import { expect, test } from "vitest";
import { health } from "../src/problems";
import { board } from "./fixtures";

test("machines are counted by kind, those of an absent agent as not working", () => {
  expect(health(board())).toEqual([
    { kind: "终端", well: 5, all: 6 },
    { kind: "打印机", well: 1, all: 2 },
    { kind: "读卡器", well: 4, all: 5 },
    { kind: "扫码器", well: 1, all: 2 },
    { kind: "评价器", well: 2, all: 3 },
    { kind: "条屏", well: 2, all: 3 },
  ]);
});
