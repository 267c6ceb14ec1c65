import { expect, test, vi } from "vitest";
import { nextTick } from "vue";
import { advice, cause, effect, subject, where } from "../src/board/alarms";
import { openDesk } from "../src/board/desk";
import { marksOf, stateShort, wallPlan, windowsAt } from "../src/board/marks";
import { lines, openReplay, show } from "../src/board/replay/replay";
import type { Alarm } from "../src/board/types";
import { totalsOf } from "../src/zones";
import { board } from "./fixtures";

const alarm = (more: Partial<Alarm>): Alarm => ({
  id: "a",
  key: "k",
  kind: "device",
  tone: "alarm",
  name: "2 号取号机",
  people: 8,
  since: "2026-11-23T09:00:00Z",
  cost: 8,
  ...more,
});

test("an alarm says where, what, what it means for citizens and what to do", () => {
  const told = (more: Partial<Alarm>) => {
    const a = alarm(more);
    return [where(a), cause(a), effect(a), advice(a)].join(" | ");
  };
  expect(
    told({ role: "kiosk", class: "printer", device: "printer", state: "paper_end", advice: "请装纸" }),
  ).toBe("2 号取号机 | 打印机缺纸 | 每 10 分钟约 8 人取号受影响 | 请装纸");
  expect(
    told({ role: "kiosk", tone: "pause", class: "printer", state: "paper_near_end", count: 42, people: 1 }),
  ).toBe("2 号取号机 | 打印机纸将用完 | 暂不影响，快要影响 | 约剩 42 张");
  expect(told({ role: "display", name: "大厅显示", class: "led", device: "led-3", state: "fault" })).toBe(
    "大厅显示 | 3 号条屏故障 | 约 8 人看不清叫号 | ",
  );
  expect(told({ kind: "agent-away", role: "counter", name: "3 号窗口终端", people: 0 })).toBe(
    "3 号窗口终端 | 终端掉线 | 暂时没有人因此等候 | 请检查终端的电源和网络",
  );
  expect(told({ kind: "attendance", name: "4", detail: "李敏 应 09:00 到岗，未登录" })).toBe(
    "4 号窗口 | 考勤异常 | 约 8 人因此多等 | 李敏 应 09:00 到岗，未登录",
  );
  expect(told({ kind: "long-wait", name: "涉税", count: 31.9, limit: 15 })).toBe(
    "涉税 | 最长已等 31 分钟，目标 15 分钟 | 8 人在等 | 请加开窗口或调整窗口业务",
  );
  expect(told({ kind: "no-window", name: "出入境", count: 3, people: 3 })).toContain(
    "3 人等候，无窗口开放 | 3 人在等",
  );
  expect(told({ kind: "places", name: "涉税", count: 0, people: 6 })).toContain(
    "号已取完 | 每 10 分钟约 6 人取不到号",
  );
  expect(told({ kind: "satisfaction", count: 94.97, limit: 95, people: 3 })).toContain(
    "满意度 94.9%，目标 95%",
  );
  expect(told({ kind: "help", role: "kiosk" })).toContain("有人求助 | 群众在机器旁等人");
  expect(told({ kind: "help", role: "counter" })).toContain("有人求助 | 有人按了求助按钮 | 请派人到那里看看");
  expect(told({ kind: "trouble", detail: "终端时钟快约 7 分钟" })).toContain(
    "终端时钟快约 7 分钟 | 暂不影响取号和办理",
  );
  expect(told({ kind: "rating", number: "C001", count: 1 })).toContain("C001 号 | 1 分评价");
});

test("a click on an alarm opens what it is about", () => {
  expect(subject(alarm({ agent: "kiosk-2" }))).toEqual({ kind: "agent", id: "kiosk-2" });
  expect(subject(alarm({ kind: "attendance", window: "4" }))).toEqual({ kind: "window", id: "4" });
  expect(subject(alarm({ kind: "long-wait", service: "tax" }))).toEqual({ kind: "service", id: "tax" });
  expect(subject(alarm({ kind: "rating", ticket: "t", window: "4" }))).toEqual({ kind: "ticket", id: "t" });
  expect(subject(alarm({ kind: "platform" }))).toBeUndefined();
});

const floor = {
  id: "f1",
  name: "一楼",
  width: 10,
  depth: 10,
  areas: [],
  places: [
    { id: "w4", name: "", kind: "window", window: "4", x: 1, y: 1 },
    { id: "w8", name: "", kind: "window", window: "8", x: 2, y: 1 },
    { id: "k2", name: "2 号取号机", kind: "agent", agent: "kiosk-2", x: 3, y: 1 },
    { id: "wc", name: "卫生间", kind: "toilet", x: 4, y: 1 },
  ],
};

test("windows stand on the plan with their state's colour and word; the posts of one share a mark, the worst first", () => {
  const [first] = board().windows ?? [];
  if (!first) throw new Error("the fixture has windows");
  const ticket = { ...board().windows?.find((w) => w.ticket)?.ticket, state: "serving", number: "C007" };
  const windows = [
    { ...first, id: "4", state: "serving", ticket },
    { ...first, id: "8-1", post: 1, state: "idle", ticket: undefined },
    { ...first, id: "8-2", post: 2, state: "anomaly", ticket: undefined },
  ] as (typeof first)[];
  const plan = { floors: [floor] };
  const now = Date.parse(first.since);
  expect(windowsAt({ window: "8" }, windows).map((w) => w.id)).toEqual(["8-1", "8-2"]);
  expect(
    marksOf(plan, windows, [alarm({ agent: "kiosk-2", class: "printer", state: "paper_end" })], now),
  ).toEqual({
    w4: { tone: "busy", word: "办理 C007", lines: [] },
    w8: { tone: "alarm", word: "异常", lines: ["空闲"] },
    k2: { tone: "alarm", word: "打印机缺纸" },
  });
  expect(stateShort({ ...first, disabled: true })).toBe("停用");
  expect(wallPlan(plan, windows).floors?.[0]?.places?.map((p) => p.id)).toEqual(["w4", "w8", "k2"]);
  expect(wallPlan(plan, []).floors?.[0]?.places?.map((p) => p.id)).toEqual(["k2"]);
});

const stream = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(c) {
      const encoder = new TextEncoder();
      for (const part of parts) c.enqueue(encoder.encode(part));
      c.close();
    },
  });

test("a replay's lines come whole, however the line cuts them", async () => {
  const got: string[] = [];
  for await (const line of lines(stream('{"a"', ':1}\n{"b":2}\n\n{"c', '":3}'))) got.push(line);
  expect(got).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
});

test("a frame without a board moves the clock only; the plan stays from the first", () => {
  const { replay } = openReplay(vi.fn());
  const b = board();
  b.hall.plan = { floors: [floor] };
  show(replay, { at: "2026-11-23T09:00:00Z", board: b, alarms: [alarm({})] });
  show(replay, { at: "2026-11-23T09:00:05Z" });
  expect(replay.at).toBe(Date.parse("2026-11-23T09:00:05Z"));
  expect(replay.live.totalsAt).toBe(Date.parse("2026-11-23T09:00:00Z"));
  expect(replay.alarms).toHaveLength(1);
  const { plan: _, ...hall } = board().hall;
  show(replay, { at: "2026-11-23T09:00:09Z", board: { ...board(), hall }, alarms: [] });
  expect(replay.live.board?.hall.plan?.floors).toHaveLength(1);
  expect(replay.alarms).toEqual([]);
});

test("steering a replay ends the stream before it, and the jump lands shortly before the next alarm", async () => {
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  const ask = vi.fn(async (path: string, init?: RequestInit) => {
    asked.push(path);
    if (init?.signal) signals.push(init.signal);
    if (path === "/board/days") return new Response('{"days":["2026-11-23"]}');
    if (path.startsWith("/board/days/")) {
      const day = { day: "2026-11-23", from: "2026-11-23T01:00:00Z", to: "2026-11-23T03:00:00Z" };
      return new Response(JSON.stringify({ ...day, alarms: [alarm({ since: "2026-11-23T02:50:00Z" })] }));
    }
    const at = new URLSearchParams(path.split("?")[1]).get("from");
    return new Response(`{"at":"${at}"}\n`);
  });
  const r = openReplay(ask);
  await r.open();
  expect(asked.at(-1)).toBe("/board/replay?from=2026-11-23T02%3A45%3A00.000Z&speed=5");
  await r.nextAlarm();
  expect(asked.at(-1)).toBe("/board/replay?from=2026-11-23T02%3A49%3A50.000Z&speed=0");
  await r.speed(60);
  await r.play();
  expect(asked.at(-1)).toContain("speed=60");
  expect(signals.slice(0, -1).every((s) => s.aborted)).toBe(true);
  r.close();
  expect(r.replay.on).toBe(false);
  expect(signals.at(-1)?.aborted).toBe(true);
});

test("the desk changes only when an answer does, and keeps what it has when there is none", async () => {
  vi.useFakeTimers();
  let forecast = '{"minutes":15,"services":[]}';
  let fail = false;
  const ask = vi.fn(async (path: string) => {
    if (fail) throw new Error("away");
    return new Response(path === "/board/forecast" ? forecast : "{}");
  });
  const { desk, close } = openDesk(ask);
  await vi.advanceTimersByTimeAsync(0);
  const first = desk.forecast;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(desk.forecast).toBe(first);
  forecast = '{"minutes":30,"services":[]}';
  await vi.advanceTimersByTimeAsync(20_000);
  expect(desk.forecast?.minutes).toBe(30);
  fail = true;
  await vi.advanceTimersByTimeAsync(40_000);
  await nextTick();
  expect(desk.forecast?.minutes).toBe(30);
  close();
  const calls = ask.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask.mock.calls.length).toBe(calls);
  vi.useRealTimers();
});

test("a zone has its own waiting, longest wait and served", () => {
  const b = board();
  expect(totalsOf(b, "")).toBe(b.totals);
  const [zone] = b.hall.zones ?? [];
  const mine = (b.services ?? []).filter((s) => s.zone === zone?.id);
  const got = totalsOf(b, zone?.id ?? "");
  expect(got.waiting).toBe(mine.reduce((n, s) => n + s.waiting, 0));
  expect(got.served).toBe(
    (b.windows ?? []).filter((w) => w.zone === zone?.id).reduce((n, w) => n + w.served, 0),
  );
  expect(got.rated).toBe(b.totals.rated);
});
