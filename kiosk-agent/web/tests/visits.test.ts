import type { AppointmentView, TicketView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import { type Flow, start } from "../src/flow";
import { checkIn, items, mayCancel, range, stateWords, verbs } from "../src/visits";
import { appointment as booked, card, held } from "./fixture.mjs";

const ZONE = "Asia/Shanghai";
const at = (clock: string) => Date.parse(`2026-11-23T${clock}:00+08:00`);
const appointment = (extra: Partial<AppointmentView> = {}): AppointmentView => ({
  ...(booked("a1", 0) as AppointmentView),
  from: "2026-11-23T10:30:00+08:00",
  to: "2026-11-23T11:00:00+08:00",
  checkInFrom: "2026-11-23T10:00:00+08:00",
  checkInUntil: "2026-11-23T11:10:00+08:00",
  serviceName: "社保转移",
  ...extra,
});
const ticket = (extra: Partial<TicketView> = {}): TicketView => ({
  ...(held("license", "A009", "waiting") as TicketView),
  ...extra,
});

describe("an appointment", () => {
  it.each([
    ["09:59", false, "还没到时间，10:00 起可以签到"],
    ["10:00", true, "预约时段 10:30–11:00"],
    ["11:10", true, "预约时段 10:30–11:00"],
    ["11:11", true, "已过预约时段，签到后按现场取号排队"],
  ])("at %s can be checked in: %s", (clock, open, hint) => {
    expect(checkIn(appointment(), at(clock), ZONE)).toEqual({ open, label: "10:30 社保转移 签到取号", hint });
  });

  it("that was checked in shows its number, whatever the time", () => {
    expect(checkIn(appointment({ state: "checked-in" }), at("09:00"), ZONE)).toEqual({
      open: true,
      label: "10:30 社保转移 看号码",
      hint: "您已签到",
    });
  });

  it("stands before tickets, but not beside its own", () => {
    const own = ticket({ id: "t1", appointment: "a1" });
    const list = items({
      appointments: [appointment({ state: "checked-in", ticket: "t1" }), appointment({ id: "a2" })],
      tickets: [own],
    });
    expect(list).toEqual([{ appointment: appointment({ id: "a2" }) }, { ticket: own }]);
  });

  it("is cancelled with the card or its own code only", () => {
    const by = (flow: Partial<Flow>) => mayCancel(appointment({ code: "20613370" }), { ...start(), ...flow });
    expect(by({ card })).toBe(true);
    expect(by({ code: "20613370" })).toBe(true);
    expect(by({ code: "1" })).toBe(false);
    expect(by({ phone: "13812345678" })).toBe(false);
    expect(mayCancel(appointment({ state: "checked-in" }), { ...start(), card })).toBe(false);
    expect(mayCancel(appointment({ code: undefined }), start())).toBe(false);
  });
});

describe("a ticket", () => {
  it.each([
    [{ ahead: 6, waitLow: 15, waitHigh: 20 }, "前面还有 6 位，大约 15–20 分钟"],
    [{ ahead: 6, waitLow: undefined }, "前面还有 6 位"],
    [{ ahead: 0, waitLow: 0, waitHigh: 1 }, "下一位就是您，马上叫到您"],
    [{ state: "called", windowName: "社会保险" }, "正在叫您，请看大屏，到“社会保险”窗口"],
    [{ state: "serving" }, "正在办理"],
    [{ state: "parked", until: "2026-11-23T11:00:00+08:00" }, "已挂起，11:00 回到队列"],
    [{ state: "parked" }, "已挂起，请留意叫号"],
    [{ state: "missed" }, "已过号，可以重新排队"],
    [{ state: "of tomorrow" }, ""],
  ])("%o says %s", (extra, want) => expect(stateWords(ticket(extra), ZONE)).toBe(want));

  it.each([
    [
      { state: "missed", allowed: ["rejoin", "cancel"] },
      { card },
      { rejoin: true, reprint: false, cancel: true },
    ],
    [{ state: "waiting", allowed: ["cancel"] }, { card }, { rejoin: false, reprint: true, cancel: true }],
    [{ state: "serving", allowed: [] }, { card }, { rejoin: false, reprint: false, cancel: false }],
    [
      { channel: "card", allowed: ["cancel"] },
      { phone: "13812345678" },
      { rejoin: false, reprint: true, cancel: false },
    ],
    [
      { channel: "phone", allowed: ["cancel"] },
      { phone: "13812345678" },
      { rejoin: false, reprint: true, cancel: true },
    ],
    [{ allowed: undefined }, { card }, { rejoin: false, reprint: true, cancel: false }],
  ])("%o offers to %o: %o", (extra, flow, want) => {
    expect(verbs(ticket(extra as Partial<TicketView>), { ...start(), ...(flow as Partial<Flow>) })).toEqual(
      want,
    );
  });
});

describe("a wait", () => {
  it.each([
    [15, 20, "15–20"],
    [5, 5, "5"],
    [0, 0, "1"],
    [0, 5, "1–5"],
    [0, 1, "1"],
  ])("from %i to %i is %s minutes", (low, high, want) => expect(range(low, high)).toBe(want));
});
