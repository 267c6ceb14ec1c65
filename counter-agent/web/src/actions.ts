import type { QueueChanged, WindowView } from "@smarthall/ui";
import { t } from "./text";

/** Verb is what a clerk can do with one key. */
export type Verb = "next" | "recall" | "arrive" | "noShow" | "putBack" | "finish" | "pause" | "continue";

/** Desk is what decides which verbs are open. */
export interface Desk {
  window: WindowView;
  queue?: QueueChanged;
  /** The hall can be reached. */
  online: boolean;
  /** A command is on its way. */
  busy: boolean;
}

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

/** The keys of the verbs, in the order of the key bar. */
export const keyOf: Record<Verb, string> = {
  next: "F1",
  recall: "F2",
  arrive: "F3",
  noShow: "F4",
  putBack: "F6",
  finish: "F8",
  pause: "F9",
  continue: "F9",
};

/** whyNot is why a verb can't be done now, for the clerk; empty if it can. */
export function whyNot(verb: Verb, desk: Desk): string {
  if (desk.busy) return t("counter.why.busy");
  if (!desk.online) return t("counter.why.offline");
  const { window } = desk;
  const ticket = window.ticket;
  const number = ticket?.number ?? "";
  switch (verb) {
    case "next":
    case "pause":
      if (paused(window)) return t("counter.why.paused");
      if (ticket?.state === "called") return t("counter.why.called", { number });
      return ticket ? t("counter.why.serving", { number }) : "";
    case "continue":
      return "";
    case "finish":
      if (!ticket) return t("counter.why.noTicket");
      return ticket.state === "called" ? t("counter.why.notArrived", { number }) : "";
    default:
      if (!ticket) return t("counter.why.noTicket");
      return ticket.state === "called" ? "" : t("counter.why.already", { number });
  }
}

/** obvious is the one step that comes next, done by the space bar. */
export function obvious(desk: Pick<Desk, "window" | "queue">): Verb | undefined {
  const { window, queue } = desk;
  if (paused(window)) return "continue";
  if (window.ticket) return window.ticket.state === "called" ? "arrive" : "finish";
  return (queue?.total ?? 0) > 0 ? "next" : undefined;
}

/** Press is what a key asks for. */
export type Press = { verb: Verb } | { move: number } | { call: true };

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
  const verb = (Object.keys(keyOf) as Verb[]).find((v) => keyOf[v] === event.key);
  if (verb) return { verb };
  if (typing) return undefined;
  if (event.key === "ArrowUp") return { move: -1 };
  if (event.key === "ArrowDown") return { move: 1 };
  if (event.repeat) return undefined;
  if (event.key === "Enter") return { call: true };
  if (event.key !== " ") return undefined;
  const step = obvious(desk);
  return step && { verb: step };
}
