// The manager's wall board: a jam shows where and why, somebody takes it, the
// past can be seen again, and a window, a queue and a ticket can be looked into.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { checkAxe, checkLayout } from "./support/look.mjs";
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
  await detail().getByRole("button", { name: "李敏" }).focus();
  await wall.keyboard.press("Enter");
  await detail().getByRole("heading", { name: "李敏" }).waitFor();
  await detail().getByText("今天在的窗口").waitFor();
  await web.shot(wall, "board-clerk");
  await detail().getByRole("button", { name: "4 号窗口" }).click();
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

test("on a small screen nothing is cut off, too small or a barrier", async () => {
  await wall.setViewportSize({ width: 1280, height: 720 });
  await checkAxe(wall, "the board at 1280×720");
  await detail().waitFor({ state: "detached" });
  await wall.getByRole("button", { name: "考勤", exact: true }).click();
  const clerk = wall.getByRole("dialog").getByRole("cell").getByRole("button").first();
  const name = await clerk.innerText();
  await clerk.click();
  await detail().getByRole("heading", { name }).waitFor();
  await checkAxe(wall, "a clerk's day at 1280×720");
  await web.shot(wall, "board-small");
  await wall.keyboard.press("Escape");
  await wall.setViewportSize({ width: 1920, height: 1080 });
  await checkAxe(wall, "the board at 1920×1080");
});

test("upright and on a phone it stands below each other, and all of it can be read", async () => {
  for (const view of ["平面图", "列表"]) {
    await wall.getByText(view, { exact: true }).click();
    for (const [width, height, target] of [
      [1080, 1920, 0],
      [375, 812, 24],
    ]) {
      await wall.setViewportSize({ width, height });
      await checkLayout(wall, `the board's ${view}`, target);
      await checkAxe(wall, `the board's ${view} at ${width}×${height}`);
      await web.shot(wall, `board-${view === "列表" ? "list" : "plan"}-${width}`);
      const body = await wall.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
      assert.ok(body >= 15, `letters of ${body} px`);
    }
  }
  await wall.getByText("平面图", { exact: true }).click();
  await wall.setViewportSize({ width: 1920, height: 1080 });
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

test("an alarm comes by the live line, at once and unasked", async (t) => {
  const asked = [];
  wall.on("request", (r) => r.url().includes("/board/alarms") && asked.push(r.url()));
  await wall.evaluate(() => {
    const look = () => {
      if (document.querySelector(".alarms")?.innerText.includes("有人求助")) globalThis.rang ??= Date.now();
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  const button = kiosk.getByRole("button", { name: /找人帮忙/ }).first();
  await button.waitFor();
  const start = Date.now();
  await button.click();
  const at = await until("the call for help is on the board", () => wall.evaluate(() => globalThis.rang));
  t.diagnostic(`a call for help was on the board after ${at - start} ms`);
  assert.deepEqual(asked, [], "the board asks for no alarms");
  await kiosk.close();
});

test("a visit is watched in the hall's player, at its own time", async () => {
  const player = await startPlayer(await recordClip());
  try {
    const admin = { Authorization: `Bearer ${hall.token("--role", "admin", "--name", "e2e-admin")}` };
    const config = `${hall.urls.hall}/api/v1/hall/config`;
    const before = await fetch(config, { headers: admin });
    const text = (await before.text()).replace("http://127.0.0.1:8999/player", `${player.url}/player`);
    const saved = await fetch(config, {
      method: "PUT",
      headers: { ...admin, "If-Match": before.headers.get("ETag"), "Content-Type": "application/yaml" },
      body: text,
    });
    assert.ok(saved.ok, await saved.text());

    await post("/windows/10/sign-in", { staff: "feng" });
    const ticket = await take("id-card");
    await post("/windows/10/call-next");
    await post(`/tickets/${ticket.id}/arrive`);
    const plan = wall.getByRole("region", { name: "平面图" });
    await plan.getByRole("button", { name: new RegExp(`10.*办理 ${ticket.number}`) }).click();
    await detail().getByRole("button", { name: ticket.number }).click();
    const link = detail().getByRole("link", { name: /^10 号窗口/ });
    const [tab] = await Promise.all([wall.context().waitForEvent("page"), link.click()]);
    const video = tab.locator("video");
    await until("the clip plays", () => video.evaluate((v) => v.currentTime > 0 && v.videoWidth === 160));
    const asked = new URL(tab.url());
    const { calledAt } = await hall.api(`/tickets/${ticket.id}`);
    assert.equal(asked.searchParams.get("camera"), "C-10");
    const second = (time) => Math.floor(Date.parse(time) / 1000);
    assert.equal(second(asked.searchParams.get("from")), second(calledAt), "from the call on");
    assert.equal(asked.searchParams.get("to"), "", "the visit goes on");
    assert.ok(player.asked.some((path) => path.includes(encodeURIComponent(asked.searchParams.get("from")))));
    await web.shot(tab, "board-video");
    await tab.close();
    await wall.keyboard.press("Escape");
  } finally {
    await player.close();
  }
});

/** A clip of a second, as bytes of WebM: made here, so that no file need be kept. */
async function recordClip() {
  const page = await web.open("about:blank", 320, 240);
  const clip = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
    const ink = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: "video/webm" });
    const parts = [];
    recorder.ondataavailable = (e) => parts.push(e.data);
    const stopped = new Promise((done) => {
      recorder.onstop = done;
    });
    recorder.start();
    for (let i = 0; i < 15; i++) {
      ink.fillStyle = `hsl(${i * 24} 80% 50%)`;
      ink.fillRect(0, 0, 160, 120);
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 40)));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await page.close();
  assert.ok(clip.length > 100, "a clip was made");
  return Buffer.from(clip);
}

/** A video system: /player is its page, /clip what that shows. */
async function startPlayer(clip) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const { pathname, search } = new URL(request.url, "http://player");
    if (pathname === "/clip") {
      response.writeHead(200, { "Content-Type": "video/webm", "Content-Length": clip.length }).end(clip);
      return;
    }
    const page = `<!doctype html><title>NVR</title><video src="/clip${search.replace(/&/g, "&amp;")}" autoplay muted loop></video>`;
    response.writeHead(200, { "Content-Type": "text/html" }).end(page);
  });
  await new Promise((done) => server.listen(13_490, "127.0.0.1", done));
  return {
    url: "http://127.0.0.1:13490",
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

test("paper in the printer ends the alarm by itself", async () => {
  await hall.sim.act("kiosk-1-printer", "paper-in");
  await alarms().getByText("打印机缺纸").waitFor({ state: "detached" });
  const { days } = await hall.api("/board/days");
  const day = await hall.api(`/board/days/${days[0]}`);
  const past = day.alarms.find((a) => a.kind === "device" && a.state === "paper_end");
  assert.ok(past.ended && past.taken.name === "张工", "the history has who took it");
});

test("a board whose line is away says so, and that no alarms can come", async () => {
  await hall.stop("hall-server");
  await wall.getByText(/^连接中断，数据更新于/).waitFor();
  await wall.getByText("连接中断，收不到新的报警").waitFor();
  await web.shot(wall, "board-away");
  hall.start("hall-server");
  await wall.getByText(/^连接中断，数据更新于/).waitFor({ state: "detached" });
});
