import type { PendingAction, QueueChanged, WindowView } from "@smarthall/ui";

/**
 * withPending is the window as it will be once the hall has heard of what was
 * done while it was away.
 */
export function withPending(window: WindowView, actions: readonly PendingAction[] = []): WindowView {
  return actions.reduce(apply, window);
}

/** What is kept with a visit and leaves it where it is. */
const BESIDE: ReadonlySet<string> = new Set(["ticket.rate", "ticket.note", "ticket.materials"]);

function apply(window: WindowView, action: PendingAction): WindowView {
  const ticket = window.ticket;
  if (ticket?.id !== action.ticket || BESIDE.has(action.type)) return window;
  if (action.type === "ticket.arrive") {
    return { ...window, ticket: { ...ticket, state: "serving", startedAt: ticket.startedAt ?? action.at } };
  }
  return { ...window, state: "idle", since: action.at, ticket: undefined };
}

/**
 * queueBeside is the queue without the ticket in front and those that were dealt
 * with: the hall's own word of that comes a moment later, or is yet to come.
 */
export function queueBeside(
  queue: QueueChanged,
  window: WindowView,
  actions: readonly PendingAction[] = [],
): QueueChanged {
  const gone = new Set(actions.map((a) => a.ticket));
  if (window.ticket) gone.add(window.ticket.id);
  const waiting = (queue.waiting ?? []).filter((w) => !gone.has(w.id));
  return { ...queue, waiting, total: queue.total - (queue.waiting ?? []).length + waiting.length };
}
