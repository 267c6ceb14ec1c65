import { type CallView, LinkClient } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CALLS_KEPT, fold, type Live, nothingYet, openBoard } from "../src/live";
import { board, FakeSocket, message, now, problem } from "./fixtures";

function live(): Live {
  const l = nothingYet();
  fold(l, message("board.snapshot", board()));
  return l;
}

describe("what a message changes on the board", () => {
  test("a snapshot replaces everything and dates every figure", () => {
    const l = live();
    expect(l.board?.windows).toHaveLength(12);
    expect(l.totalsAt).toBe(now);
    expect(l.serviceAt.tax).toBe(now);
  });

  test("deltas before the first snapshot change nothing", () => {
    const l = nothingYet();
    fold(l, message("totals.changed", board().totals, 5));
    expect({ ...l, heardAt: 0 }).toEqual(nothingYet());
  });

  test("alarms replace those before, and a board that hears of them isn't silent", () => {
    const l = live();
    l.heardAt = 0;
    const alarm = {
      id: "a",
      key: "k",
      kind: "help",
      tone: "alarm",
      name: "1",
      people: 1,
      cost: 1,
      since: "2026-11-23T09:00:00Z",
    };
    fold(l, message("alarms.changed", { alarms: [alarm] }));
    expect(l.alarms.map((a) => a.id)).toEqual(["a"]);
    expect(l.heardAt).toBeGreaterThan(0);
    fold(l, message("alarms.changed", { alarms: [] }));
    expect(l.alarms).toEqual([]);
  });

  test("totals are dated by their message", () => {
    const l = live();
    fold(l, message("totals.changed", { ...board().totals, waiting: 3 }, 7));
    expect(l.board?.totals.waiting).toBe(3);
    expect(l.totalsAt).toBe(now + 7000);
  });

  test("a service's change leaves the others, and their dates, alone", () => {
    const l = live();
    const tax = board().services?.find((s) => s.id === "tax");
    fold(l, message("services.changed", { services: [{ ...tax, waiting: 1 }] }, 9));
    expect(l.board?.services?.find((s) => s.id === "tax")?.waiting).toBe(1);
    expect(l.board?.services).toHaveLength(9);
    expect([l.serviceAt.tax, l.serviceAt["id-card"]]).toEqual([now + 9000, now]);
  });

  test("a window's and an agent's change keep their places", () => {
    const l = live();
    const b = board();
    fold(l, message("window.changed", { ...b.windows?.[4], state: "idle", ticket: undefined }));
    fold(l, message("agent.changed", { ...b.agents?.[1], online: false }));
    expect(l.board?.windows?.[4]).toMatchObject({ id: "5", state: "idle" });
    expect(l.board?.agents?.[1]).toMatchObject({ id: "kiosk-2", online: false });
  });

  test("a device's change reaches its own agent only", () => {
    const l = live();
    const printer = { ...board().agents?.[0]?.devices?.[0], state: "jam" };
    fold(l, message("device.changed", printer));
    const states = l.board?.agents?.map((a) => a.devices?.find((d) => d.id === "printer")?.state);
    expect(states?.slice(0, 2)).toEqual(["jam", "paper_end"]);
  });

  test("a device of an agent that nobody knows is ignored", () => {
    const l = live();
    fold(l, message("device.changed", { ...board().agents?.[0]?.devices?.[0], agent: "ghost" }));
    expect(l.board?.agents).toEqual(board().agents);
  });

  test("a call comes first, is acknowledged per screen, and ends", () => {
    const l = live();
    const call: CallView = { ...(board().calls?.[0] as CallView), id: "c-new", number: "D022", acks: [] };
    fold(l, message("ticket.called", call));
    const ack = { call: "c-new", channel: "board", device: "board", at: call.at };
    fold(l, message("call.acknowledged", ack));
    fold(l, message("call.acknowledged", { ...ack, device: "board-A", failed: "屏幕已关闭" }));
    fold(l, message("call.acknowledged", { ...ack, failed: "语音超时" }));
    fold(l, message("call.ended", { call: "c-new", ticket: call.ticket, window: call.window }));
    expect(l.board?.calls?.[0]).toMatchObject({ id: "c-new", ended: true });
    expect(l.board?.calls?.[0]?.acks?.map((a) => [a.device, a.failed])).toEqual([
      ["board", "语音超时"],
      ["board-A", "屏幕已关闭"],
    ]);
  });

  test("the list of calls doesn't grow without end", () => {
    const l = live();
    for (let i = 0; i < 100; i++) {
      fold(l, message("ticket.called", { ...board().calls?.[0], id: `c${i}` }));
    }
    expect(l.board?.calls).toHaveLength(CALLS_KEPT);
    expect(l.board?.calls?.[0]?.id).toBe("c99");
  });
});

describe("the line and the session behind it", () => {
  let sockets: FakeSocket[];
  let status: number;
  const open = () => {
    const client = new LinkClient({
      url: "ws://hall/live",
      open: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
    });
    const leave = vi.fn();
    return { ...openBoard(client, leave), leave };
  };

  beforeEach(() => {
    sockets = [];
    status = 200;
    vi.useFakeTimers();
    vi.stubGlobal("fetch", async () => (status === 200 ? new Response("{}") : problem(status, {})));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test("without a session the page leaves at once", async () => {
    status = 401;
    const { leave, client } = open();
    await vi.advanceTimersByTimeAsync(0);
    expect(leave).toHaveBeenCalled();
    client.close();
  });

  test("a server that is away is no reason to leave, an ended session after it is", async () => {
    const { leave, client } = open();
    sockets[0]?.onopen?.();
    status = 503;
    sockets[0]?.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(leave).not.toHaveBeenCalled();
    status = 401;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(leave).toHaveBeenCalled();
    client.close();
  });

  test("somebody who may not see the board is told so, and stays", async () => {
    status = 403;
    const { leave, client, live } = open();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.refused).toBe("您没有此项操作的权限");
    expect(leave).not.toHaveBeenCalled();
    client.close();
  });

  test("while the line stands nothing else is asked", async () => {
    const { leave, client } = open();
    sockets[0]?.onopen?.();
    status = 401;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(leave).not.toHaveBeenCalled();
    client.close();
  });
});
