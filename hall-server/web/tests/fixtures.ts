import type { BoardView, Message, MessageType, Socket } from "@smarthall/ui";
import data from "./board.json";

/** board is a hall in the middle of a busy morning: 12 windows, 9 services, 6 agents, six troubles. */
export function board(): BoardView {
  return structuredClone(data) as unknown as BoardView;
}

/** now is the hall's time at which board() was told, in milliseconds. */
export const now = Date.parse(data.now);

export function message(type: MessageType, body: unknown, seconds = 0): Message {
  return { type, at: new Date(now + seconds * 1000).toISOString(), body };
}

/** FakeSocket is a line to the hall-server that the test plays. */
export class FakeSocket implements Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(): void {}
  close(): void {
    this.onclose?.();
  }
}

/** problem is an answer that refuses. */
export function problem(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
