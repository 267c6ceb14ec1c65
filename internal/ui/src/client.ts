import { reactive } from "vue";
import { uuid } from "./id";
import type { Bodies, Message, MessageType, Problem } from "./link.gen";

/** The part of WebSocket that the client uses; tests bring their own. */
export interface Socket {
  readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(data: string): void;
  close(): void;
}

/** What a page can choose; the defaults are right for an agent's page. */
export interface LinkOptions {
  /** Path or ws:// address; default /ws of the page's own host. */
  url?: string;
  /** First and longest pause before connecting again, in milliseconds. */
  retryMin?: number;
  retryMax?: number;
  /** How long a command waits for its answer, reconnects included. */
  patience?: number;
  /** Makes the socket; default WebSocket. */
  open?: (url: string) => Socket;
  /** Random number in [0, 1), for the jitter. */
  random?: () => number;
}

/** Refusal is a command that was declined, or that got no answer. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "Refusal";
  }
}

/** problemOf reads the problem out of whatever was caught. */
export function problemOf(err: unknown): Problem {
  if (err instanceof Refusal) return err.problem;
  return { status: 0, code: "page.failed", detail: "" };
}

/** Clocks nearer than this, in milliseconds, are taken as equal. */
const OFFSET_NOISE = 1500;

interface Pending {
  message: string;
  resolve: (body: unknown) => void;
  reject: (err: Refusal) => void;
  timer: ReturnType<typeof setTimeout>;
}

type Handler = (body: never, message: Message) => void;

/**
 * LinkClient is a page's end of the link. It connects, and after a failure
 * connects again with a growing pause and full jitter; hands each message to
 * the handlers of its type, in order; and gives each command an id that is its
 * idempotency key: a command still open when the line breaks is sent again on
 * the next connection under the same id, so it is done once or not at all.
 *
 * Gaps need no care here: the other end begins every connection with a
 * snapshot, and closes a page that reads too slowly.
 */
export class LinkClient {
  /**
   * connected is false while the page has no line; since is when that changed.
   * offset is how far the hall's clock is ahead of the page's, in milliseconds.
   */
  readonly status = reactive({ connected: false, since: Date.now(), offset: 0 });

  private readonly url: string;
  private readonly options: Required<Omit<LinkOptions, "url">>;
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly pending = new Map<string, Pending>();
  private socket: Socket | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private closed = false;
  private offsetKnown = false;

  constructor(options: LinkOptions = {}) {
    this.url = address(options.url ?? "/ws");
    this.options = {
      retryMin: options.retryMin ?? 250,
      retryMax: options.retryMax ?? 8000,
      patience: options.patience ?? 8000,
      open: options.open ?? ((url) => new WebSocket(url) as unknown as Socket),
      random: options.random ?? Math.random,
    };
  }

  /** on calls fn for every message of a type; the result takes it off again. */
  on<T extends MessageType>(type: T, fn: (body: Bodies[T], message: Message) => void): () => void {
    const set = this.handlers.get(type) ?? new Set<Handler>();
    this.handlers.set(type, set.add(fn as Handler));
    return () => set.delete(fn as Handler);
  }

  /** connect opens the line and keeps it open until close. */
  connect(): this {
    this.closed = false;
    if (!this.socket) this.dial();
    return this;
  }

  /** close ends the line; open commands are refused. */
  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close();
    this.drop();
    for (const id of [...this.pending.keys()]) this.fail(id, "page.closed");
  }

  /**
   * command sends a command and resolves with the body of its answer, or
   * rejects with a Refusal: what the other end said, or page.timeout when it
   * said nothing in time (then nobody knows whether it was done).
   */
  command<T extends MessageType>(type: T, body?: Bodies[T]): Promise<Bodies["answer"]> {
    const id = uuid();
    return new Promise((resolve, reject) => {
      const message = JSON.stringify(envelope(type, body, id));
      const timer = setTimeout(() => this.fail(id, "page.timeout"), this.options.patience);
      this.pending.set(id, { message, resolve: resolve as (body: unknown) => void, reject, timer });
      this.write(message);
    });
  }

  /** send sends a fact. It is lost if there is no line; false tells so. */
  send<T extends MessageType>(type: T, body?: Bodies[T]): boolean {
    return this.write(JSON.stringify(envelope(type, body)));
  }

  private write(data: string): boolean {
    if (!this.socket || !this.status.connected) return false;
    this.socket.send(data);
    return true;
  }

  private dial(): void {
    let socket: Socket;
    try {
      socket = this.options.open(this.url);
    } catch {
      this.again();
      return;
    }
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.offsetKnown = false;
      this.mark(true);
      for (const p of this.pending.values()) this.write(p.message);
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.drop();
      this.again();
    };
  }

  private drop(): void {
    if (this.socket) this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket = null;
    this.mark(false);
  }

  private again(): void {
    if (this.closed) return;
    const { retryMin, retryMax, random } = this.options;
    const ceiling = Math.min(retryMax, retryMin * 2 ** this.failures++);
    this.retry = setTimeout(() => this.dial(), retryMin / 2 + random() * ceiling);
  }

  private mark(connected: boolean): void {
    if (this.status.connected === connected) return;
    this.status.connected = connected;
    this.status.since = Date.now();
  }

  private receive(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    this.learnOffset(message);
    if (message.re) this.settle(message.re, message);
    for (const fn of this.handlers.get(message.type) ?? []) fn(message.body as never, message);
  }

  /**
   * learnOffset takes the newest clock a connection has told: what was delayed
   * or replayed after a break is behind, never ahead.
   */
  private learnOffset(message: Message): void {
    const told = Date.parse(message.at) - Date.now();
    if (Number.isNaN(told) || (this.offsetKnown && told <= this.status.offset)) return;
    this.offsetKnown = true;
    if (Math.abs(told - this.status.offset) >= OFFSET_NOISE) this.status.offset = told;
  }

  private settle(id: string, message: Message): void {
    const p = this.pending.get(id);
    if (!p) return;
    this.pending.delete(id);
    clearTimeout(p.timer);
    if (message.type === "error") p.reject(new Refusal(message.body as Problem));
    else p.resolve(message.body ?? {});
  }

  private fail(id: string, code: string): void {
    const p = this.pending.get(id);
    if (!p) return;
    this.pending.delete(id);
    clearTimeout(p.timer);
    p.reject(new Refusal({ status: 0, code, detail: "" }));
  }
}

function envelope(type: string, body: unknown, id?: string): Message {
  const message: Message = { type: type as MessageType, at: new Date().toISOString() };
  if (id) message.id = id;
  if (body !== undefined) message.body = body;
  return message;
}

function parse(data: unknown): Message | null {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data) as Message;
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}

function address(url: string): string {
  if (/^wss?:/.test(url)) return url;
  const { protocol, host } = globalThis.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${url}`;
}
