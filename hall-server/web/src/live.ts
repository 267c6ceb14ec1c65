import {
  type AgentView,
  type AlarmView,
  type BoardView,
  type Bodies,
  type DeviceView,
  LinkClient,
  type Message,
  type MessageType,
  put,
  setLanguageNames,
} from "@smarthall/ui";
import { reactive, watch } from "vue";
import { ApiError, call } from "./api";
import { toLogin } from "./door";

/** How many calls the page keeps. */
export const CALLS_KEPT = 30;

/** Live is the hall as the manager sees it; durations grow from when they were told. */
export interface Live {
  /** board is undefined until the first snapshot. */
  board: BoardView | undefined;
  /** When totals, and each service's figures, were told; hall's clock, in milliseconds. */
  totalsAt: number;
  serviceAt: Record<string, number>;
  /** alarms ring now, the dearest for citizens first. */
  alarms: AlarmView[];
  /** heardAt is when the hall-server said anything last, in the page's clock; it does every few seconds. */
  heardAt: number;
  /** refused is why the person signed in may not see the board, in words. */
  refused: string;
}

/** nothingYet is a board of which nothing is known. */
export function nothingYet(): Live {
  return { board: undefined, totalsAt: 0, serviceAt: {}, alarms: [], heardAt: 0, refused: "" };
}

/** The messages that change a board. */
export const folded = [
  "board.snapshot",
  "services.changed",
  "window.changed",
  "ticket.called",
  "call.acknowledged",
  "call.ended",
  "agent.changed",
  "device.changed",
  "totals.changed",
  "hall.changed",
  "alarms.changed",
] as const satisfies readonly MessageType[];

/** fold applies one message to a board, in place; deltas before the snapshot change nothing. */
export function fold(live: Live, message: Message): void {
  const at = Date.parse(message.at);
  live.heardAt = Date.now();
  if (message.type === "alarms.changed") {
    live.alarms = (message.body as Bodies["alarms.changed"]).alarms ?? [];
    return;
  }
  if (message.type === "board.snapshot") {
    const board = message.body as BoardView;
    const now = Date.parse(board.now);
    live.board = board;
    live.totalsAt = now;
    live.serviceAt = Object.fromEntries((board.services ?? []).map((s) => [s.id, now]));
    return;
  }
  if (!live.board) return;
  if (message.type === "totals.changed") live.totalsAt = at;
  if (message.type === "services.changed") {
    for (const s of (message.body as Bodies["services.changed"]).services ?? []) live.serviceAt[s.id] = at;
  }
  foldBoard(live.board, message);
}

function foldBoard(board: BoardView, { type, body }: Message): void {
  switch (type) {
    case "hall.changed":
      board.hall = body as Bodies["hall.changed"];
      return;
    case "totals.changed":
      board.totals = body as Bodies["totals.changed"];
      return;
    case "services.changed":
      for (const s of (body as Bodies["services.changed"]).services ?? []) {
        board.services = put(board.services ?? [], s, (old) => old.id === s.id);
      }
      return;
    case "window.changed": {
      const w = body as Bodies["window.changed"];
      board.windows = put(board.windows ?? [], w, (old) => old.id === w.id);
      return;
    }
    case "agent.changed": {
      const a = body as AgentView;
      board.agents = put(board.agents ?? [], a, (old) => old.id === a.id);
      return;
    }
    case "device.changed":
      foldDevice(board, body as DeviceView);
      return;
    default:
      foldCall(board, type, body);
  }
}

function foldDevice(board: BoardView, device: DeviceView): void {
  board.agents = (board.agents ?? []).map((a) =>
    a.id === device.agent ? { ...a, devices: put(a.devices ?? [], device, (d) => d.id === device.id) } : a,
  );
}

function foldCall(board: BoardView, type: MessageType, body: unknown): void {
  const calls = board.calls ?? [];
  switch (type) {
    case "ticket.called": {
      const c = body as Bodies["ticket.called"];
      board.calls = [c, ...calls.filter((old) => old.id !== c.id)].slice(0, CALLS_KEPT);
      return;
    }
    case "call.acknowledged": {
      const ack = body as Bodies["call.acknowledged"];
      const same = (old: typeof ack) => old.channel === ack.channel && old.device === ack.device;
      board.calls = calls.map((c) => (c.id === ack.call ? { ...c, acks: put(c.acks ?? [], ack, same) } : c));
      return;
    }
    case "call.ended": {
      const ended = body as Bodies["call.ended"];
      board.calls = calls.map((c) => (c.id === ended.call ? { ...c, ended: true } : c));
    }
  }
}

/** Board is a live board and the line it comes by. */
export interface Board {
  live: Live;
  client: LinkClient;
}

/** How often a page without a line asks whether its session still stands, in milliseconds. */
const CHECK_EVERY = 10_000;

/**
 * openBoard follows the hall. A browser doesn't tell a page why a WebSocket was
 * refused, so while the line is away ordinary requests ask whether the session
 * still stands; without one the page leaves for the sign-in.
 */
export function openBoard(client = new LinkClient({ url: "/api/v1/board/live" }), leave = toLogin): Board {
  const live = reactive(nothingYet());
  for (const type of folded) client.on(type, (_, message) => fold(live, message));
  watch(() => live.board?.hall.languages, setLanguageNames, { flush: "sync" });
  const check = async () => {
    try {
      await call("/board");
      live.refused = "";
    } catch (err) {
      if (!(err instanceof ApiError)) return;
      if (err.status === 401) leave();
      live.refused = err.status === 403 ? err.message : "";
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  watch(
    () => client.status.connected,
    (connected) => {
      clearInterval(timer);
      if (connected) return;
      void check();
      timer = setInterval(check, CHECK_EVERY);
    },
    { immediate: true, flush: "sync" },
  );
  client.connect();
  return { live, client };
}
