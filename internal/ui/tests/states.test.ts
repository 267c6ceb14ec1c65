import { expect, test } from "vitest";
import type { DeviceView } from "../src/link.gen";
import { deviceNote, deviceState, deviceWord, lookOf } from "../src/states";

const printer: DeviceView = {
  id: "printer",
  class: "printer",
  name: "芯烨 XP-80C",
  profile: "xprinter/xp-80c",
  state: "paper_end",
  since: "2026-11-23T09:00:00+08:00",
};

test("a device's note has its model, what happened, what to do and the revision", () => {
  expect(deviceNote({ ...printer, detail: "缺纸", advice: "请装入打印纸", revision: "2d1820c9f4fc" })).toBe(
    "芯烨 XP-80C；缺纸；请装入打印纸；型号文件版本 2d1820c9f4fc",
  );
  expect(deviceNote(printer)).toBe("芯烨 XP-80C");
});

test("a device that can't be asked isn't called well: its port is open, and no more is known", () => {
  const blind = { ...printer, state: "online", unasked: true };
  expect(lookOf(deviceState(blind))).toEqual({ tone: "away", word: "端口已打开" });
  expect(lookOf(deviceState({ ...blind, unasked: false })).word).toBe("正常");
  expect(lookOf(deviceState({ ...blind, state: "offline" })).word).toBe("未连接");
  expect(deviceNote(blind)).toContain("断线看不出来");
});

test("every class has a word of its own", () => {
  const classes = [
    "printer",
    "id-reader",
    "scanner",
    "led",
    "pad",
    "keypad",
    "label-printer",
    "page-printer",
    "camera",
    "document-scanner",
    "speaker",
    "button",
    "sensor",
  ];
  expect(new Set(classes.map(deviceWord)).size).toBe(classes.length);
  expect(deviceWord("of tomorrow")).toBe("设备");
});
