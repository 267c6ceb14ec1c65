import { reactive } from "vue";
import { ApiError, call } from "../api";
import { t } from "../text";

/** Message is one text to a citizen's phone, as GET /messages lists it. */
export interface Message {
  id: string;
  ticket: string;
  number: string;
  event: "soon" | "called" | "recalled" | "returned" | "missed";
  channel: "sms" | "wechat";
  template: number;
  text: string;
  /** to is the phone number, masked. */
  to: string;
  state: "pending" | "accepted" | "delivered" | "failed" | "dropped";
  reason?: string;
  provider?: string;
  /** demo messages can be seen here and went to nobody. */
  demo?: boolean;
  attempts: number;
  createdAt: string;
  changedAt: string;
}

/** STATES are all states, in the order of the filter. */
export const STATES: Message["state"][] = ["pending", "accepted", "delivered", "failed", "dropped"];

/** Answer is what the hall-server lists. */
export interface Answer {
  messages: Message[];
  /** timeZone is the hall's. */
  timeZone?: string;
  receiptUrl?: string;
}

/** Remote is the hall-server's side; tests bring their own. */
export interface Remote {
  list(state: string, ticket: string): Promise<Answer>;
  retry(id: string): Promise<void>;
}

const server: Remote = {
  async list(state, ticket) {
    const query = new URLSearchParams();
    if (state) query.set("state", state);
    if (ticket) query.set("ticket", ticket);
    return (await (await call(`/messages?${query}`)).json()) as Answer;
  },
  async retry(id) {
    await call(`/messages/${encodeURIComponent(id)}/retry`, { method: "POST" });
  },
};

/** EVERY is the pause between two looks, in milliseconds. */
export const EVERY = 3000;

/** Outbox shows the latest messages and keeps them fresh. */
export class Outbox {
  readonly state = reactive({
    messages: [] as Message[],
    timeZone: "",
    receiptUrl: "",
    /** loaded tells that the list is what the filter asks for. */
    loaded: false,
    /** failure is what went wrong last, in words. */
    failure: "",
    filter: { state: "", ticket: "" },
    /** busy are the messages that are being sent again. */
    busy: [] as string[],
  });
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly remote: Remote = server,
    private readonly onSignedOut: () => void = () => {},
  ) {}

  /** open starts looking, close ends it. */
  open(): void {
    void this.look();
  }

  close(): void {
    this.asked++;
    clearTimeout(this.timer);
  }

  /** filter shows other messages. */
  filter(state: string, ticket: string): void {
    this.state.filter = { state, ticket: ticket.trim().toUpperCase() };
    this.state.loaded = false;
    void this.look();
  }

  /** retry sends a message again that failed or was dropped. */
  async retry(id: string): Promise<void> {
    if (this.state.busy.includes(id)) return;
    this.state.busy.push(id);
    try {
      await this.remote.retry(id);
      await this.look();
    } catch (err) {
      this.fail(err);
    } finally {
      this.state.busy = this.state.busy.filter((x) => x !== id);
    }
  }

  /** look asks for the list; an answer to an older question is not shown. */
  private async look(): Promise<void> {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const { state, ticket } = this.state.filter;
    try {
      const answer = await this.remote.list(state, ticket);
      if (asked !== this.asked) return;
      this.state.messages = answer.messages;
      this.state.timeZone = answer.timeZone ?? "";
      this.state.receiptUrl = answer.receiptUrl ?? "";
      this.state.loaded = true;
      this.state.failure = "";
    } catch (err) {
      if (asked !== this.asked) return;
      this.fail(err);
    }
    this.timer = setTimeout(() => void this.look(), EVERY);
  }

  private fail(err: unknown): void {
    if (err instanceof ApiError && err.status === 401) this.onSignedOut();
    this.state.failure = err instanceof ApiError ? err.message : t("api.away");
  }
}
