import type { CallView, TicketView, WindowView } from "@smarthall/ui";
import { type Face, faceOf } from "@smarthall/ui/screen";
import { describe, expect, test } from "vitest";
import { call, windowView } from "./fixtures";

const ticket = (state: string, over: Partial<TicketView> = {}) =>
  ({ id: "t1", number: "A012", state, ...over }) as TicketView;

describe("what a window screen says", () => {
  const cases: { name: string; window: Partial<WindowView>; calls?: CallView[]; want: Face }[] = [
    { name: "idle", window: { state: "idle" }, want: { kind: "idle" } },
    { name: "signed out", window: { state: "signed-out" }, want: { kind: "closed" } },
    {
      name: "an anomaly of the staff looks closed to the public",
      window: { state: "anomaly", why: "暂停超过 30 分钟" },
      want: { kind: "closed" },
    },
    {
      name: "a disabled window says so, whatever its state",
      window: { state: "idle", disabled: true },
      want: { kind: "disabled" },
    },
    {
      name: "paused, in the clerk's own words",
      window: { state: "paused", text: "马上回来" },
      want: { kind: "paused", text: "马上回来" },
    },
    {
      name: "a call that arrives before the window's change is shown at once",
      window: { state: "idle" },
      calls: [call({ recall: 1 })],
      want: { kind: "called", number: "A012", recall: 1 },
    },
    {
      name: "a called ticket without its call, after a reload",
      window: { state: "serving", ticket: ticket("called", { recalls: 2 }) },
      want: { kind: "called", number: "A012", recall: 2 },
    },
    {
      name: "the citizen has come, although the call's end is still on its way",
      window: { state: "serving", ticket: ticket("serving") },
      calls: [call()],
      want: { kind: "serving", number: "A012" },
    },
    {
      name: "an ended call is over",
      window: { state: "idle" },
      calls: [call({ ended: true })],
      want: { kind: "idle" },
    },
    {
      name: "an older open call doesn't come back after a newer one ended",
      window: { state: "idle" },
      calls: [
        call({ id: "c2", at: "2026-11-23T10:25:00+08:00", ended: true }),
        call({ id: "c1", at: "2026-11-23T10:24:00+08:00" }),
      ],
      want: { kind: "idle" },
    },
    {
      name: "a call that isn't meant for window screens is not shown",
      window: { state: "serving", ticket: ticket("called", { call: "c1" }) },
      calls: [call({ channels: ["board", "voice"] })],
      want: { kind: "idle" },
    },
    {
      name: "a silent call is shown like any other",
      window: { state: "serving", ticket: ticket("called", { call: "c1" }) },
      calls: [call({ channels: ["board", "window", "led"], silent: true })],
      want: { kind: "called", number: "A012", recall: 0 },
    },
    {
      name: "a call to another window is not ours",
      window: { state: "idle" },
      calls: [call({ window: "4", windowNumber: "4" })],
      want: { kind: "idle" },
    },
  ];
  for (const { name, window, calls, want } of cases) {
    test(name, () => expect(faceOf(windowView(window), calls ?? [])).toEqual(want));
  }
});
