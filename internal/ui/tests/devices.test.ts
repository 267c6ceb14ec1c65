import { afterEach, expect, test } from "vitest";
import { deviceAdvice, deviceNote, deviceSays } from "../src/devices";
import { setLanguage } from "../src/i18n";
import type { DeviceView } from "../src/link.gen";

const printer: DeviceView = {
  id: "printer",
  class: "printer",
  name: "芯烨 XP-80C",
  nameEn: "Xprinter XP-80C",
  profile: "xprinter/xp-80c",
  state: "paper_end",
  since: "2026-11-23T09:00:00+08:00",
};
const jam = { class: "label-printer", state: "jam", detail: "切刀卡住", advice: "请打开机盖" };

afterEach(() => setLanguage("zh-CN"));

test("a device's note has its model, what happened, what to do and the revision", () => {
  expect(deviceNote({ ...printer, detail: "缺纸", advice: "请装入打印纸", revision: "2d1820c9f4fc" })).toBe(
    "芯烨 XP-80C；缺纸；请装入打印纸；型号文件版本 2d1820c9f4fc",
  );
  expect(deviceNote(printer)).toBe("芯烨 XP-80C");
});

test("the note of a device that can't be asked says so", () => {
  expect(deviceNote({ ...printer, state: "online", unasked: true })).toContain("断线看不出来");
});

test("readers of Chinese get the agent's own words", () => {
  expect(deviceSays(jam)).toEqual(["切刀卡住", "请打开机盖"]);
});

test("others read what to do by class and state, or by state alone", async () => {
  await setLanguage("en");
  expect(deviceSays(jam)).toEqual(["Open the cover, take out what is stuck, and close it"]);
  expect(deviceSays({ ...jam, state: "paper_end" })).toEqual(["Put in a roll of labels and close the cover"]);
  expect(deviceAdvice({ class: "printer", state: "paper_end", advice: "请装入打印纸" })).toBe(
    "Put in paper and close the cover",
  );
  expect(deviceNote({ ...printer, advice: "请装入打印纸" })).toContain("Put in paper and close the cover");
});

test("nobody is told to do anything about what is well, and of an unknown state the agent's own words stay", async () => {
  await setLanguage("en");
  expect(deviceSays({ ...jam, advice: "" })).toEqual([]);
  expect(deviceAdvice({ class: "printer", state: "new", advice: "请查看" })).toBe("请查看");
});
