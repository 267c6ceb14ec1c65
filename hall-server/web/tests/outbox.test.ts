import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/api";
import { type Answer, EVERY, type Message, Outbox } from "../src/outbox/outbox";

const message = (id: string, state: Message["state"]): Message => ({
  id,
  ticket: "01J",
  number: "A012",
  event: "called",
  channel: "sms",
  template: 1,
  text: "请 A012 号到 3 号窗口办理。",
  to: "138****5678",
  state,
  attempts: 1,
  createdAt: "2026-11-23T01:00:00Z",
  changedAt: "2026-11-23T01:00:00Z",
});

/** remote is a hall-server with a list; hold keeps answers back until it is called. */
function remote() {
  const server = {
    messages: [message("2", "failed"), message("1", "accepted")],
    asked: [] as string[],
    retried: [] as string[],
    refuse: undefined as ApiError | undefined,
    wait: undefined as Promise<void> | undefined,
    async list(state: string, ticket: string): Promise<Answer> {
      server.asked.push(`${state}/${ticket}`);
      const found = server.messages.filter((m) => !state || m.state === state);
      await server.wait;
      if (server.refuse) throw server.refuse;
      return { messages: found };
    },
    async retry(id: string) {
      server.retried.push(id);
      await server.wait;
      if (server.refuse) throw server.refuse;
    },
  };
  return server;
}

const ids = (outbox: Outbox) => outbox.state.messages.map((m) => m.id);
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("the list is kept fresh until the page is left", async () => {
  const server = remote();
  const outbox = new Outbox(server);
  outbox.open();
  await settle();
  expect(ids(outbox)).toEqual(["2", "1"]);
  server.messages.unshift(message("3", "pending"));
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(ids(outbox)).toEqual(["3", "2", "1"]);
  outbox.close();
  await vi.advanceTimersByTimeAsync(EVERY * 5);
  expect(server.asked).toHaveLength(2);
});

test("a late answer to an older question is not shown", async () => {
  const server = remote();
  const outbox = new Outbox(server);
  let release = () => {};
  server.wait = new Promise((resolve) => {
    release = resolve;
  });
  outbox.open();
  server.wait = undefined;
  outbox.filter("failed", " a012 ");
  await settle();
  release();
  await settle();
  expect(server.asked).toEqual(["/", "failed/A012"]);
  expect(ids(outbox)).toEqual(["2"]);
  outbox.close();
});

test("a message is sent again once, and the list shows it", async () => {
  const server = remote();
  const outbox = new Outbox(server);
  outbox.open();
  await settle();
  const both = [outbox.retry("2"), outbox.retry("2")];
  Object.assign(server.messages[0] ?? {}, { state: "pending" });
  await Promise.all(both);
  expect(server.retried).toEqual(["2"]);
  expect(outbox.state.busy).toEqual([]);
  expect(outbox.state.messages[0]?.state).toBe("pending");
  outbox.close();
});

test("a refusal is told and the list stays", async () => {
  const server = remote();
  const out = vi.fn();
  const outbox = new Outbox(server, out);
  outbox.open();
  await settle();
  server.refuse = new ApiError(409, "不能重发");
  await outbox.retry("1");
  expect(outbox.state.failure).toBe("不能重发");
  expect(ids(outbox)).toEqual(["2", "1"]);
  expect(out).not.toHaveBeenCalled();
  server.refuse = new ApiError(401, "请先登录");
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(out).toHaveBeenCalled();
  server.refuse = undefined;
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(outbox.state.failure).toBe("");
  outbox.close();
});
