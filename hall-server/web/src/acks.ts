import type { CallChannel, CallView } from "@smarthall/ui";

/** How long a channel may take to acknowledge a call before it counts as silent, in milliseconds. */
export const ACK_WAIT = 10_000;

/** Ack is what became of a call on one channel. */
export interface Ack {
  channel: CallChannel;
  state: "shown" | "failed" | "awaited" | "silent";
  /** Why it failed. */
  why: string;
}

const channels: CallChannel[] = ["board", "window", "led", "voice"];

/**
 * acksOf tells, for each channel that a call uses, whether people could see or
 * hear it. One failure outweighs others' success.
 */
export function acksOf(call: CallView, now: number): Ack[] {
  const used = channels.filter((c) => call.channels === undefined || call.channels.includes(c));
  return used.map((channel) => {
    const acks = (call.acks ?? []).filter((a) => a.channel === channel);
    const failed = acks.find((a) => a.failed);
    if (failed) return { channel, state: "failed", why: failed.failed ?? "" };
    if (acks.length > 0) return { channel, state: "shown", why: "" };
    const awaited = !call.ended && now - Date.parse(call.at) < ACK_WAIT;
    return { channel, state: awaited ? "awaited" : "silent", why: "" };
  });
}
