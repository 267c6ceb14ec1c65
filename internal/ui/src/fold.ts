import type { Bodies, CallView, Message, MessageType, PageSnapshot, Snapshot } from "./link.gen";

/** How many calls a page keeps; the agent keeps as many. */
export const CALLS_KEPT = 10;

/** The deltas and facts that change an agent page's state. */
export const folded = [
  "link.changed",
  "device.changed",
  "card.read",
  "card.removed",
  "pending.changed",
  "help.changed",
  "hall.changed",
  "feeds.changed",
  "services.changed",
  "window.changed",
  "windows.changed",
  "queue.changed",
  "ticket.called",
  "call.acknowledged",
  "call.ended",
] as const satisfies readonly MessageType[];

/**
 * fold applies one message to an agent page's state, in place. Messages that
 * change nothing, and deltas that come before the hall's first snapshot, leave
 * it as it is.
 */
export function fold(state: PageSnapshot, message: Message): void {
  const body = message.body;
  switch (message.type) {
    case "link.changed":
      state.link = body as Bodies["link.changed"];
      return;
    case "device.changed": {
      const device = body as Bodies["device.changed"];
      state.devices = put(state.devices ?? [], device, (d) => d.id === device.id);
      return;
    }
    case "card.read":
      state.card = body as Bodies["card.read"];
      return;
    case "card.removed":
      state.card = undefined;
      return;
    case "pending.changed":
      state.pending = body as Bodies["pending.changed"];
      return;
    case "help.changed":
      state.help = (body as Bodies["help.changed"]).help;
      return;
  }
  if (state.hall) foldHall(state.hall, message);
}

function foldHall(hall: Snapshot, { type, body }: Message): void {
  switch (type) {
    case "hall.changed":
      hall.hall = body as Bodies["hall.changed"];
      return;
    case "feeds.changed":
      hall.feeds = (body as Bodies["feeds.changed"]).feeds ?? undefined;
      return;
    case "services.changed":
      for (const s of (body as Bodies["services.changed"]).services ?? []) {
        hall.services = put(hall.services ?? [], s, (old) => old.id === s.id);
      }
      return;
    case "window.changed": {
      const w = body as Bodies["window.changed"];
      hall.windows = put(hall.windows ?? [], w, (old) => old.id === w.id);
      return;
    }
    case "windows.changed":
      for (const w of (body as Bodies["windows.changed"]).windows ?? []) {
        hall.briefs = put(hall.briefs ?? [], w, (old) => old.id === w.id);
      }
      return;
    case "queue.changed":
      hall.queue = body as Bodies["queue.changed"];
      return;
    case "ticket.called":
      hall.calls = called(hall.calls ?? [], body as Bodies["ticket.called"]);
      return;
    case "call.ended": {
      const ended = body as Bodies["call.ended"];
      hall.calls = hall.calls?.map((c) => (c.id === ended.call ? { ...c, ended: true } : c));
      return;
    }
    case "call.acknowledged": {
      const ack = body as Bodies["call.acknowledged"];
      hall.calls = hall.calls?.map((c) => (c.id === ack.call ? { ...c, acks: [...(c.acks ?? []), ack] } : c));
    }
  }
}

/** called puts a call first; a recall takes the place of the call before it. */
export function called(calls: CallView[], call: CallView): CallView[] {
  return [call, ...calls.filter((c) => c.id !== call.id && c.ticket !== call.ticket)].slice(0, CALLS_KEPT);
}

/** put replaces the first element that is the same, or adds the new one at the end. */
export function put<T>(list: T[], item: T, same: (old: T) => boolean): T[] {
  const at = list.findIndex(same);
  if (at < 0) return [...list, item];
  return [...list.slice(0, at), item, ...list.slice(at + 1)];
}
