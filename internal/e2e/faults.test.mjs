// What breaks in a hall: paper, cables, the server. Nobody loses a ticket and
// everybody is told in words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, signInWall, usable } from "./support/pages.mjs";

let hall;
let web;
before(async () => {
  [hall, web] = await Promise.all([startHall("faults", 9280), openBrowser()]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

async function wallBoard() {
  const wall = await web.open(`${hall.urls.hall}/board`);
  await signInWall(wall, "manager");
  return wall;
}

test("without paper the ticket is on the page, stays valid and the technician is told", async () => {
  const wall = await wallBoard();
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await hall.sim.act("kiosk-1-printer", "paper-out");
  await wall.getByText(/缺纸/).first().waitFor();
  await wall
    .getByText(/打印纸/)
    .first()
    .waitFor();
  await web.shot(wall, "wall-paper-out");
  await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen" });
  await kiosk.getByRole("button", { name: /社会保障卡业务/ }).click();
  await kiosk.getByText("号票没有打印出来").waitFor();
  await kiosk.getByText("您的号码有效，请记下或扫码").waitFor();
  const code = kiosk.locator('img[src^="/qr.png"]');
  await until("the QR code is drawn", () => code.evaluate((img) => img.complete && img.naturalWidth > 100));
  await web.shot(kiosk, "kiosk-paper-failed");
  const [ticket] = (await hall.api("/tickets?service=social-card")).tickets;
  await until("counted as unprinted", async () => (await hall.api("/board")).totals.unprinted === 1);
  assert.equal((await hall.api(`/tickets/${ticket.id}`)).state, "waiting");
  await hall.sim.act("kiosk-1-printer", "paper-in");
  await until("the printer is well", async () => {
    const agent = (await hall.api("/board")).agents.find((a) => a.id === "kiosk-1");
    return agent.devices.find((d) => d.id === "printer").state === "online";
  });
  assert.equal(
    (await hall.sim.device("kiosk-1-printer")).tickets?.length ?? 0,
    0,
    "nothing is printed afterwards",
  );
  await hall.sim.act("kiosk-1-reader", "lift");
});

test("a reader that is pulled out is on the board within seconds, and works again after", async () => {
  const wall = await wallBoard();
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  await hall.sim.act("kiosk-2-reader", "unplug");
  await kiosk.getByText("读卡器暂时不能使用").waitFor();
  await wall
    .getByText(/读卡器/)
    .first()
    .waitFor();
  await web.shot(wall, "wall-reader-away");
  await hall.sim.act("kiosk-2-reader", "plug");
  await kiosk.getByText("请把身份证放在读卡区").waitFor();
  await hall.sim.act("kiosk-2-reader", "garbage");
  await hall.sim.act("kiosk-2-reader", "lay", { card: "citizen" });
  await kiosk.getByText("请选择要办理的业务").waitFor();
  await hall.sim.act("kiosk-2-reader", "lift");
});

test("the server is killed in mid-service: pages say so, and go on where they were", async () => {
  const counter = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(counter, "zhao");
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  const [ticket] = (await hall.api("/tickets?service=social-card")).tickets;
  await counter.getByText(ticket.number).first().waitFor();
  await usable(counter, "下一位");
  await counter.keyboard.press("F1");
  await usable(counter, "到达");
  await counter.keyboard.press("F3");
  await until("serving", async () => (await hall.api(`/tickets/${ticket.id}`)).state === "serving");

  await hall.stop("hall-server", "SIGKILL");
  await counter.getByText(/离线/).first().waitFor();
  await kiosk.getByText("取号照常").first().waitFor();
  await web.shot(counter, "counter-hall-away");
  await web.shot(kiosk, "kiosk-hall-away");
  await counter.getByText(ticket.number).first().waitFor();

  // The machine goes on with numbers of its own, on paper.
  await hall.sim.act("kiosk-2-reader", "lay", { card: "resident-permit" });
  await kiosk.getByRole("button", { name: /不动产/ }).click();
  await kiosk.getByText("LB001").first().waitFor();
  await web.shot(kiosk, "kiosk-offline-ticket");
  await until("the offline paper", async () => {
    const paper = new TextDecoder("gb18030").decode(await hall.sim.received("kiosk-2-printer"));
    return paper.includes("LB001") && paper.includes("离线号");
  });
  await hall.sim.act("kiosk-2-reader", "lift");

  hall.start("hall-server");
  await hall.ready();
  const adopted = await until("the hall adopts the offline ticket", async () =>
    (await hall.api("/tickets?service=real-estate")).tickets.find((t) => t.number === "LB001"),
  );
  assert.deepEqual([adopted.state, adopted.offline], ["waiting", true]);
  await until(
    "its paper is confirmed",
    async () => (await hall.api(`/tickets/${adopted.id}`)).print === "printed",
  );
  const again = await hall.api(`/tickets/${ticket.id}`);
  assert.deepEqual([again.state, again.window], ["serving", "3"]);
  await until("the page is back", async () => (await counter.getByText(/离线/).count()) === 0);
  await usable(counter, "完成");
  await counter.keyboard.press("F8");
  await until("finished", async () => (await hall.api(`/tickets/${ticket.id}`)).state === "finished");
});
