import { expect, test } from "vitest";
import type { DeviceView } from "../src/link.gen";
import { deviceNote, deviceWord } from "../src/states";

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
  ];
  expect(new Set(classes.map(deviceWord)).size).toBe(classes.length);
  expect(deviceWord("of tomorrow")).toBe("设备");
});
