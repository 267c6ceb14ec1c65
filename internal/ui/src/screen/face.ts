import type { CallView, WindowView } from "../link.gen";
import { uses } from "./channels";

/** Face is what a window screen says, without its words. */
export type Face =
  | { kind: "called"; number: string; recall: number }
  | { kind: "serving"; number: string }
  | { kind: "paused"; text: string }
  | { kind: "idle" | "closed" | "disabled" };

/**
 * faceOf decides what the screen of a window says. An open call is shown as
 * soon as it arrives, before the window's own change does; what only concerns
 * the staff (考勤异常) looks like a closed window, and a call that isn't meant
 * for window screens like a window that waits.
 */
export function faceOf(window: WindowView, calls: CallView[]): Face {
  if (window.disabled) return { kind: "disabled" };
  const { state, ticket } = window;
  if (state === "serving" && ticket?.state === "serving") return { kind: "serving", number: ticket.number };
  const call = openCall(window, calls);
  if (call) return { kind: "called", number: call.number, recall: call.recall };
  if (state === "serving" && ticket) {
    const its = calls.find((c) => c.id === ticket.call);
    if (its && !uses(its, "window")) return { kind: "idle" };
    return { kind: "called", number: ticket.number, recall: ticket.recalls ?? 0 };
  }
  if (state === "paused") return { kind: "paused", text: window.text ?? "" };
  if (state === "idle") return { kind: "idle" };
  return { kind: "closed" };
}

/** openCall is the latest call to a window that is still true and to be seen on its screen. */
function openCall(window: WindowView, calls: CallView[]): CallView | undefined {
  let latest: CallView | undefined;
  for (const c of calls) {
    if (c.window === window.id && (!latest || Date.parse(c.at) > Date.parse(latest.at))) latest = c;
  }
  return latest?.ended || (latest && !uses(latest, "window")) ? undefined : latest;
}
