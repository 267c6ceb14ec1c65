import type { BoardView } from "@smarthall/ui";
import { expect, test } from "vitest";
import { FEW, health, troubles } from "../src/problems";
import { board } from "./fixtures";

const list = (b: BoardView) => troubles(b).map((x) => `${x.where} ${x.what}`);

test("troubles stand in the order of what they cost citizens", () => {
  expect(list(board())).toEqual([
    "2 号取号机 打印机缺纸",
    "出入境 3 人等候，无窗口开放",
    "3 号窗口终端 终端掉线",
    "11 号窗口 考勤异常",
    "2 号取号机 扫码器未连接",
    "大厅显示 3 号条屏故障",
  ]);
});

test("the devices of an agent that is away are not troubles of their own", () => {
  expect(troubles(board()).filter((x) => x.key.startsWith("counter-3"))).toHaveLength(1);
});

test("a quota that is nearly used up is told in time, one that is used up before what can wait", () => {
  const b = board();
  const [first, second, third] = b.services ?? [];
  if (first && second && third) {
    first.placesLeft = FEW + 1;
    second.placesLeft = FEW;
    third.placesLeft = 0;
  }
  const found = troubles(b).filter((x) => x.key.startsWith("places/"));
  expect(found.map((x) => `${x.where} ${x.what}`)).toEqual([
    `${third?.short} 号已取完`,
    `${second?.short} 只剩 5 个号`,
  ]);
  expect(found[0]).toMatchObject({ tone: "pause", since: "", advice: "如还能接待，请调整限额" });
});

test("a hall where all is well has no troubles", () => {
  const b = board();
  b.windows = (b.windows ?? []).filter((w) => w.state !== "anomaly");
  b.services = (b.services ?? []).map((s) => ({ ...s, openWindows: 1 }));
  b.agents = (b.agents ?? []).map((a) => ({
    ...a,
    online: true,
    devices: (a.devices ?? []).map((d) => ({ ...d, state: "online" })),
  }));
  expect(troubles(b)).toEqual([]);
  expect(health(b).every((h) => h.well === h.all)).toBe(true);
});

test("paper that is nearly used up is told in time, after what is broken", () => {
  const b = board();
  const printer = b.agents?.[0]?.devices?.[0];
  if (printer) Object.assign(printer, { state: "paper_near_end", paperLeft: 42 });
  const found = troubles(b).find((x) => x.key === "kiosk-1/printer");
  expect(found).toMatchObject({ tone: "pause", what: "打印机纸将用完" });
  expect(found?.advice).toContain("约剩 42 张");
  expect(found?.cost).toBeLessThan(troubles(b)[0]?.cost ?? 0);
});

test("a device that has not told its state yet is no trouble", () => {
  const b = board();
  const printer = b.agents?.[0]?.devices?.[0];
  if (printer) printer.state = "";
  expect(troubles(b).some((x) => x.key === "kiosk-1/printer")).toBe(false);
});

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

test("what the hall-server says of an agent stands among the troubles: a refused offline ticket before a clock", () => {
  const b = board();
  const kiosk = b.agents?.find((a) => a.id === "kiosk-1");
  if (kiosk) {
    const since = "2026-11-23T09:12:30+08:00";
    kiosk.troubles = [
      { code: "clock.off", detail: "终端时钟快约 7 分钟", advice: "请校准这台终端的时间", since },
      { code: "offline.day", detail: "离线号 LA001 没有并入排队：离线号 LA001 不是今天的号", since },
    ];
  }
  const told = troubles(b).filter((x) => x.where === kiosk?.name);
  expect(told.map((x) => x.what)).toEqual([
    "离线号 LA001 没有并入排队：离线号 LA001 不是今天的号",
    "终端时钟快约 7 分钟",
  ]);
  expect(told[1]).toMatchObject({ tone: "pause", advice: "请校准这台终端的时间" });
});

test("a device in trouble shows its model with the revision of its profile that is live", () => {
  const b = board();
  const printer = b.agents?.[0]?.devices?.[0];
  if (printer) Object.assign(printer, { state: "jam", profile: "generic/escpos-80", revision: "3f9a12c0" });
  const found = troubles(b).find((x) => x.key === "kiosk-1/printer");
  expect(found?.model).toBe(`${printer?.name} · generic/escpos-80 · 3f9a12c0`);
});
