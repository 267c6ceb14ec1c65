import { expect, test } from "vitest";
import type { DeviceView } from "../src/link.gen";
import { deviceState, deviceWord, lookOf } from "../src/states";

const printer: DeviceView = {
  id: "printer",
  class: "printer",
  name: "芯烨 XP-80C",
  profile: "xprinter/xp-80c",
  state: "paper_end",
  since: "2026-11-23T09:00:00+08:00",
};

test("a device that can't be asked isn't called well: its port is open, and no more is known", () => {
  const blind = { ...printer, state: "online", unasked: true };
  expect(lookOf(deviceState(blind))).toEqual({ tone: "away", word: "端口已打开" });
  expect(lookOf(deviceState({ ...blind, unasked: false })).word).toBe("正常");
  expect(lookOf(deviceState({ ...blind, state: "offline" })).word).toBe("未连接");
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
