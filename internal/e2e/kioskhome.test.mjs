// What a kiosk offers before anybody is known: a queue machine, a terminal and a
// query machine; large type, half the height, voice and help; and that nothing
// of a person stays when she has gone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { root, startHall, until } from "./support/hall.mjs";
import { checkLayout, checkLow } from "./support/look.mjs";

const PORT = 12_500;
const query = `http://127.0.0.1:${PORT + 8}`;

let hall;
let web;
let machine;
before(async () => {
  [hall, web] = await Promise.all([
    startHall("kioskhome", PORT, { "kiosk-1": { settings: { idle: "4s" } } }),
    openBrowser(),
  ]);
  machine = startQueryMachine();
  await until("the query machine answers", async () => {
    try {
      return (await fetch(`${query}/healthz`)).ok;
    } catch {
      return false;
    }
  });
});
after(async () => {
  await web?.close();
  if (machine) {
    const ended = once(machine, "exit");
    machine.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null], "the query machine ends in peace");
  }
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** A machine with neither reader nor printer. */
function startQueryMachine() {
  const file = join(hall.dir, "config/query-1.yaml");
  const settings = {
    agent: "query-1",
    hall: `${hall.urls.hall.replace("http", "ws")}/link`,
    token: hall.token("--role", "kiosk", "--name", "query-1"),
    listen: query.replace("http://", ""),
    data: join(hall.dir, "query-1"),
    name: "一楼大厅查询机",
    kiosk: { mode: "query", areas: ["hall", "terminal", "guide", "floor"] },
  };
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  return spawn(join(root, "bin/kiosk-agent"), ["--config", file], { stdio: "ignore" });
}

const button = (page, name) => page.getByRole("button", { name });

test("each kind of machine offers what it is for, and says what it lacks", async () => {
  const queue = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await queue.getByRole("heading", { name: "请把身份证放在读卡区" }).waitFor();
  const more = queue.getByRole("navigation", { name: "更多服务" });
  await button(more, "大厅介绍").waitFor();
  assert.equal(await button(more, "手机号取号").count(), 0, "tickets stand apart");
  await web.shot(queue, "kiosk-home-queue");

  const terminal = await web.open(hall.urls.kiosks[1], 1920, 1080);
  const all = terminal.getByRole("navigation", { name: "更多服务" });
  for (const name of ["手机号取号", "预约签到", "办事指南", "大厅介绍"])
    await button(all, new RegExp(name)).waitFor();
  await web.shot(terminal, "kiosk-home-terminal");

  const page = await web.open(query, 1080, 1920);
  await page.getByRole("heading", { name: "您想了解什么？" }).waitFor();
  assert.equal(await button(page, /手机号取号/).count(), 0, "no tickets without a printer");
  const apply = button(page, /本机没有读卡器/);
  await apply.waitFor();
  assert.equal(await apply.isEnabled(), false, "what needs a card says why it can't be done");
  assert.match(await button(page.getByRole("navigation"), /./).first().textContent(), /大厅介绍/);
  await web.shot(page, "kiosk-home-query");

  await button(page, /大厅介绍/).click();
  await button(page, /进驻部门/).click();
  await page.getByText("人力资源和社会保障局").waitFor();
  await page.getByText("3、7、8 号窗口").waitFor();
  await button(page, "返回").click();
  await button(page, /法律法规/).click();
  await button(page, /行政许可法/).click();
  await page.getByText(/第四十二条/).waitFor();
  for (let i = 0; i < 3; i++) await button(page, "返回").click();
  await page.getByRole("heading", { name: "您想了解什么？" }).waitFor();
});

test("a choice stays through the visit, and nothing stays when nobody is there", async () => {
  const page = await web.open(hall.urls.kiosks[0], 1080, 1920);
  const attribute = (name) => page.evaluate((n) => document.documentElement.hasAttribute(n), name);
  await button(page, "长者模式").click();
  await button(page, "高对比度").click();
  await button(page, /找人帮忙/).waitFor();
  assert.equal(await button(page, /预约签到/).count(), 0, "fewer choices");
  await button(page, /手机号取号/).click();
  for (const digit of "13856781234") await page.getByRole("button", { name: digit, exact: true }).click();
  await button(page, "重新开始").click();
  await button(page, /手机号取号/).waitFor();
  assert.deepEqual([await attribute("data-elder"), await attribute("data-contrast")], [true, true]);

  await button(page, /手机号取号/).click();
  assert.doesNotMatch(await page.content(), /1385678/, "going home forgets the number");
  for (const digit of "13856781234") await page.getByRole("button", { name: digit, exact: true }).click();
  await button(page, "我还在").click();
  await button(page, "长者模式|标准模式").waitFor({ state: "detached" });
  await page.getByText("1234").first().waitFor();
  await page.getByRole("heading", { name: "请把身份证放在读卡区" }).waitFor();
  await until("the pages are as for everybody", async () => !(await attribute("data-elder")));
  assert.equal(await attribute("data-contrast"), false);
  const kept = await page.evaluate(
    () => document.body.textContent + JSON.stringify({ ...localStorage, ...sessionStorage }),
  );
  assert.doesNotMatch(kept, /1385678|1234/, "nothing personal remains");
});

test("in wheelchair mode all that is touched lies in the lower half, on every page", async () => {
  const page = await web.open(hall.urls.kiosks[1], 1080, 1920);
  await button(page, "轮椅模式").click();
  await checkLow(page, "home");
  const names = await page
    .getByRole("navigation", { name: "更多服务" })
    .getByRole("button")
    .allTextContents();
  assert.ok(names.length >= 5, `areas: ${names}`);
  const buttons = () => page.getByRole("navigation", { name: "更多服务" }).getByRole("button");
  for (let i = 0; i < names.length; i++) {
    if (!(await buttons().nth(i).isEnabled())) continue;
    await buttons().nth(i).click();
    await button(page, "返回").waitFor();
    await checkLow(page, names[i]);
    await button(page, "重新开始").click();
    await buttons().first().waitFor();
  }
  await button(page, /大厅介绍/).click();
  await button(page, /进驻部门/).click();
  await checkLow(page, "departments");
  await button(page, "重新开始").click();
  await button(page, /楼层图/).click();
  await button(page, "找窗口").click();
  await checkLow(page, "goals");
  await page
    .getByRole("button", { name: /^3 号窗口/ })
    .first()
    .click();
  const touched = ["实景导航", "换个目的地", "返回"].map((name) => button(page, name));
  for (const one of [page.getByRole("switch", { name: "轮椅路线" }), ...touched])
    await one.click({ trial: true }); // nothing lies over it, nor is it below the page
  await checkLow(page, "way");
  await checkLayout(page, "way", 60);
  await page.getByText("请按路线走").waitFor(); // the upper half says what the lower one is for now
  await button(page, "长者模式").click();
  await checkLow(page, "way, large");
  await checkLayout(page, "way, large", 60);
  await button(page, "标准模式").click();
  await button(page, "重新开始").click();
  await hall.sim.act("kiosk-2-reader", "lay", { card: "citizen" });
  await page.getByRole("list", { name: "业务" }).waitFor();
  await hall.sim.act("kiosk-2-reader", "lift");
  await checkLow(page, "services");
  await web.shot(page, "kiosk-services-wheelchair");
  await button(page, "按首字母找").click();
  for (const letter of "SB") await page.getByRole("button", { name: letter, exact: true }).click();
  await until("only what is asked for is there", async () => {
    const found = await page.getByRole("list", { name: "业务" }).getByRole("button").allTextContents();
    return found.length > 0 && found.every((name) => name.startsWith("社会保"));
  });
  await checkLow(page, "search");
  await button(page, "看全部业务").click();
  await button(page, "优先办理").click();
  await checkLow(page, "priorities");
  await button(page, "找人帮忙").click();
  await page.getByRole("dialog").waitFor();
  await checkLow(page, "help");
  await page.getByRole("dialog").getByRole("button", { name: "不用了" }).click();
});

test("the pages say their sentence when they are asked to, and the browser can play it", async () => {
  const page = await web.open(hall.urls.kiosks[1], 1280, 720);
  await page.addInitScript(() => {
    window.played = [];
    HTMLMediaElement.prototype.play = function () {
      window.played.push(new URL(this.src).pathname);
      return Promise.resolve();
    };
  });
  await page.reload();
  const played = () => page.evaluate(() => window.played);
  await button(page, /手机号取号/).click();
  await button(page, "返回").click();
  assert.deepEqual(await played(), [], "silent unless asked");
  await button(page, "语音提示").click();
  await button(page, /手机号取号/).click();
  await button(page, "再听一遍").click();
  assert.deepEqual(await played(), [
    "/voice/zh-CN/home-terminal.wav",
    "/voice/zh-CN/phone.wav",
    "/voice/zh-CN/phone.wav",
  ]);
  await button(page, "English").click();
  await until("it is said in English", async () => (await played()).at(-1) === "/voice/en/phone.wav");
  const seconds = await page.evaluate(async () => {
    const data = await (await fetch("/voice/zh-CN/phone.wav")).arrayBuffer();
    return (await new AudioContext().decodeAudioData(data)).duration;
  });
  assert.ok(seconds > 1.5 && seconds < 8, `a sentence of ${seconds} s`);
  await button(page, "Back").click();
  await button(page, /Floor plan/).click();
  await page.getByRole("button", { name: "Windows", exact: true }).click();
  await button(page, /^Window 3/)
    .first()
    .click();
  await until(
    "each step of an area says its own",
    async () => (await played()).at(-1) === "/voice/en/floor-way.wav",
  );
  const told = (await played()).length;
  await button(page, "Voice").click();
  await button(page, "Back").click();
  assert.equal((await played()).length, told, "silent again");
});

test("help reaches the board, and the answer reaches the machine", async () => {
  const page = await web.open(hall.urls.kiosks[0], 1080, 1920);
  const calls = async () => {
    const { agents } = await hall.api("/board");
    return agents.flatMap((a) =>
      (a.troubles ?? []).filter((x) => x.code === "kiosk.help").map((x) => [a.id, x]),
    );
  };
  await button(page, "找人帮忙").click();
  await page.getByRole("dialog", { name: "已通知工作人员" }).waitFor();
  const [[agent, trouble]] = await until("the board shows it", async () => {
    const all = await calls();
    return all.length === 1 ? all : undefined;
  });
  assert.equal(agent, "kiosk-1");
  assert.equal(trouble.detail, "1 号取号机（一楼正门）有人需要帮助");
  assert.ok(Date.parse(trouble.since) > 0);
  await hall.api("/agents/kiosk-1/help/answer", { method: "POST" });
  await page.getByRole("dialog", { name: "工作人员马上就到" }).waitFor();
  assert.deepEqual(await calls(), []);
  const again = await hall.api("/agents/kiosk-1/help/answer", { method: "POST" });
  assert.equal(again.code, "help.none");
});
