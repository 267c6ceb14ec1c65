// Two halls on one platform: each gets its own items and its own bookings, and
// works on while the platform is gone; the platform hears of it afterwards and
// is itself again at once. On SQLite and, where SMARTHALL_POSTGRES names a
// server, on PostgreSQL.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { emptyDatabase } from "./support/database.mjs";
import { startHall, until } from "./support/hall.mjs";

const MONDAY = "2026-11-23T15:00:00+08:00";
const admin = { account: "admin", password: "demo1234", code: "246810" };
const person = { account: "13800000101", password: "demo1234", code: "246810" };

const engines = [["SQLite", 10160]];
if (process.env.SMARTHALL_POSTGRES) engines.push(["PostgreSQL", 10200, process.env.SMARTHALL_POSTGRES]);

for (const [engine, port, server] of engines) {
  describe(`two halls on one platform, on ${engine}`, () => {
    let halls;
    let west;
    let me;
    let first;
    before(async () => {
      const database = server ? emptyDatabase(server) : undefined;
      halls = await startHall(
        `nodes-${engine.toLowerCase()}`,
        port,
        {},
        { platform: true, west: true, database, clock: MONDAY },
      );
      const token = halls.westToken("--role", "manager", "--name", "e2e");
      west = (path, init = {}) => ask(`${halls.urls.west.hall}/api/v1${path}`, token, init);
    });
    after(async () => {
      assert.deepEqual(await halls?.close(), [], "every program ends in peace");
    });

    /** Asks one of the REST APIs. */
    async function ask(url, token, init = {}) {
      const res = await fetch(url, {
        ...init,
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          "Content-Type": "application/json",
        },
      });
      const body = res.status === 204 ? null : await res.json();
      if (!res.ok) throw new Error(`${url}: ${res.status} ${body.code}`);
      return body;
    }
    const platform = (path, init) => ask(`${halls.urls.platform}/api/v1${path}`, me, init);
    const items = async (hall) => (await hall("/items")).items.map((i) => i.id);

    /** Books the first free period of an item at a hall. */
    async function book(hall, skip = []) {
      for (const item of await items(hall === "west" ? west : halls.api)) {
        if (skip.includes(item)) continue;
        const { offers } = await platform(`/appointments/offers?item=${item}&hall=${hall}`);
        const day = offers[0]?.days.find((d) => d.left > 0);
        if (!day) continue;
        const from = day.periods.find((p) => p.left > 0).from;
        const body = JSON.stringify({ hall, item, day: day.day, from });
        return { item, day: day.day, ...(await platform("/appointments", { method: "POST", body })) };
      }
      throw new Error(`nothing can be booked at ${hall}`);
    }
    const has = async (hall, { id, day }) =>
      (await hall(`/appointments?day=${day}`)).appointments.some((a) => a.id === id);

    test("each hall describes itself and is told what is done there", async () => {
      await until(
        "both halls' items",
        async () => (await items(west)).length > 0 && (await items(halls.api)).length > 0,
      );
      for (const [id, service] of [
        ["demo", "exit-entry"],
        ["west", "construction"],
      ]) {
        const h = await until(`${id} describes itself`, async () => {
          const h = await platform(`/halls/${id}`);
          return h.described.services?.length ? h : undefined;
        });
        assert.ok(h.described.services.some((s) => s.id === service));
      }
      const [here, there] = [await items(halls.api), await items(west)];
      assert.ok(
        here.some((i) => !there.includes(i)) && there.some((i) => !here.includes(i)),
        "each has items that the other hasn't",
      );
    });

    test("all halls are seen at once, as they are right now", async () => {
      const { token } = await ask(`${halls.urls.platform}/api/v1/staff/sessions`, undefined, {
        method: "POST",
        body: JSON.stringify(admin),
      });
      const live = async (id) =>
        (await ask(`${halls.urls.platform}/api/v1/halls/live`, token)).halls.find((h) => h.id === id);
      for (const id of ["demo", "west"])
        await until(`${id} says how it is`, async () => {
          const h = await live(id);
          return !h.away && h.live.windows.length > 0 && h.live.board.startsWith("http");
        });
      const before = (await live("west")).live;
      const post = (path, body) => west(path, { method: "POST", body: JSON.stringify(body ?? {}) });
      await post("/tickets", { service: "civil-affairs", channel: "phone" });
      const now = await until("one more waits in the west", async () => {
        const h = await live("west");
        return h.live.waiting === before.waiting + 1 ? h : undefined;
      });
      assert.ok(Date.now() - Date.parse(now.at) < 60_000);
      const stranger = await fetch(`${halls.urls.platform}/api/v1/halls/live`);
      assert.equal(stranger.status, 401, "only for staff");
    });

    test("a booking goes to its hall and to no other", async () => {
      me = (await platform("/sessions", { method: "POST", body: JSON.stringify(person) })).token;
      first = await book("west");
      await until("the second hall knows it", () => has(west, first));
      assert.equal(await has(halls.api, first), false, "the first hall has nothing to do with it");
    });

    test("the platform is killed, the halls work on, and nothing is lost", async () => {
      const before = (await platform("/halls/west")).heard;
      await halls.stop("platform", "SIGKILL");
      const ticket = await west("/tickets", {
        method: "POST",
        body: JSON.stringify({ service: "civil-affairs", channel: "phone" }),
      });
      assert.ok(ticket.number ?? ticket.ticket?.number);
      halls.start("platform");
      await halls.ready();
      await until(
        "the platform heard of the ticket",
        async () => (await platform("/halls/west")).heard > before,
      );
      const begun = Date.now();
      const second = await book("west", [first.item]);
      await until("a booking after the kill reaches the hall", () => has(west, second));
      assert.ok(await has(west, first), "the booking from before is still there");
      console.log(
        `${engine}: a booking reached the hall ${Date.now() - begun} ms after a SIGKILL and a start`,
      );
    });
  });
}
