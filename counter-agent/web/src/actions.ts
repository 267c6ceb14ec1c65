import type { QueueChanged, WindowView } from "@smarthall/ui";
import { t } from "./text";

/** Verb is what a clerk can do with one key. */
export type Verb =
  | "next"
  | "recall"
  | "arrive"
  | "noShow"
  | "transfer"
  | "park"
  | "putBack"
  | "finish"
  | "pause"
  | "continue";

/** Desk is what decides which verbs are open. */
export interface Desk {
  window: WindowView;
  queue?: QueueChanged;
  /** The hall can be reached. */
  online: boolean;
  /** The agent can be reached: it keeps what is done while the hall is away. */
  agent?: boolean;
  /** How many kept actions are yet to be sent. */
  pending?: number;
  /** A command is on its way. */
  busy: boolean;
}

/** The verbs on the ticket in front, which the agent keeps for a hall that is away. */
const kept: readonly Verb[] = ["arrive", "noShow", "transfer", "park", "putBack", "finish"];

/**
 * signedIn tells whether a clerk sits at the window. An anomaly covers what the
 * window is doing: too long a pause, or nobody there when somebody should be.
 */
export function signedIn(w: WindowView): boolean {
  return w.state === "anomaly" ? !!(w.staff || w.clerk) : w.state !== "signed-out";
}

/** paused tells whether the window is paused, however long. */
export function paused(w: WindowView): boolean {
  return w.state === "paused" || (w.state === "anomaly" && !w.ticket && !!w.text);
}

/** byHand tells whether the clerk picks whom to call. */
export function byHand(w: WindowView): boolean {
  return w.strategy === "by-hand";
}

/** The keys of the verbs, in the order of the key bar. */
export const keyOf: Record<Verb, string> = {
  next: "F1",
  recall: "F2",
  arrive: "F3",
  noShow: "F4",
  transfer: "F5",
  park: "F6",
  putBack: "F7",
  finish: "F8",
  pause: "F9",
  continue: "F9",
};

/** whyNot is why a verb can't be done now, for the clerk; empty if it can. */
export function whyNot(verb: Verb, desk: Desk): string {
  const away = whyAway(desk, kept.includes(verb));
  if (away) return away;
  const ticket = desk.window.ticket;
  const number = ticket?.number ?? "";
  switch (verb) {
    case "next":
      return whyTaken(desk.window) || (byHand(desk.window) ? t("counter.why.byHand") : "");
    case "pause":
      return whyTaken(desk.window);
    case "continue":
      return "";
    case "park":
      return ticket ? "" : t("counter.why.noTicket");
    case "finish":
    case "transfer":
      if (!ticket) return t("counter.why.noTicket");
      return ticket.state === "called" ? t("counter.why.notArrived", { number }) : "";
    default:
      if (!ticket) return t("counter.why.noTicket");
      return ticket.state === "called" ? "" : t("counter.why.already", { number });
  }
}

/** whyNotFree is why nobody can be called or taken up again here now. */
export function whyNotFree(desk: Desk): string {
  return whyAway(desk, false) || whyTaken(desk.window);
}

/** whyNotAsk is why the hall can't be asked for something now. */
export function whyNotAsk(desk: Desk): string {
  return whyAway(desk, false);
}

function whyAway(desk: Desk, mayWait: boolean): string {
  if (desk.busy) return t("counter.why.busy");
  if (mayWait && desk.agent) return "";
  if (!desk.online) return t(desk.agent ? "counter.why.offline" : "counter.why.agent");
  return desk.pending ? t("counter.why.syncing", { n: desk.pending }) : "";
}

function whyTaken(w: WindowView): string {
  if (paused(w)) return t("counter.why.paused");
  const number = w.ticket?.number ?? "";
  if (w.ticket?.state === "called") return t("counter.why.called", { number });
  return w.ticket ? t("counter.why.serving", { number }) : "";
}

/** obvious is the one step that comes next, done by the space bar. */
export function obvious(desk: Pick<Desk, "window" | "queue">): Verb | undefined {
  const { window, queue } = desk;
  if (paused(window)) return "continue";
  if (window.ticket) return window.ticket.state === "called" ? "arrive" : "finish";
  return (queue?.total ?? 0) > 0 && !byHand(window) ? "next" : undefined;
}

/** The lists of the queue panel, in the order of their keys 1, 2 and 3. */
export const tabs = ["waiting", "missed", "parked"] as const;
export type Tab = (typeof tabs)[number];

/**
 * Press is what a key asks for. enter takes the marked ticket, back puts a
 * parked one back into the queue.
 */
export type Press =
  | { verb: Verb }
  | { move: number }
  | { side: number }
  | { tab: Tab }
  | { do: "enter" | "back" | "why" | "reprint" | "find" | "label" | "note" | "material" | "day" | "roll" };

const plain: Record<string, Press> = {
  ArrowUp: { move: -1 },
  ArrowDown: { move: 1 },
  ArrowLeft: { side: -1 },
  ArrowRight: { side: 1 },
};
const single: Record<string, Press> = {
  Enter: { do: "enter" },
  "1": { tab: "waiting" },
  "2": { tab: "missed" },
  "3": { tab: "parked" },
  b: { do: "back" },
  w: { do: "why" },
  p: { do: "reprint" },
  l: { do: "label" },
  n: { do: "note" },
  m: { do: "material" },
  d: { do: "day" },
  r: { do: "roll" },
};

/**
 * pressOf reads a key. A held key counts once, and while the clerk types only
 * function keys count.
 */
export function pressOf(
  event: Pick<KeyboardEvent, "key" | "repeat" | "altKey" | "ctrlKey" | "metaKey">,
  typing: boolean,
  desk: Pick<Desk, "window" | "queue">,
): Press | undefined {
  if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
  if (event.key === "F9") return { verb: paused(desk.window) ? "continue" : "pause" };
  if (event.key === "F10") return { do: "find" };
  const verb = (Object.keys(keyOf) as Verb[]).find((v) => keyOf[v] === event.key);
  if (verb) return { verb };
  if (typing) return undefined;
  const move = plain[event.key];
  if (move) return move;
  if (event.repeat) return undefined;
  const one = single[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (one) return one;
  if (event.key !== " ") return undefined;
  const step = obvious(desk);
  return step && { verb: step };
}
