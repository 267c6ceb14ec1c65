import { LinkClient, problemOf, Refusal } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sockets } from "./socket";

function setup(options = {}) {
  const s = sockets();
  const client = new LinkClient({ url: "ws://hall/ws", open: s.open, random: () => 0.5, ...options });
  client.connect();
  return { client, ...s };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("commands", () => {
  it("resolve with the answer that names their id", async () => {
    const { client, last } = setup();
    last().open();
    const done = client.command("window.callNext");
    last().receive({ type: "answer", re: "someone else's", body: { none: false } });
    last().answer({ none: true });
    await expect(done).resolves.toEqual({ none: true });
  });

  it("reject with the problem the other end told", async () => {
    const { client, last } = setup();
    last().open();
    const done = client.command("ticket.recall", { ticket: "1" });
    last().answer({ status: 409, code: "ticket.wrong-state", detail: "先办理到达" }, "error");
    const err = await done.catch((e: unknown) => e);
    expect(err).toBeInstanceOf(Refusal);
    expect(problemOf(err)).toMatchObject({ code: "ticket.wrong-state", detail: "先办理到达" });
  });

  it("are sent again under the same id when the line broke before the answer", async () => {
    const { client, made, last } = setup();
    last().open();
    const done = client.command("ticket.take", { service: "a", phone: "13800000000" });
    const id = last().sent[0]?.id;
    last().close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(made).toHaveLength(2);
    last().open();
    expect(last().sent.map((m) => m.id)).toEqual([id]);
    last().answer({});
    await expect(done).resolves.toEqual({});
    last().close();
    await vi.advanceTimersByTimeAsync(10_000);
    last().open();
    expect(last().sent).toHaveLength(0);
  });

  it("wait for the first connection", async () => {
    const { client, last } = setup();
    const done = client.command("window.continue");
    expect(last().sent).toHaveLength(0);
    last().open();
    expect(last().sent).toHaveLength(1);
    last().answer();
    await expect(done).resolves.toEqual({});
  });

  it("give up after their patience and ignore a late answer", async () => {
    const { client, last } = setup({ patience: 3000 });
    last().open();
    const done = client.command("window.callNext").catch(problemOf);
    await vi.advanceTimersByTimeAsync(3001);
    expect(await done).toMatchObject({ code: "page.timeout" });
    expect(() => last().answer({ none: true })).not.toThrow();
  });

  it("are refused when the page closes the line", async () => {
    const { client, last } = setup();
    last().open();
    const done = client.command("window.callNext").catch(problemOf);
    client.close();
    expect(await done).toMatchObject({ code: "page.closed" });
  });

  it("have ids that differ, with and without crypto.randomUUID", async () => {
    const { client, last } = setup();
    last().open();
    vi.spyOn(crypto, "randomUUID").mockReturnValueOnce("11111111-1111-4111-8111-111111111111");
    client.command("window.continue").catch(() => undefined);
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    client.command("window.continue").catch(() => undefined);
    client.command("window.continue").catch(() => undefined);
    const ids = last().sent.map((m) => m.id ?? "");
    expect(new Set(ids).size).toBe(3);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    client.close();
  });
});

describe("the line", () => {
  it("comes back with growing pauses, bounded, until closed", async () => {
    const { client, made, last } = setup({ retryMin: 100, retryMax: 1000 });
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const before = made.length;
      last().close();
      let waited = 0;
      while (made.length === before && waited < 5000) {
        await vi.advanceTimersByTimeAsync(50);
        waited += 50;
      }
      pauses.push(waited);
    }
    expect(pauses).toEqual([100, 150, 250, 450, 550, 550]);
    client.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(made).toHaveLength(7);
  });

  it("shows whether it is there", () => {
    const { client, last } = setup();
    expect(client.status.connected).toBe(false);
    last().open();
    expect(client.status.connected).toBe(true);
    last().close();
    expect(client.status.connected).toBe(false);
    expect(client.send("session.clear")).toBe(false);
    client.close();
  });

  it("survives bytes that are no message", () => {
    const { client, last } = setup();
    const seen = vi.fn();
    client.on("card.removed", seen);
    last().open();
    for (const data of ["", "{", "null", "[]", '{"type":7}', new ArrayBuffer(3)])
      last().onmessage?.({ data });
    last().receive({ type: "card.removed" });
    expect(seen).toHaveBeenCalledTimes(1);
    client.close();
  });

  it("learns how far the hall's clock is ahead, and is not misled by replayed messages", () => {
    vi.setSystemTime(new Date("2026-11-23T09:00:00Z"));
    const { client, last } = setup();
    last().open();
    last().receive({ type: "card.removed", at: "2026-11-23T10:00:00Z" });
    expect(client.status.offset).toBe(3_600_000);
    last().receive({ type: "card.removed", at: "2026-11-23T09:30:00Z" });
    expect(client.status.offset).toBe(3_600_000);
    last().close();
    client.close();
  });
});
