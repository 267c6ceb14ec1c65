// What a clerk does beyond calling and finishing: by keys and by the scanner,
// through the real programs, also while the hall-server is down.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

let hall;
let web;
let counter;
before(async () => {
  [hall, web] = await Promise.all([startHall("clerk", 9580), openBrowser()]);
  counter = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(counter, "zhao");
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Takes a ticket as the queue machine does. */
async function take(service, phone, more = {}) {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  const ticket = await hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service, channel: "phone", person: { name: "王小明", phone }, ...more }),
  });
  await counter.getByText(ticket.number).first().waitFor();
  return ticket;
}

const press = async (...keys) => {
  for (const key of keys) await counter.keyboard.press(key);
};
const state = (ticket, want) =>
  until(`${ticket.number} ${want}`, async () => {
    const now = await hall.api(`/tickets/${ticket.id}`);
    return now.state === want ? now : undefined;
  });
const scan = (text) => hall.sim.act("counter-3-scanner", "scan", { text });
const open = () => counter.getByRole("dialog").waitFor();

/** Calls who is next and receives them. */
async function receive(ticket) {
  await usable(counter, "下一位");
  await press("F1");
  await usable(counter, "到达");
  await press("F3");
  await state(ticket, "serving");
  await usable(counter, "完成");
}

test("a transfer is F5, initials and Enter", async () => {
  const ticket = await take("social-insurance", "13800000001");
  await receive(ticket);
  await press("w");
  await counter.getByText("可叫 1 位").waitFor();
  await press("F5");
  await open();
  await counter.keyboard.type("yb");
  await web.shot(counter, "counter-transfer");
  await press("Enter");
  const moved = await state(ticket, "waiting");
  assert.deepEqual([moved.service, moved.number], ["medical-insurance", ticket.number]);
  await usable(counter, "下一位");
  await press("F1");
  await usable(counter, "到达");
  await press("F4");
  await state(ticket, "missed");
});

test("parking is F6 and a digit, taking up again 3 and Enter", async () => {
  const ticket = await take("social-card", "13800000002");
  await receive(ticket);
  await press("F6");
  await open();
  await web.shot(counter, "counter-park");
  await press("1");
  const parked = await state(ticket, "parked");
  assert.equal(parked.parked, "去复印材料");
  await usable(counter, "下一位");
  await press("3");
  await counter.getByText("去复印材料").waitFor();
  await web.shot(counter, "counter-parked");
  await press("Enter");
  await state(ticket, "serving");
  await usable(counter, "完成");
  await press("F8");
  await state(ticket, "finished");
});

test("who missed the call rejoins by 2 and Enter", async () => {
  await usable(counter, "下一位");
  const missed = (await hall.api("/tickets?service=medical-insurance")).tickets[0];
  await press("2");
  await counter.getByRole("button", { name: /重新排队/ }).waitFor();
  await press("Enter");
  const again = await state(missed, "waiting");
  assert.equal(again.rejoins, 1);
  await counter.getByText(`${missed.number} 已重新排队`).waitFor();
  await press("1");
});

test("scanning the paper receives, and ends the service after one key", async () => {
  const first = (await hall.api("/tickets?service=medical-insurance")).tickets[0];
  const ticket = await take("social-card", "13800000003");
  await scan(ticket.url);
  await state(ticket, "serving");
  await counter.getByText(`${ticket.number} 已接件，开始办理`).waitFor();
  await scan(first.url);
  await counter.getByRole("dialog").getByText(`请先办结 ${ticket.number}`).waitFor();
  await press("Escape");
  await scan(ticket.url);
  await counter.getByText(`${ticket.number} 正在本窗口办理，按回车办结`).waitFor();
  await web.shot(counter, "counter-scan-finish");
  await press("Enter");
  await state(ticket, "finished");
});

test("what is done while the hall is down arrives in order when it is back", async () => {
  await usable(counter, "下一位");
  await press("F1");
  await usable(counter, "到达");
  const ticket = (await hall.api("/windows")).windows.find((w) => w.id === "3").ticket;
  await hall.stop("hall-server");
  await counter.getByText(/离线/).first().waitFor();
  await usable(counter, "到达");
  await press("F3");
  await usable(counter, "完成");
  await press("m");
  await counter.getByText(/离线：2 个操作待同步/).waitFor();
  await counter.reload();
  await counter.getByText(/已核 1\/\d/).waitFor();
  await usable(counter, "完成");
  await press("F8");
  await counter.getByText(/离线：3 个操作待同步/).waitFor();
  await web.shot(counter, "counter-kept");
  await hall.stop("counter-3");
  hall.start("counter-3");
  await counter.getByText(/离线：3 个操作待同步/).waitFor();
  hall.start("hall-server");
  const done = await until("the hall is back", () => state(ticket, "finished").catch(() => undefined));
  assert.ok(done.startedAt && done.endedAt);
  const steps = (await hall.api(`/tickets/${ticket.id}/history`)).steps.map((s) => s.event);
  assert.deepEqual(
    steps.slice(-3),
    ["service.started", "ticket.materialsSeen", "service.finished"],
    "in the order in which they were done",
  );
  await usable(counter, "下一位");
});

test("the small caller does the five keys on the same window", async () => {
  const ticket = await take("social-card", "13800000004");
  const caller = await web.open(`${hall.urls.counters[2]}/caller`, 320, 200);
  await caller.getByText(`下一位 ${ticket.number}`).waitFor();
  for (const [key, label, want] of [
    ["F1", "下一位", "called"],
    ["F3", "到达", "serving"],
    ["F8", "完成", "finished"],
  ]) {
    await usable(caller, label);
    await caller.keyboard.press(key);
    await state(ticket, want);
    await web.shot(caller, `caller-${want}`);
  }
});

/** Walks by Tab to a button and presses it. */
async function walkTo(name) {
  for (let i = 0; i < 80; i++) {
    const at = await counter.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    if (name.test(at)) return counter.keyboard.press("Enter");
    await counter.keyboard.press("Tab");
  }
  throw new Error(`no way to ${name} by Tab`);
}

test("a clerk's day goes by the keyboard alone", async () => {
  await counter.evaluate(() => {
    globalThis.touched = 0;
    addEventListener("pointerdown", () => globalThis.touched++, true);
  });
  const type = (text) => counter.keyboard.type(text);
  await walkTo(/^签退/);
  await until("the account is asked for", () =>
    counter.evaluate(() => document.activeElement?.getAttribute("name") === "staff"),
  );
  await type("zhao");
  await press("Tab");
  await type("demo1234");
  await press("Enter");
  await usable(counter, "暂停", counter);

  // The one obvious step, each time by the space bar.
  const first = await take("social-insurance", "13800000005");
  const second = await take("social-insurance", "13800000006");
  await press("w");
  await counter.getByRole("button", { name: /为什么下一位是这位/, expanded: true }).waitFor();
  await counter.getByText(/2 位等候者中应办时间最早/).waitFor();
  await web.shot(counter, "counter-next");
  await press("w");
  for (const [label, want] of [
    ["下一位", "called"],
    ["到达", "serving"],
  ]) {
    await usable(counter, label);
    await press(" ");
    await state(first, want);
  }

  // What was seen is ticked, what matters is written down, and it goes with the visit.
  await press("m");
  await counter.getByText(/已核 1\/\d/).waitFor();
  await press("n");
  await open();
  await type("原件已核对");
  await press("Enter");
  await counter.getByRole("list", { name: "本次办事的备注" }).getByText("原件已核对").waitFor();
  await web.shot(counter, "counter-note");
  await press("F6");
  await open();
  await press("2");
  await state(first, "parked");

  // Somebody who doesn't come, and a break.
  await usable(counter, "下一位");
  await press("F1");
  await usable(counter, "到达");
  await press("F4");
  await state(second, "missed");
  await usable(counter, "暂停", counter);
  await press("F9");
  await open();
  await press("Enter");
  await until("the window is paused", async () =>
    (await hall.api("/windows")).windows.some((w) => w.id === "3" && w.state === "paused"),
  );
  await usable(counter, "继续", counter);
  await press("F9");
  await usable(counter, "下一位");

  // Both come back.
  await press("3", "Enter");
  await state(first, "serving");
  await counter.getByRole("list", { name: "本次办事的备注" }).getByText("原件已核对").waitFor();
  await counter.getByText(/已核 1\/\d/).waitFor();
  await usable(counter, "完成");
  await press("F8");
  await state(first, "finished");
  await usable(counter, "下一位");
  await press("2", "Enter");
  await state(second, "waiting");
  await press("1");
  await counter.getByRole("heading", { name: new RegExp(second.number) }).waitFor();
  for (const [label, want] of [
    ["下一位", "called"],
    ["到达", "serving"],
    ["完成", "finished"],
  ]) {
    await usable(counter, label);
    await press(" ");
    await state(second, want);
  }

  await press("d");
  const day = counter.getByRole("dialog", { name: "我今天" });
  await day.getByText("平均办理时间").waitFor();
  await web.shot(counter, "counter-day");
  await press("Escape");
  await day.waitFor({ state: "detached" });
  const notes = (await hall.api(`/tickets/${first.id}/history`)).steps.filter(
    (s) => s.event === "ticket.noted",
  );
  assert.deepEqual(
    notes.map((s) => s.text),
    ["备注：原件已核对"],
  );
  await walkTo(/^签退/);
  await until("nobody sits there", async () =>
    (await hall.api("/windows")).windows.some((w) => w.id === "3" && w.state === "signed-out"),
  );
  assert.equal(await counter.evaluate(() => globalThis.touched), 0, "no finger, no mouse");
});
