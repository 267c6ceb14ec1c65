// A booked visit: laid card, check-in, paper, the same ticket when asked again;
// the phone follows it; the manager sees what became of it. And the ways to be
// called earlier.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, signInWall, usable } from "./support/pages.mjs";

let hall;
let web;
before(async () => {
  [hall, web] = await Promise.all([startHall("appointment", 9680), openBrowser()]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Books a visit for the first card that the simulated readers deal out. */
async function book(service, inMinutes) {
  const from = Date.now() + inMinutes * 60_000;
  return hall.api("/appointments", {
    method: "POST",
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({
      service,
      from: new Date(from).toISOString(),
      to: new Date(from + 30 * 60_000).toISOString(),
      person: { name: "王样例", idNumber: cardNumber("1988-05-17", false) },
      via: "portal",
    }),
  });
}

const papers = async () => {
  const raw = await hall.sim.received("kiosk-1-printer");
  return new TextDecoder("gb18030").decode(raw);
};

test("a card with an appointment is one touch from its ticket, and only one ticket", async () => {
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  const walkIn = await hall.api("/tickets", {
    method: "POST",
    body: JSON.stringify({ service: "social-insurance", channel: "phone" }),
  });
  const booked = await book("social-insurance", -1);
  await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen" });
  await kiosk.getByRole("button", { name: /签到取号/ }).waitFor();
  await web.shot(kiosk, "kiosk-visits");
  await kiosk.getByRole("button", { name: /签到取号/ }).click();
  const ticket = await until("checked in", async () =>
    (await hall.api("/tickets?service=social-insurance")).tickets.find((t) => t.appointment === booked.id),
  );
  await kiosk.getByText(ticket.number).first().waitFor();
  await web.shot(kiosk, "kiosk-checked-in");
  await until("the paper names the slot", async () => {
    const text = await papers();
    return text.includes(ticket.number) && text.includes("预约");
  });
  await hall.sim.act("kiosk-1-reader", "lift");

  const again = await hall.api(`/appointments/${booked.id}/check-in`, { method: "POST" });
  assert.equal(again.id, ticket.id, "asked twice, the same ticket");

  // In its slot it goes before who came earlier without one.
  const counter = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(counter, "zhao");
  await counter.getByText(ticket.number).first().waitFor();
  await usable(counter, "下一位");
  await counter.keyboard.press("F1");
  await until("the appointment is called first", async () => {
    const { state } = await hall.api(`/tickets/${ticket.id}`);
    return state === "called";
  });
  assert.equal((await hall.api(`/tickets/${walkIn.id}`)).state, "waiting");
  const { steps } = await hall.api(`/tickets/${ticket.id}/history`);
  const called = steps.find((s) => s.event === "ticket.called");
  assert.match(called.text, /预约|应办/);
  await web.shot(counter, "counter-appointment");
});

test("the phone page follows the ticket, gives time and takes it back", async () => {
  const ticket = await hall.api("/tickets", {
    method: "POST",
    body: JSON.stringify({
      service: "medical-insurance",
      channel: "phone",
      person: { phone: "13800000009" },
    }),
  });
  const phone = await web.open(ticket.url, 375, 812);
  await phone.getByText(ticket.number).first().waitFor();
  await phone.getByText("我还需要 10 分钟").click();
  await phone.getByRole("button", { name: "好的，晚 10 分钟" }).click();
  await until("ten minutes more", async () => (await hall.api(`/tickets/${ticket.id}`)).notBefore);
  await phone.getByText("取消排队").click();
  await phone.getByRole("button", { name: "确定取消" }).click();
  await until("cancelled", async () => (await hall.api(`/tickets/${ticket.id}`)).state === "cancelled");
  await phone.getByText("已取消").first().waitFor();
  await web.shot(phone, "phone-cancelled");
});

test("a manager imports bookings, changes strategies and reads the statistics", async () => {
  const wall = await web.open(`${hall.urls.hall}/board`);
  await signInWall(wall, "manager");
  await wall.goto(`${hall.urls.hall}/admin#strategy`);
  await wall.getByText("怎样选下一位").waitFor();
  await wall.getByLabel("全部窗口").check();
  await wall.getByText("等候最久优先").first().click();
  await wall.getByRole("button", { name: /应用到/ }).click();
  await until("every window", async () =>
    (await hall.api("/windows")).windows.every((w) => w.strategy === "longest-wait"),
  );
  await web.shot(wall, "admin-strategy");
  await wall.goto(`${hall.urls.hall}/statistics`);
  await wall.getByRole("button", { name: "导出 Excel" }).waitFor();
  await until("charts are drawn", async () => (await wall.locator("canvas, svg").count()) > 2);
  await web.shot(wall, "statistics");
  const token = hall.token("--role", "manager", "--name", "e2e");
  for (const [kind, magic] of [
    ["xlsx", "PK"],
    ["pdf", "%PDF-"],
  ]) {
    const res = await fetch(`${hall.urls.hall}/api/v1/statistics.${kind}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const data = Buffer.from(await res.arrayBuffer());
    assert.equal(data.subarray(0, magic.length).toString(), magic, `${kind} is what it says`);
  }
});
