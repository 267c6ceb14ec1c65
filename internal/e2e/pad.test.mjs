// What people touch at a window: the citizen's page that rates, confirms and
// signs, and the clerk's keypad, through the real programs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const port = 9800;
const tablets = `http://127.0.0.1:${port + 30}`;
let hall;
let web;
let counter;
let pad;
before(async () => {
  const keypad = `tcp://127.0.0.1:${port + 31}`;
  [hall, web] = await Promise.all([
    startHall("pad", port, {
      "counter-3": {
        settings: { pad_listen: `127.0.0.1:${port + 30}` },
        devices: [
          { id: "screen", profile: "generic/web-pad", port: "page:pad" },
          { id: "keypad", profile: "generic/keypad-16key-display", port: keypad },
        ],
      },
    }),
    openBrowser(),
  ]);
  // The hardware pad is pulled out: the best one that works is asked.
  await hall.sim.act("counter-3-pad", "unplug");
  counter = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(counter, "zhao");
  pad = await web.open(`${hall.urls.counters[2]}/pad`, 1280, 800);
  await pad.getByText("欢迎办理业务").waitFor();
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

async function take(service, phone) {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  const ticket = await hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service, channel: "phone", person: { name: "王小明", phone } }),
  });
  await counter.getByText(ticket.number).first().waitFor();
  return ticket;
}

const state = (ticket, want) =>
  until(`${ticket.number} ${want}`, async () => {
    const now = await hall.api(`/tickets/${ticket.id}`);
    return now.state === want ? now : undefined;
  });
const key = (action) => hall.sim.act("counter-3-keypad", "press-action", { action });
const asks = (page = pad) => page.getByRole("main");

/** Every key of a page is large enough for a finger. */
async function largeTargets(page) {
  for (const button of await page.getByRole("button").all()) {
    const box = await button.boundingBox();
    assert.ok(
      box.width >= 60 && box.height >= 60,
      `${await button.innerText()} is ${box.width} × ${box.height}`,
    );
  }
  const over = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
  assert.ok(over <= 0, `the page is ${over} pixels too high`);
}

let visit;

test("the keypad calls, receives, and shows the number and the queue", async () => {
  visit = await take("social-card", "13800000011");
  await hall.sim.until("counter-3-keypad", "one waits", (d) => d.face?.waiting === 1 && d.face.number === "");
  await key("next");
  await state(visit, "called");
  await hall.sim.until(
    "counter-3-keypad",
    "the number",
    (d) => d.face?.number === visit.number && d.face.waiting === 0,
  );
  await pad.getByRole("heading", { name: visit.number }).waitFor();
  await key("finish");
  await counter.getByText(`呼叫器：请先确认 ${visit.number} 到达`).waitFor();
  await key("arrive");
  await state(visit, "serving");
  await pad.getByText("正在办理").waitFor();
  await web.shot(pad, "pad-plate");
  await pad.getByRole("button", { name: "办事指南" }).click();
  await pad.getByRole("heading", { name: "请带好以下材料" }).waitFor();
  await largeTargets(pad);
  await web.shot(pad, "pad-guides");
  await pad.getByRole("button", { name: "关闭" }).click();
});

test("the citizen confirms what was entered", async () => {
  await usable(counter, "请对方确认", counter.getByRole("region", { name: "请对方操作" }));
  await counter.getByRole("button", { name: "请对方确认" }).click();
  const dialog = counter.getByRole("dialog");
  await dialog.getByRole("button", { name: "增加一项" }).click();
  await dialog
    .getByLabel(/第 \d+ 项名称/)
    .last()
    .fill("领取方式");
  await dialog.getByRole("textbox").last().fill("邮寄到家");
  await web.shot(counter, "counter-confirm");
  await dialog.getByRole("button", { name: "发到评价屏" }).click();
  await asks().getByRole("heading", { name: "请核对办理信息" }).waitFor();
  await pad.getByText("邮寄到家").waitFor();
  assert.equal(await pad.getByText("王小明").count(), 0, "names are masked");
  await largeTargets(pad);
  await web.shot(pad, "pad-confirm");
  await pad.getByRole("button", { name: "有误" }).click();
  await counter.getByText(/对方认为信息有误/).waitFor();
  await pad.getByText("已告诉工作人员").waitFor();
  assert.equal(await pad.getByText("邮寄到家").count(), 0, "the page has forgotten");

  await counter.getByRole("button", { name: "请对方确认" }).click();
  await dialog.getByRole("button", { name: "发到评价屏" }).click();
  await pad.getByRole("button", { name: "大字" }).click();
  await asks().getByRole("heading", { name: "请核对办理信息" }).waitFor();
  await largeTargets(pad);
  await web.shot(pad, "pad-confirm-elder");
  await pad.getByRole("button", { name: "正确" }).click();
  await counter.getByText("对方已确认信息正确").waitFor();
});

test("the clerk can take a question back", async () => {
  await counter.getByRole("button", { name: "请对方签字" }).click();
  await pad.getByRole("heading", { name: "请签字" }).waitFor();
  await counter.getByRole("button", { name: "取消等待" }).click();
  await counter.getByText("已取消").waitFor();
  await pad.getByText("正在办理").waitFor();
});

test("the citizen signs, and the clerk sees it", async () => {
  await counter.getByRole("button", { name: "请对方签字" }).click();
  await pad.getByRole("heading", { name: "请签字" }).waitFor();
  assert.equal(await pad.getByRole("button", { name: "完成签字" }).isEnabled(), false);
  const field = await pad.getByRole("img", { name: "签字区" }).boundingBox();
  const at = (x, y) => [field.x + field.width * x, field.y + field.height * y];
  for (const stroke of [
    [
      [0.2, 0.25],
      [0.34, 0.24],
      [0.27, 0.25],
      [0.27, 0.75],
      [0.19, 0.76],
      [0.36, 0.74],
    ],
    [
      [0.5, 0.2],
      [0.44, 0.7],
    ],
    [
      [0.5, 0.2],
      [0.58, 0.72],
      [0.62, 0.6],
    ],
  ]) {
    await pad.mouse.move(...at(...stroke[0]));
    await pad.mouse.down();
    for (const to of stroke.slice(1)) await pad.mouse.move(...at(...to), { steps: 12 });
    await pad.mouse.up();
  }
  await largeTargets(pad);
  await web.shot(pad, "pad-sign");
  await pad.getByRole("button", { name: "完成签字" }).click();
  await pad.getByText("签字已完成").waitFor();
  await counter.getByRole("img", { name: "签字" }).waitFor();
  await web.shot(counter, "counter-signed");
});

test("finishing asks for the rating on the page; nobody's answer is told too", async () => {
  await usable(counter, "完成");
  await key("finish");
  await state(visit, "finished");
  await asks().getByRole("heading", { name: "请对本次服务作出评价" }).waitFor();
  await largeTargets(pad);
  await web.shot(pad, "pad-rate");
  await pad.setViewportSize({ width: 800, height: 1280 });
  await largeTargets(pad);
  await web.shot(pad, "pad-rate-upright");
  await pad.getByRole("button", { name: "非常满意", exact: true }).click();
  await pad.getByText("感谢您的评价").waitFor();
  await until("the rating", async () => (await hall.api(`/tickets/${visit.id}`)).score === 5);
  await pad.getByText("欢迎办理业务").waitFor();

  const second = await take("social-card", "13800000012");
  await key("next");
  await state(second, "called");
  await key("arrive");
  await state(second, "serving");
  await key("finish");
  await pad.getByRole("heading", { name: "请对本次服务作出评价" }).waitFor();
  await counter.getByText("群众没有评价").waitFor();
  await pad.getByText("欢迎办理业务").waitFor();
});

test("a tablet comes in by the QR code's address only, and the newest page wins", async () => {
  await pad.getByText("欢迎办理业务").waitFor();
  const invitation = async (method = "GET") =>
    (await (await fetch(`${hall.urls.counters[2]}/pad/invitation`, { method })).json()).urls[0];
  const url = await invitation();
  assert.match(url, new RegExp(`^${tablets}/pad#[A-Z0-9]{20,}$`));
  assert.equal((await fetch(`${tablets}/`)).status, 404, "the clerk's page stays at the desk");
  assert.equal((await fetch(`${tablets}/ws`)).status, 404);
  const tablet = await web.open(url, 800, 1280);
  await tablet.getByText("欢迎办理业务").waitFor();
  await web.shot(tablet, "pad-tablet");
  await pad.getByText("评价屏已在另一台设备上打开").waitFor();
  await pad.getByRole("button", { name: "在这里使用" }).click();
  await pad.getByText("欢迎办理业务").waitFor();
  await tablet.getByText("评价屏已在另一台设备上打开").waitFor();
  await tablet.close();
  await pad.close();
  await counter.getByText("评价屏没有打开。").waitFor();
  await counter.getByRole("button", { name: "怎样打开" }).click();
  await counter.getByRole("img", { name: "打开评价屏的二维码" }).waitFor();
  await web.shot(counter, "counter-invite");
});
