import type { CallChannel, CallView } from "../link.gen";

/** uses tells whether a call is to reach people by a channel; one without a list uses all. */
export function uses(call: CallView, channel: CallChannel): boolean {
  return call.channels === undefined || call.channels.includes(channel);
}
