import { named, type QueueChanged, type TicketView, type WindowView } from "@smarthall/ui";
import { paused } from "./actions";
import { t } from "./text";

/** Step is what a scanned paper leads to; tell only says where the visit is. */
export type Step = "call" | "arrive" | "finish" | "resume" | "rejoin" | "tell";

export interface Next {
  step: Step;
  /** What the clerk is told: where the visit is, or why the step can't be done. */
  text: string;
}

/**
 * nextStep is the next step, at this window, of the visit whose paper was
 * scanned. signOf is what stands above a window.
 */
export function nextStep(
  found: TicketView,
  window: WindowView,
  queue?: QueueChanged,
  signOf: (window: string) => string = (id) => id,
): Next {
  const number = found.number;
  const here = !found.window || found.window === window.id;
  const sign = signOf(found.window ?? "");
  const tell = (text: string): Next => ({ step: "tell", text });
  switch (found.state) {
    case "called":
      return here ? { step: "arrive", text: "" } : tell(t("counter.scan.calledAt", { number, n: sign }));
    case "serving":
      if (!here) return tell(t("counter.scan.servingAt", { number, n: sign }));
      return { step: "finish", text: t("counter.scan.finish", { number }) };
    case "waiting":
      if (!callable(found, window, queue)) return tell(whereTo(found));
      return taken(window) ? tell(taken(window)) : { step: "call", text: "" };
    case "parked":
      return taken(window) ? tell(taken(window)) : { step: "resume", text: "" };
    case "missed":
      return { step: "rejoin", text: "" };
    default:
      return tell(t("counter.scan.over", { number, state: stateWord(found.state) }));
  }
}

/** stateWord is a ticket's state for people. */
export function stateWord(state: string): string {
  switch (state) {
    case "waiting":
    case "called":
    case "serving":
    case "parked":
    case "missed":
    case "finished":
    case "cancelled":
    case "expired":
    case "closed":
      return t(`counter.state.${state}`);
    default:
      return state;
  }
}

/** callable tells whether this window may call it: its own service, or one it helps with now. */
function callable(found: TicketView, window: WindowView, queue?: QueueChanged): boolean {
  return (window.services ?? []).includes(found.service) || !!queue?.waiting?.some((w) => w.id === found.id);
}

function taken(window: WindowView): string {
  if (paused(window)) return t("counter.why.paused");
  return window.ticket ? t("counter.scan.busy", { number: window.ticket.number }) : "";
}

function whereTo(found: TicketView): string {
  const windows = (found.windows ?? []).join("、");
  return windows
    ? t("counter.scan.otherService", { number: found.number, windows, service: named(found.serviceName) })
    : t("counter.scan.noWindow", { number: found.number, service: named(found.serviceName) });
}

/** inView finds a scanned or typed ticket among those that the page knows, for when the hall is away. */
export function inView(text: string, window: WindowView, queue?: QueueChanged): TicketView | undefined {
  const name = text.trim().split(/[?#]/)[0]?.split("/").pop()?.toUpperCase() ?? "";
  const known = [
    ...(window.ticket ? [window.ticket] : []),
    ...(queue?.waiting ?? []),
    ...(queue?.missed ?? []),
    ...(queue?.parked ?? []),
  ];
  const coded = (k: TicketView) => k.day.replaceAll("-", "") + k.number; // what a label's barcode says
  return known.find((k) => k.id.toUpperCase() === name || k.number === name || coded(k) === name);
}

/** labelWords is what a visit's label says, for people: its day and its number; empty for a ticket's id. */
export function labelWords(visit: string): string {
  const [, year, month, day, number] = /^(\d{4})(\d{2})(\d{2})([A-Z0-9-]{1,12})$/.exec(visit) ?? [];
  return number ? `${year}-${month}-${day} ${number}` : "";
}
