// The manager's wall board: a jam shows where and why, somebody takes it, the
// past can be seen again, and a window, a queue and a ticket can be looked into.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signInWall } from "./support/pages.mjs";

let hall;
let web;
let wall;
before(async () => {
  [hall, web] = await Promise.all([startHall("board", 12400), openBrowser()]);
  wall = await web.open(`${hall.urls.hall}/board`);
  await signInWall(wall, "manager");
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

const post = (path, body = {}) => hall.api(path, { method: "POST", body: JSON.stringify(body) });
const take = (service) => post("/tickets", { service, channel: "phone", person: { name: "王小明" } });
const alarms = () => wall.getByRole("region", { name: "需要处理" });
const queues = () => wall.getByRole("region", { name: /各业务最长等候/ });
const detail = () => wall.getByRole("dialog", { name: "详情" });

test("a jam is on the board with its reason, and somebody takes it by name", async () => {
  await post("/windows/9/sign-in", { staff: "zhou" });
  await post("/windows/4/sign-in", { staff: "li" });
  for (let i = 0; i < 3; i++) await take("tax");
  const { ticket } = await post("/windows/4/call-next");
  await post(`/tickets/${ticket.id}/arrive`);
  await post("/windows/9/pause", { text: "系统升级" });
  await hall.sim.act("kiosk-1-printer", "paper-out");

  const printer = alarms().getByRole("listitem").filter({ hasText: "打印机缺纸" });
  await printer.getByText("取号受影响").waitFor();
  const plan = wall.getByRole("region", { name: "平面图" });
  await plan.getByRole("button", { name: /9.*暂停/ }).waitFor();
  await plan.getByRole("button", { name: new RegExp(`4.*办理 ${ticket.number}`) }).waitFor();
  await plan.getByRole("button", { name: /1 号取号机.*打印机缺纸/ }).waitFor();

  await printer.getByRole("button", { name: /谁去处理/ }).click();
  await printer.getByLabel("处理人（不填为本人）").fill("张工");
  await printer.getByLabel("备注（可不填）").fill("带纸过去");
  await wall.keyboard.press("Enter");
  await printer.getByText("张工 已通知：带纸过去").waitFor();
  const [kept] = (await hall.api("/board/alarms")).alarms.filter((a) => a.kind === "device");
  assert.equal(kept.taken.by, "manager");
  await web.shot(wall, "board-jam");
});

test("window, ticket, queue and machine are a key away", async () => {
  await wall
    .getByRole("region", { name: "平面图" })
    .getByRole("button", { name: /4.*办理/ })
    .focus();
  await wall.keyboard.press("Enter");
  await detail().getByText("李敏", { exact: true }).waitFor();
  await detail().getByText("为什么叫这个号").first().waitFor();
  await web.shot(wall, "board-window");
  await detail().getByRole("button", { name: /^C\d+/ }).click();
  await detail().getByText("办理经过").first().waitFor();
  await detail().getByText(/^取号/).first().waitFor();
  assert.equal(await detail().getByText("王小明").count(), 0, "names are masked");
  await wall.keyboard.press("Escape");
  await detail().waitFor({ state: "detached" });
  await queues()
    .getByRole("button", { name: /涉税.*2 人/ })
    .click();
  await detail().getByText("王*").first().waitFor();
  await wall.keyboard.press("Escape");
  await alarms()
    .getByRole("button", { name: /打印机缺纸.*取号受影响/ })
    .click();
  await detail()
    .getByText(/generic\/escpos-80/)
    .waitFor();
  await wall.keyboard.press("Escape");
});

test("a zone shows its own queues, windows and alarms", async () => {
  await wall.getByText("社会保障区", { exact: true }).first().click();
  await queues().getByText("涉税").waitFor({ state: "detached" });
  await wall.getByRole("button", { name: "区域详情" }).click();
  await detail().getByText("开放 0 / 4").waitFor();
  await wall.keyboard.press("Escape");
  assert.match(wall.url(), /zone=B/);
  await wall.getByText("全部区域").click();
  await queues().getByText("涉税").waitFor();
});

test("the minutes before can be seen again, and then the present", async () => {
  const waiting = wall.getByRole("region", { name: "今日概况" }).locator(".waiting .value");
  await until("two wait", async () => (await waiting.innerText()) === "2");
  await wall.getByRole("button", { name: "回放", exact: true }).click();
  const bar = wall.getByRole("region", { name: "回放" });
  await wall
    .getByRole("status")
    .getByText(/^回放 /)
    .waitFor();
  await bar.getByRole("button", { name: "暂停" }).click();
  // At the day's beginning nobody had come and the printer was well.
  await bar.getByLabel("回放时刻").focus();
  await wall.keyboard.press("Home");
  await until("nobody waits yet", async () => (await waiting.innerText()) === "0");
  assert.equal(await alarms().getByText("打印机缺纸").count(), 0);
  await web.shot(wall, "board-replay");
  await bar.getByText("60×").click();
  await bar.getByRole("button", { name: "播放" }).click();
  await alarms().getByText("打印机缺纸").waitFor();
  assert.equal(
    await alarms()
      .getByRole("button", { name: /谁去处理/ })
      .count(),
    0,
    "the past can't be taken",
  );
  await bar.getByRole("button", { name: "回到现在" }).click();
  await bar.waitFor({ state: "detached" });
  await take("tax");
  await until("the board is live", async () => (await waiting.innerText()) === "3");
});

test("paper in the printer ends the alarm by itself", async () => {
  await hall.sim.act("kiosk-1-printer", "paper-in");
  await alarms().getByText("打印机缺纸").waitFor({ state: "detached" });
  const { days } = await hall.api("/board/days");
  const day = await hall.api(`/board/days/${days[0]}`);
  const past = day.alarms.find((a) => a.kind === "device" && a.state === "paper_end");
  assert.ok(past.ended && past.taken.name === "张工", "the history has who took it");
});
