// Labels that open a visit, through the real programs: a counter prints one, a
// queue machine gives one out, and another maker's renderer and reader say what
// stands on them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ready } from "zpl-renderer-js";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, root, startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const port = 10_280;
const pictures = join(artefacts, "screenshots");
let hall;
let web;
/** A font for rare names that this hall's programs alone know: the machine's browser hasn't got it. */
const font = join(root, "var/fonts/HanaMinB.ttf");
before(async () => {
  mkdirSync(pictures, { recursive: true });
  process.env.SMARTHALL_FONTS = font;
  [hall, web] = await Promise.all([
    startHall("labels", port, {
      "kiosk-2": {
        settings: { ticket: "label" },
        devices: [{ id: "labels", profile: "generic/zpl-203", port: `tcp://127.0.0.1:${port + 30}` }],
      },
    }),
    openBrowser(),
  ]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** What zbarimg, which knows nothing of us, reads from a picture. */
function codesOn(name, png) {
  const file = join(pictures, `${name}.png`);
  writeFileSync(file, png);
  const out = execFileSync("zbarimg", ["--quiet", "--raw", file], { encoding: "utf8" });
  return out.trim().split("\n").sort();
}

/** Takes a ticket as a queue machine does. */
async function take(service, phone, name = "王小明") {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  return hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service, channel: "phone", person: { name, phone } }),
  });
}

const state = (ticket, want) =>
  until(`${ticket.number} ${want}`, async () => (await hall.api(`/tickets/${ticket.id}`)).state === want);
const codeOf = (ticket) => ticket.day.replaceAll("-", "") + ticket.number;

test("a counter's label opens its visit at every counter", async (t) => {
  const desk = await web.open(hall.urls.counters[0], 1366, 768);
  const other = await web.open(hall.urls.counters[1], 1366, 768);
  await signIn(desk, "li");
  await signIn(other, "wang");
  const ticket = await take("business-licence", "13800000001");
  const code = codeOf(ticket);
  await desk.getByText(ticket.number).first().waitFor();

  await t.test("the clerk prints it for who is in front", async () => {
    await usable(desk, "下一位");
    await desk.keyboard.press("F1");
    await usable(desk, "到达");
    await desk.keyboard.press("F3");
    await state(ticket, "serving");
    await desk.getByRole("button", { name: /^打印标签/ }).waitFor();
    await web.shot(desk, "counter-label");
    await desk.getByRole("button", { name: /^打印标签/ }).click();
    await desk.getByText(`${ticket.number} 的标签已打印`).waitFor();
    const { labels } = await hall.sim.device("counter-1-labels");
    assert.deepEqual(
      labels.map((l) => [l.copies, l.codes]),
      [[1, [{ kind: "code128", text: code }]]],
    );
    const raw = await hall.sim.received("counter-1-labels");
    assert.ok(!raw.includes("王小明"), "the label does not name her");
  });

  let scanned;
  await t.test("an independent reader reads its barcode", async () => {
    const res = await fetch(`${hall.urls.console}/api/devices/counter-1-labels/labels/1.png`);
    [scanned] = codesOn("label-tspl", Buffer.from(await res.arrayBuffer()));
    assert.equal(scanned, code);
  });

  await t.test("scanned elsewhere it says where the visit is, scanned here it ends it", async () => {
    await hall.sim.act("counter-2-scanner", "scan", { text: scanned });
    await other.getByText(`${ticket.number} 正在 1 号窗口办理`).first().waitFor();
    await other.keyboard.press("Escape");
    await hall.sim.act("counter-1-scanner", "scan", { text: scanned });
    await desk.getByText(`${ticket.number} 正在本窗口办理，按回车办结`).first().waitFor();
    await desk.keyboard.press("Enter");
    await state(ticket, "finished");
  });

  await t.test("a label of another day opens nobody else's visit", async () => {
    const next = await take("business-licence", "13800000002", "𤭢小明");
    await hall.sim.act("counter-2-scanner", "scan", { text: `20010101${next.number}` });
    await other.getByText("没有这张号票，可能已过当日").first().waitFor();
    await hall.sim.act("counter-2-scanner", "scan", { text: codeOf(next) });
    await state(next, "serving");
  });

  await t.test("a name beyond what the machine's fonts have is drawn on the page", async (t) => {
    if (!existsSync(font)) return t.skip("no font for rare names: run make var/fonts/HanaMinB.ttf");
    await other.locator(".who", { hasText: "𤭢" }).waitFor();
    await until("the page has the part of the font that it needs", () =>
      other.evaluate(() =>
        [...document.fonts].some((f) => /Rare Han/.test(f.family) && f.status === "loaded"),
      ),
    );
    const [drawn, tofu, slices] = await other.evaluate(() => {
      const ink = (family) => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 80, height: 80 });
        const pen = canvas.getContext("2d");
        pen.font = `64px ${family}`;
        pen.fillText("𤭢", 4, 64);
        const { data } = pen.getImageData(0, 0, 80, 80);
        return Array.from({ length: 6400 }, (_, i) => (data[i * 4 + 3] > 96 ? "#" : ".")).join("");
      };
      const family = getComputedStyle(document.body).fontFamily;
      const loaded = performance.getEntriesByType("resource").filter((r) => r.name.includes("/fonts/rare-"));
      return [ink(family), ink(family.replace(/"Rare Han",?/, "")), loaded.length];
    });
    assert.ok(drawn.split("#").length > 300, "it has strokes");
    assert.notEqual(drawn, tofu, "it isn't what stands for a missing character");
    assert.equal(slices, 1, "nothing else of the font was fetched");
    await web.shot(other, "label-rare-name");
  });

  await t.test("a case's number is the platform's, and no visit", async () => {
    await hall.sim.act("counter-2-scanner", "scan", { text: "SQ20261120000012" });
    await other.getByRole("dialog").getByText("SQ20261120000012", { exact: true }).waitFor();
    await other.keyboard.press("Escape");
  });
});

test("a queue machine gives out labels, which another maker's renderer draws", async () => {
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  await hall.sim.act("kiosk-2-reader", "lay", { card: "citizen", person: { name: "王小明" } });
  await kiosk.getByRole("button", { name: /营业执照/ }).click();
  await kiosk.getByText("请取走号票").waitFor();
  const [ticket] = (await hall.api("/tickets?service=business-licence&state=waiting")).tickets;
  await until(
    "the label is confirmed",
    async () => (await hall.api(`/tickets/${ticket.id}`)).print === "printed",
  );
  assert.equal((await hall.sim.device("kiosk-2-printer")).tickets, undefined, "no paper came out");
  const raw = (await hall.sim.received("kiosk-2-labels")).toString("latin1");
  const zpl = raw.slice(raw.lastIndexOf("^XA"), raw.lastIndexOf("^XZ") + 3);
  const { api } = await ready;
  const png = Buffer.from(await api.zplToBase64Async(zpl, 60, 40, 8), "base64");
  assert.deepEqual(codesOn("label-zpl", png), [codeOf(ticket), ticket.url].sort());
});

test("a label, a ticket and a booking code open the visit at a kiosk, another day's label asks for the case", async () => {
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  const scan = (text) => hall.sim.act("kiosk-1-scanner", "scan", { text });
  await kiosk.getByRole("button", { name: /办事指南/ }).waitFor();
  const ticket = await take("tax", "13800000003");
  await scan(codeOf(ticket));
  await kiosk.getByText(ticket.number, { exact: true }).first().waitFor();
  await web.shot(kiosk, "label-kiosk");
  await kiosk.getByRole("button", { name: "重新开始" }).first().click();
  await scan(ticket.url);
  await kiosk.getByText(ticket.number, { exact: true }).first().waitFor();
  await kiosk.getByRole("button", { name: "重新开始" }).first().click();
  const from = Date.now() - 60_000;
  const booked = await hall.api("/appointments", {
    method: "POST",
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({
      service: "tax",
      from: new Date(from).toISOString(),
      to: new Date(from + 30 * 60_000).toISOString(),
      person: { name: "王样例", phone: "13800000004" },
      via: "portal",
    }),
  });
  await scan(booked.code);
  await kiosk.getByRole("button", { name: /签到取号/ }).waitFor();
  await kiosk.getByRole("button", { name: "重新开始" }).first().click();
  await scan(`20010101${ticket.number}`);
  await kiosk.getByText(`20010101${ticket.number}`).first().waitFor();
  await kiosk
    .getByText(/后四位/)
    .first()
    .waitFor();
  assert.equal(await kiosk.getByText("您前面").count(), 0, "it opens nobody's visit");
  await web.shot(kiosk, "label-kiosk-another-day");
});
