// @vitest-environment node
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { createClient, Problem, type Retry, type Schemas } from "../src/index.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

interface Seen {
  method: string;
  url: string;
  key: string | undefined;
  authorization: string | undefined;
  body: string;
}

type Answer = { status: number; body?: unknown } | "break" | "hang";

/** A hall that gives answers one after the other, the last one for ever. */
async function hall(answers: Answer[], retry: Retry = {}) {
  const seen: Seen[] = [];
  const listener: RequestListener = async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    seen.push({
      method: req.method ?? "",
      url: req.url ?? "",
      key: req.headers["idempotency-key"] as string | undefined,
      authorization: req.headers.authorization,
      body,
    });
    if (answer === "break") req.socket.destroy();
    else if (answer !== "hang") {
      const problem = (answer?.status ?? 200) >= 400;
      res.writeHead(answer?.status ?? 200, {
        "Content-Type": problem ? "application/problem+json" : "application/json",
      });
      res.end(answer?.body === undefined ? undefined : JSON.stringify(answer.body));
    }
  };
  server = createServer(listener);
  await new Promise<void>((ok) => server?.listen(0, "127.0.0.1", ok));
  const { port } = server.address() as AddressInfo;
  const client = createClient({ url: `http://127.0.0.1:${port}/`, token: "secret", wait: 1, ...retry });
  return { client, seen };
}

const take = { body: { service: "tax", channel: "phone" as const } };
const unavailable = { status: 503, body: { code: "store.unavailable", detail: "请重试" } };

describe("a client", () => {
  it("sends the token and the body to the API's path", async () => {
    const { client, seen } = await hall([{ status: 201, body: { id: "1", number: "C001" } }]);
    const ticket = await client.post("/tickets", take);
    expect(ticket.number).toBe("C001");
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "POST", url: "/api/v1/tickets", authorization: "Bearer secret" });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual(take.body);
  });

  it("keeps a command's key while it tries again, and makes another for the next", async () => {
    const { client, seen } = await hall(
      [unavailable, "break", "hang", { status: 201, body: { number: "C001" } }],
      { timeout: 200 },
    );
    await client.post("/tickets", take);
    await client.post("/tickets", take);
    expect(seen).toHaveLength(5);
    const [key] = seen.map((s) => s.key);
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen.slice(0, 4).map((s) => s.key)).toEqual([key, key, key, key]);
    expect(seen[4]?.key).not.toBe(key);
    expect(new Set(seen.map((s) => s.body)).size).toBe(1);
  });

  it("keeps a key that the caller brings", async () => {
    const { client, seen } = await hall(["break", { status: 201, body: {} }]);
    await client.post("/tickets", { ...take, params: { header: { "Idempotency-Key": "visit-1" } } });
    expect(seen.map((s) => s.key)).toEqual(["visit-1", "visit-1"]);
  });

  it("asks without a key", async () => {
    const { client, seen } = await hall([{ status: 200, body: { tickets: [] } }]);
    const { tickets } = await client.get("/tickets", { params: { query: { state: "waiting" } } });
    expect(tickets).toEqual([]);
    expect(seen[0]).toMatchObject({ url: "/api/v1/tickets?state=waiting", key: undefined });
  });

  it("throws a refusal as a Problem, once", async () => {
    const body = {
      type: "about:blank",
      title: "Conflict",
      status: 409,
      code: "ticket.wrong-state",
      detail: "C001 号现在是“已叫号”，不能办结",
      state: "called",
      allowed: ["arrive", "recall"],
    };
    const { client, seen } = await hall([{ status: 409, body }]);
    const refused = client.post("/tickets/{id}/finish", { params: { path: { id: "1" } } });
    await expect(refused).rejects.toBeInstanceOf(Problem);
    const { type: _type, title: _title, ...members } = body;
    await expect(refused).rejects.toMatchObject(members);
    expect(seen).toHaveLength(1);
  });

  it("gives up in the end", async () => {
    const { client, seen } = await hall([unavailable], { attempts: 3 });
    await expect(client.get("/board")).rejects.toMatchObject({ status: 503, code: "store.unavailable" });
    expect(seen).toHaveLength(3);
    const broken = await hall(["break"], { attempts: 2 });
    await expect(broken.client.get("/board")).rejects.toBeInstanceOf(TypeError);
    expect(broken.seen).toHaveLength(2);
  });

  it("names an answer that isn't the hall's", async () => {
    const { client } = await hall([{ status: 502, body: { message: "bad gateway" } }]);
    await expect(client.get("/board")).rejects.toMatchObject({ status: 502, code: "http.502", detail: "" });
  });

  it("stops when it is told to", async () => {
    const { client, seen } = await hall(["break"], { wait: 60_000 });
    const stop = new AbortController();
    const asked = client.get("/board", { signal: stop.signal });
    await expect.poll(() => seen.length).toBe(1);
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    expect(seen).toHaveLength(1);
  });

  it("says by its types that nobody may be next", async () => {
    const { client } = await hall([{ status: 204 }]);
    const called = await client.post("/windows/{id}/call-next", { params: { path: { id: "4" } } });
    expect(called).toBeUndefined();
    expectTypeOf(called).toEqualTypeOf<Schemas["CalledTicket"] | undefined>();
    const board = await hall([{ status: 200, body: {} }]).then(({ client }) => client.get("/board"));
    expectTypeOf(board).toEqualTypeOf<Schemas["BoardView"]>();
  });
});
