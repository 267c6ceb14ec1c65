import type { Message, Socket } from "@smarthall/ui";

/** A socket in the test's hands: it opens, speaks and breaks when told to. */
export class FakeSocket implements Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Message[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.onclose?.();
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(message: Partial<Message> & { type: string }): void {
    this.onmessage?.({ data: JSON.stringify({ at: new Date().toISOString(), ...message }) });
  }

  /** answer answers the last command sent. */
  answer(body: unknown = {}, type = "answer"): void {
    this.receive({ type: type as Message["type"], re: this.sent.at(-1)?.id, body });
  }
}

/** sockets gives a client's open function and the sockets it made, in order. */
export function sockets(): { open: () => FakeSocket; made: FakeSocket[]; last: () => FakeSocket } {
  const made: FakeSocket[] = [];
  const open = () => {
    const socket = new FakeSocket();
    made.push(socket);
    return socket;
  };
  const last = () => {
    const socket = made.at(-1);
    if (!socket) throw new Error("no socket was made");
    return socket;
  };
  return { open, made, last };
}
