import { LinkClient } from "@smarthall/ui";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { boardScreen, concerns, GLOW, openScreen, type Screen, windowScreen } from "../src/screen";
import { call, FakeSocket, snapshot, windowView } from "./fixtures";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** start opens a screen on a socket; paint lets the browser paint. */
function start(screen: Screen) {
  const sockets: FakeSocket[] = [];
  const frames: (() => void)[] = [];
  const client = new LinkClient({
    url: "ws://agent/ws",
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const state = openScreen(client, screen, (fn) => frames.push(fn));
  client.connect();
  const paint = () => {
    for (const fn of frames.splice(0)) fn();
  };
  const last = () => sockets[sockets.length - 1] as FakeSocket;
  last().open();
  return { state, paint, last, client };
}

test("a board's address says its zone, its name and whether it speaks", () => {
  expect(boardScreen("")).toEqual({
    name: "board",
    channel: "board",
    zone: "",
    window: "",
    shared: "",
    sound: false,
  });
  expect(boardScreen("?zone=A&sound=1")).toMatchObject({ name: "board-A", zone: "A", sound: true });
  expect(boardScreen("?screen=east")).toMatchObject({ name: "east" });
});

test("a window screen's address says its window", () => {
  expect(windowScreen("?window=3")).toMatchObject({ name: "window-3", channel: "window", window: "3" });
});

test("a call concerns its window's screen and its zone's boards", () => {
  const c = call({ window: "w-3", windowNumber: "3", zone: "B" });
  expect(concerns(boardScreen(""), c)).toBe(true);
  expect(concerns(boardScreen("?zone=B"), c)).toBe(true);
  expect(concerns(boardScreen("?zone=A"), c)).toBe(false);
  expect(concerns(windowScreen("?window=3"), c)).toBe(true);
  expect(concerns(windowScreen("?window=w-3"), c)).toBe(true);
  expect(concerns(windowScreen("?window=33"), c)).toBe(false);
});

test("the page introduces itself after every snapshot", () => {
  const { last } = start(boardScreen("?sound=1"));
  last().receive("page.snapshot", snapshot());
  last().receive("page.snapshot", snapshot());
  expect(last().of("page.ready")).toEqual([
    { screen: "board", sound: true },
    { screen: "board", sound: true },
  ]);
});

test("a call is acknowledged after it was painted, not before, and once", () => {
  const { last, paint } = start(windowScreen("?window=3"));
  last().receive("page.snapshot", { ...snapshot(), hall: { ...snapshot().hall, calls: [] } });
  last().receive("ticket.called", call());
  expect(last().of("call.shown")).toEqual([]);
  paint();
  last().receive("ticket.called", call());
  paint();
  expect(last().of("call.shown")).toEqual([{ call: "c1", channel: "window", device: "window-3" }]);
});

test("a recall is another call, and acknowledged again", () => {
  const { last, paint } = start(boardScreen(""));
  last().receive("ticket.called", call());
  last().receive("ticket.called", call({ id: "c2", recall: 1 }));
  paint();
  expect(last().of("call.shown")).toHaveLength(2);
});

test("a call that asks for other channels is neither acknowledged nor does it glow", () => {
  const { last, paint, state } = start(boardScreen(""));
  last().receive("ticket.called", call({ channels: ["voice", "led"] }));
  paint();
  expect(state.glow.size).toBe(0);
  expect(last().of("call.shown")).toEqual([]);
});

test("two posts that call at the same moment glow and are acknowledged each on their shared screen", () => {
  const { last, paint, state } = start(windowScreen("?screen=C1"));
  const page = snapshot();
  const windows = ["11", "12"].map((id) => windowView({ id, number: id, screen: "C1" }));
  last().receive("page.snapshot", { ...page, hall: { ...page.hall, windows, calls: [] } });
  for (const id of ["11", "12"]) {
    last().receive("ticket.called", call({ id: `c${id}`, ticket: `t${id}`, window: id, windowNumber: id }));
  }
  paint();
  expect([...state.glow]).toEqual(["c11", "c12"]);
  expect(last().of("call.shown")).toEqual([
    { call: "c11", channel: "window", device: "window-C1" },
    { call: "c12", channel: "window", device: "window-C1" },
  ]);
});

test("calls of other zones and calls that are over are not acknowledged", () => {
  const { last, paint } = start(boardScreen("?zone=A"));
  last().receive("page.snapshot", {
    ...snapshot(),
    hall: { ...snapshot().hall, calls: [call({ zone: "A", ended: true })] },
  });
  last().receive("ticket.called", call({ zone: "B" }));
  paint();
  expect(last().of("call.shown")).toEqual([]);
});

test("a call painted while the line was away is acknowledged on the next snapshot", async () => {
  const { last, paint } = start(boardScreen(""));
  last().receive("ticket.called", call());
  last().close();
  paint();
  await vi.advanceTimersByTimeAsync(20_000);
  last().open();
  last().receive("page.snapshot", { ...snapshot(), hall: { ...snapshot().hall, calls: [call()] } });
  paint();
  expect(last().of("call.shown")).toEqual([{ call: "c1", channel: "board", device: "board" }]);
});

test("a fresh call glows for three seconds; one from a snapshot doesn't", () => {
  const { last, state } = start(boardScreen(""));
  last().receive("page.snapshot", snapshot());
  expect(state.glow.size).toBe(0);
  last().receive("ticket.called", call());
  expect([...state.glow]).toEqual(["c1"]);
  vi.advanceTimersByTime(GLOW);
  expect(state.glow.size).toBe(0);
});
