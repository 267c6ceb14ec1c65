// The hall's administration by people who don't read its file: forms, what they
// would do in words, the way back, two at once, and the ticket's design up to
// the paper that comes out of a printer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { root, startHall, until } from "./support/hall.mjs";
import { checkAxe, checkLayout } from "./support/look.mjs";
import { choose } from "./support/pages.mjs";

let hall;
let web;
let page;
before(async () => {
  [hall, web] = await Promise.all([startHall("admin", 12300), openBrowser()]);
  page = await administration();
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Signs an administrator in and opens the forms. */
async function administration() {
  const one = await web.open(`${hall.urls.hall}/login?next=/admin`, 1366, 768);
  await one.getByLabel("账号").fill("admin");
  await one.getByRole("textbox", { name: "口令" }).fill("demo1234");
  await one.keyboard.press("Enter");
  await one.getByRole("button", { name: "大厅设置" }).click();
  await one.getByRole("region", { name: "业务" }).waitFor();
  return one;
}

const part = (one, name) =>
  one.getByRole("navigation", { name: "设置项目" }).getByRole("button", { name, exact: true }).click();
const dialog = (one) => one.getByRole("dialog");
/** Waits for a change in words, and saves it. */
async function confirm(one, ...changes) {
  for (const change of changes) await dialog(one).getByText(change, { exact: true }).waitFor();
  await dialog(one).getByRole("button", { name: "确认保存" }).click();
  await dialog(one).waitFor({ state: "detached" });
}
const file = () => readFileSync(join(hall.hallData, "hall.yaml"), "utf8");

let first = "";

test("a window is added by a form, and every screen knows it", async () => {
  first = file();
  const board = await web.open(`${hall.urls.hall}/login?next=/board`, 1920, 1080);
  await board.getByLabel("账号").fill("manager");
  await board.getByRole("textbox", { name: "口令" }).fill("demo1234");
  await board.keyboard.press("Enter");
  await board.waitForURL("**/board");

  await part(page, "窗口");
  await page.getByRole("button", { name: "新增窗口" }).click();
  await dialog(page).getByLabel("门牌号").fill("13");
  await dialog(page).getByLabel("名称").fill("企业专窗");
  await choose(page, dialog(page), "区域", "综合服务区");
  await dialog(page).getByRole("checkbox", { name: "涉税业务办理" }).first().check();
  await dialog(page).getByRole("button", { name: "下一步" }).click();
  await confirm(page, "新增窗口 13 号 企业专窗");
  await page.getByRole("cell", { name: "企业专窗", exact: true }).waitFor();
  await board.getByText("列表", { exact: true }).click();
  await board.getByText("企业专窗").first().waitFor();
  await web.shot(page, "admin-windows");
  const { windows } = await hall.api("/windows");
  assert.deepEqual(
    windows.filter((w) => w.id === "13").map((w) => [w.number, w.name]),
    [["13", "企业专窗"]],
  );
  await board.context().close();
});

test("whoever was slower is told who was faster, loses nothing and goes on", async () => {
  const slow = await administration();
  await slow.getByRole("button", { name: "修改 食品经营许可" }).click();
  await dialog(slow).getByLabel("目标等候").fill("25");

  await part(page, "文字");
  await page.getByLabel("取号机提示").fill("没带证件？可用手机号取号\n请先取号");
  await page.getByRole("button", { name: "下一步" }).click();
  await confirm(
    page,
    "取号机提示 第 1 条 没带身份证？可用手机号取号 → 没带证件？可用手机号取号",
    "取号机提示 第 2 条 需要帮助请到一楼咨询台 → 请先取号",
  );

  await dialog(slow).getByRole("button", { name: "下一步" }).click();
  await dialog(slow)
    .getByText(/配置已由系统管理员在 .* 修改/)
    .waitFor();
  await web.shot(slow, "admin-clash");
  await dialog(slow).getByRole("button", { name: "重新载入" }).click();
  await dialog(slow).getByRole("button", { name: "重新载入" }).waitFor({ state: "detached" });
  assert.equal(await dialog(slow).getByLabel("目标等候").inputValue(), "25", "what was typed is still there");
  await dialog(slow).getByRole("button", { name: "下一步" }).click();
  await web.shot(slow, "admin-review");
  await confirm(slow, "业务 食品经营许可的目标等候 20 分钟 → 25 分钟");
  await slow.context().close();
  assert.match(file(), /target_wait: 25m {10}# 希望多久之内叫到/);
});

test("a ticket's line is moved, and the paper comes out so", async () => {
  await page.reload();
  await page.getByRole("region", { name: "业务" }).waitFor();
  await part(page, "号票");
  await page.getByRole("img", { name: /号票样子/ }).waitFor();
  const number = page.getByRole("listitem", { name: /：号码$/ });
  for (let n = 4; n > 1; n--) await page.getByRole("button", { name: `第 ${n} 行上移` }).click();
  await page.getByRole("listitem", { name: "第 1 行：号码" }).waitFor();
  assert.equal(await number.count(), 1);
  await page.getByRole("img", { name: /号票样子：A012、东湖区政务服务中心/ }).waitFor();
  await page.getByRole("button", { name: "下一步" }).click();
  await confirm(page, "号票的版面 设为 19 项");
  await web.shot(page, "admin-ticket");

  await until("the kiosk is there", async () =>
    (await hall.api("/board")).agents.some((a) => a.id === "kiosk-1" && a.online && a.devices?.length),
  );
  await choose(page, page, "在哪台取号机试打", "1 号取号机");
  await page.getByRole("button", { name: "试打一张" }).click();
  await page.getByText("试打完成，请看出票口").waitFor();
  const printer = await hall.sim.device("kiosk-1-printer");
  const said = printer.tickets
    .at(-1)
    .lines.map((l) => l.text)
    .filter(Boolean);
  assert.deepEqual(said.slice(0, 3), ["（试打，不是号票）", "A012", "东湖区政务服务中心"]);

  // Nobody takes a trial for her own ticket.
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen" });
  await kiosk.getByText("请选择要办理的业务").waitFor();
  await page.getByRole("button", { name: "试打一张" }).click();
  await page.getByText("没有试打：有群众正在使用这台机器，请等他离开再试").waitFor();
  assert.equal((await hall.sim.device("kiosk-1-printer")).tickets.length, printer.tickets.length);
  await hall.sim.act("kiosk-1-reader", "lift");
  await kiosk.getByRole("button", { name: "重新开始" }).click();
  await kiosk.getByText("请把身份证放在读卡区").waitFor();
  await page.getByRole("button", { name: "试打一张" }).click();
  await page.getByText("试打完成，请看出票口").waitFor();
  await kiosk.close();
});

test("the first version comes back to the byte, and who did what can be read", async () => {
  assert.ok(file().includes("# 希望多久之内叫到") && file().includes("# 取号机连不上系统时自己发的号"));
  await part(page, "版本记录");
  await page.getByRole("button", { name: "恢复此版 1", exact: true }).click();
  await confirm(page, "删除窗口 13 号 企业专窗", "业务 食品经营许可的目标等候 25 分钟 → 20 分钟");
  await page.getByText("恢复版本 1").first().waitFor();
  await web.shot(page, "admin-versions");
  assert.equal(file(), first);
  assert.equal((await hall.api("/windows")).windows.length, 12);
  const res = await fetch(`${hall.urls.hall}/api/v1/hall/config/versions.csv`, {
    headers: { Authorization: `Bearer ${hall.token("--role", "manager", "--name", "e2e")}` },
  });
  const lines = (await res.text()).trim().split("\r\n");
  assert.ok(
    lines.some((l) => l.includes("系统管理员,恢复旧版本 1,删除窗口 13 号 企业专窗")),
    lines.join("\n"),
  );
});

test("a form is filled in by keyboard alone, says what is wrong at its field, and gives the focus back", async () => {
  const one = await administration();
  const focus = () =>
    one.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText);
  await one.getByRole("button", { name: "修改 食品经营许可" }).focus();
  await one.keyboard.press("Enter");
  const name = dialog(one).getByLabel("名称");
  await until("the first field has the focus", () => name.evaluate((e) => e === document.activeElement));
  const was = await name.inputValue();
  await one.keyboard.press("Control+a");
  await one.keyboard.press("Delete");
  await one.keyboard.press("Enter");
  await dialog(one).getByText("请填写", { exact: true }).waitFor();
  await until("the wrong field has the focus", () => name.evaluate((e) => e === document.activeElement));
  await checkAxe(one, "a form with a mistake");
  await checkLayout(one, "a form with a mistake");
  await web.shot(one, "admin-form-wrong");
  await one.keyboard.type(`${was}（新办）`);
  await one.keyboard.press("Enter");
  await dialog(one)
    .getByRole("listitem")
    .filter({ hasText: `${was}（新办）` })
    .waitFor();
  await until("what is saved with has the focus", async () => (await focus()) === "确认保存");
  await one.keyboard.press("Escape");
  await one.getByText("改动还没有保存，离开会丢失").waitFor();
  await one.getByRole("button", { name: "返回", exact: true }).click(); // a slip of the finger loses nothing
  await one.getByText("改动还没有保存，离开会丢失").waitFor({ state: "detached" });
  await dialog(one).getByRole("button", { name: "确认保存" }).focus();
  await one.keyboard.press("Escape");
  await one.getByRole("button", { name: "不保存，离开" }).click();
  await one.locator(".el-drawer, .el-message-box").first().waitFor({ state: "detached" });
  assert.equal(await focus(), "修改 食品经营许可");
  assert.equal(file(), first, "nothing was saved");

  await one.getByRole("columnheader", { name: "目标等候" }).getByText("目标等候", { exact: true }).click();
  assert.ok(await one.getByRole("button", { name: "食品经营许可 下移" }).isDisabled(), "sorted rows stay");
  await one.getByPlaceholder("查找").fill("社会保障卡");
  await until("one row is found", async () => (await one.locator("tbody tr").count()) === 1);
  await one.context().close();
});

test("what stands alone in the file has forms too: calls, messages, cameras, the hall's own story", async () => {
  const one = await administration();
  await part(one, "叫号方式");
  const zone = one.getByRole("group", { name: "社会保障区" });
  await zone.getByRole("checkbox", { name: "语音" }).check();
  await zone.getByRole("checkbox", { name: "大屏" }).check();
  await one.getByText("有改动还没有保存").waitFor();
  await one.getByRole("button", { name: "下一步" }).click();
  await confirm(one, "叫号方式的各区域的渠道的社会保障区 （未设置） → 大屏、语音");
  assert.match(file(), /B: \[board, voice\]/);

  await part(one, "短信和微信");
  const called = one.getByLabel("内容").nth(1);
  await called.fill("请 {nummer} 号");
  await one.getByRole("button", { name: "下一步" }).click();
  await dialog(one)
    .getByText(/没有保存：/)
    .waitFor();
  await dialog(one).getByRole("button", { name: "取消" }).click();
  await one
    .locator(".is-error")
    .getByText(/nummer/)
    .waitFor();
  await called.fill("请 {number} 号到 {window} 号窗口");
  await one.getByRole("button", { name: "下一步" }).click();
  await dialog(one)
    .getByText(/请 \{number\} 号到 \{window\} 号窗口/)
    .waitFor();
  await confirm(one);
  assert.match(file(), /called: [\s\S]*version: 2/);

  await part(one, "摄像机");
  await one.getByLabel("回放地址").fill("https://nvr.example/play?src={camera}&from={from}&to={to}");
  await one.getByRole("button", { name: "下一步" }).click();
  await confirm(one);
  await one.getByRole("button", { name: "修改 1 号 综合受理" }).click();
  await dialog(one).getByLabel("摄像机名称").fill("1 号窗口");
  await dialog(one).getByLabel("RTSP 地址").fill("rtsp://admin:secret@10.0.0.9/1");
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await dialog(one).locator(".is-error").getByText("地址里不能写口令").waitFor();
  await web.shot(one, "admin-camera-wrong");
  await dialog(one).getByLabel("RTSP 地址").fill("rtsp://10.0.0.9/1");
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await confirm(one);
  await one.getByRole("cell", { name: "rtsp://10.0.0.9/1" }).waitFor();

  await part(one, "大厅介绍");
  await one.getByLabel("地址", { exact: true }).fill("东湖区民生路 90 号");
  await one.getByRole("button", { name: "下一步" }).click();
  await confirm(one, "大厅介绍的地址 东湖区民生路 88 号 → 东湖区民生路 90 号");
  await one.getByRole("button", { name: "新增公告" }).click();
  await dialog(one).getByLabel("标题").fill("春节放假");
  await dialog(one).getByLabel("内容").fill("初一到初三不办理。\n初四照常。");
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await confirm(one);
  const { about } = await hall.api("/hall/about").catch(() => ({}));
  if (about) assert.equal(about.address, "东湖区民生路 90 号");
  await one.context().close();
});

test("the hall's own words are translated where they are missing", async () => {
  const one = await administration();
  await part(one, "语言");
  const words = one.getByRole("region", { name: "大厅自己的文字" });
  await words.getByRole("checkbox", { name: "只看没有译文的" }).check({ force: true });
  await words.getByLabel("春节放假").fill("Spring Festival");
  await one.getByRole("button", { name: "下一步" }).click();
  await confirm(one, "语言 English的译文的春节放假 （未设置） → Spring Festival");
  await web.shot(one, "admin-languages");
  assert.match(file(), /春节放假: Spring Festival/);
  await one.context().close();
});

test("leaving a form asks first, and another's change of a nameless entry is never overwritten", async () => {
  const one = await administration();
  await part(one, "基本信息");
  await one.getByLabel("大厅名称").fill("新名称");
  await part(one, "文字");
  await one.getByRole("button", { name: "返回", exact: true }).click();
  assert.equal(await one.getByLabel("大厅名称").inputValue(), "新名称");
  await one.getByRole("button", { name: "还原" }).click();

  await part(one, "排班");
  const row = (hours) => one.getByRole("row").filter({ hasText: "12 号" }).filter({ hasText: hours });
  await row("09:00-12:00").getByRole("button", { name: /^删除/ }).click();
  await dialog(one).getByRole("button", { name: "确认保存" }).waitFor();
  // Somebody else takes the first shift away meanwhile: all others move up by one.
  const { version } = await hall.api("/hall/config/values");
  const { saved } = await hall.api("/hall/config/edits", {
    method: "POST",
    headers: { Authorization: `Bearer ${hall.token("--role", "admin", "--name", "e2e")}` },
    body: JSON.stringify({ base: version, edits: [{ op: "remove", path: "roster/0" }] }),
  });
  assert.equal(saved, true);
  await dialog(one).getByRole("button", { name: "确认保存" }).click();
  await dialog(one)
    .getByText(/配置已由.*修改/)
    .waitFor();
  await dialog(one).getByRole("button", { name: "重新载入" }).click();
  await confirm(one);
  const { values } = await hall.api("/hall/config/values");
  assert.deepEqual(
    values.roster.map((s) => `${s.window} ${s.hours}`),
    ["10 13:00-17:00", "11 09:00-12:00", "11 13:00-17:00", "12 13:00-16:30"],
  );
  await one.context().close();
});

/** Plays a ticket printer that no terminal's own settings name, until stop is called. */
async function strayPrinter(port) {
  const config = join(hall.hallData, "stray.yaml");
  const at = `tcp://127.0.0.1:${port}`;
  writeFileSync(
    config,
    JSON.stringify({ devices: [{ id: "stray", agent: "kiosk-1", profile: "generic/escpos-80", port: at }] }),
  );
  const listen = `127.0.0.1:${port + 1}`;
  const program = spawn(
    join(root, "bin/smarthall-profile"),
    ["simulate", "--config", config, "--listen", listen],
    { stdio: "ignore" },
  );
  const ended = new Promise((done) => program.once("exit", done));
  await until("the stray printer", () =>
    fetch(`http://${listen}/api/devices`).then(
      (r) => r.ok,
      () => false,
    ),
  );
  return {
    at,
    device: async () => (await (await fetch(`http://${listen}/api/devices`)).json())[0],
    async stop() {
      program.kill();
      await ended;
    },
  };
}

test("a printer is assigned to a kiosk, moved to nowhere and back, and gets a model of the hall's own", async (t) => {
  const printer = await strayPrinter(12395);
  t.after(printer.stop);
  const one = await administration();
  await part(one, "终端与设备");
  await one.getByRole("button", { name: "1 号取号机 的设备" }).click();
  const devices = one.getByRole("region", { name: "1 号取号机 的设备" });
  await devices.getByRole("row", { name: /^printer .*本机配置文件/ }).waitFor();
  const row = devices.getByRole("row", { name: /^printer-2 / });
  assert.equal(await row.count(), 0);

  await devices.getByRole("button", { name: "添加设备" }).click();
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await dialog(one).getByText("请选择型号").waitFor();
  const model = dialog(one).getByRole("combobox", { name: "型号" });
  await model.click({ force: true });
  await model.pressSequentially("escpos-80");
  await one
    .getByRole("option", { name: /generic\/escpos-80$/ })
    .locator("visible=true")
    .click();
  await dialog(one)
    .getByText(/例如 .*tcp:\/\/192\.168\.1\.50:9100/)
    .waitFor();
  assert.equal(await dialog(one).getByLabel("编号").inputValue(), "printer-2");
  await dialog(one).getByLabel("端口").fill("tcp://nowhere");
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  // The same words stand above the form and at the field.
  await until(
    "the port's field says what is wrong",
    async () =>
      (await dialog(one)
        .getByText(/端口 "tcp:\/\/nowhere" 不可用/)
        .count()) === 2,
  );
  await web.shot(one, "admin-device-form");
  await dialog(one).getByLabel("端口").fill(printer.at);
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await confirm(one);
  await row.getByText("正常", { exact: true }).waitFor();
  await row.getByText("大厅分配").waitFor();
  await row.getByRole("button", { name: "在 printer-2 上试打一张" }).click();
  await devices.getByText("printer-2: 试打完成，请看出票口").waitFor();
  assert.equal((await printer.device()).tickets.length, 1, "it came out of the printer that was meant");
  await web.shot(one, "admin-devices");
  await checkAxe(one, "the devices of a terminal");

  /** Gives the device another port. */
  const move = async (port) => {
    await row.getByRole("button", { name: "修改 printer-2" }).click();
    await dialog(one).getByLabel("端口").fill(port);
    await dialog(one).getByRole("button", { name: "下一步" }).click();
    await confirm(one);
  };
  await move("tcp://127.0.0.1:1");
  await row.getByText("设备拒绝连接").waitFor();
  await web.shot(one, "admin-device-away");
  await move(printer.at);
  await row.getByText("正常", { exact: true }).waitFor();

  // A technician brings a model of the hall's own, first with a mistake.
  const shipped = readFileSync(
    join(root, "firmware-profiles/catalog/printer/generic-escpos-80.yaml"),
    "utf8",
  );
  const own = shipped.replace(/^id: .*$/m, "id: acme/lobby-80");
  const bring = (text) =>
    one
      .getByLabel("型号文件", { exact: true })
      .setInputFiles({ name: "lobby.yaml", mimeType: "text/yaml", buffer: Buffer.from(text) });
  await bring(own.replace(/^engine: .*$/m, "engine: nonsense"));
  await one.getByText(/有 \d+ 处错误，没有保存/).waitFor();
  await one
    .getByText(/^第 \d+ 行第 \d+ 列$/)
    .first()
    .waitFor();
  await web.shot(one, "admin-profile-wrong");
  await bring(own);
  await one.getByText(/检查通过：.*acme\/lobby-80/).waitFor();
  await one.getByRole("button", { name: "保存并下发" }).click();
  await one.getByText(/^已保存 acme\/lobby-80，版本 [0-9a-f]{12}$/).waitFor();
  const revision = (await hall.api("/hall/profiles")).profiles.find((p) => p.own).revision;
  await row.getByRole("button", { name: "修改 printer-2" }).click();
  await model.click({ force: true });
  await model.pressSequentially("lobby");
  await one
    .getByRole("option", { name: /acme\/lobby-80/ })
    .locator("visible=true")
    .click();
  await dialog(one).getByRole("button", { name: "下一步" }).click();
  await confirm(one);
  await row.getByText(`acme/lobby-80 · ${revision}`).waitFor();
  await row.getByText("正常", { exact: true }).waitFor();
  const remove = one.getByRole("button", { name: "删除 acme/lobby-80" });
  await remove.click();
  await dialog(one).getByText("不能删除：1 号取号机的设备在用这个型号").waitFor();
  assert.equal(await dialog(one).getByRole("button", { name: "确认保存" }).isDisabled(), true);
  await dialog(one).getByRole("button", { name: "取消" }).click();
  await dialog(one).waitFor({ state: "detached" });

  // Its second version: what changes is shown, why is kept, and a colleague who
  // was faster isn't overwritten.
  const second = own.replace("\nid:", "\n# 二版\nid:");
  await bring(second);
  const brought = one.getByRole("region", { name: "lobby.yaml" });
  await brought.getByText(/^第 \d+ 行加入：# 二版$/).waitFor();
  const base = (await hall.api("/hall/profiles")).profiles.find((p) => p.own).version;
  const colleague = await one.evaluate(
    async (body) =>
      (
        await fetch("/api/v1/hall/profiles", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status,
    { text: own.replace("\nid:", "\n# 同事\nid:"), base },
  );
  assert.equal(colleague, 200);
  await brought.getByLabel("说明").fill("换了切刀");
  await brought.getByRole("button", { name: "保存并下发" }).click();
  await one.getByText(/^型号 acme\/lobby-80 已由.*修改，请重新载入后再改$/).waitFor();
  await one.getByRole("button", { name: "与现在的版本重新比较" }).click();
  await brought.getByText(/^第 \d+ 行：# 同事 → # 二版$/).waitFor();
  await web.shot(one, "admin-profile-changes");
  await brought.getByRole("button", { name: "保存并下发" }).click();
  await one.getByText(/^已保存 acme\/lobby-80/).waitFor();

  // Every version is there, with who and why; the first comes back, live.
  const past = one.getByRole("region", { name: "自编型号的版本记录" });
  await past.getByText("说明：换了切刀").waitFor();
  await past.getByText(/^新型号，共 \d+ 行$/).waitFor();
  await past.getByRole("button", { name: "版本 1 与现在比较" }).click();
  await dialog(one)
    .getByText(/^第 \d+ 行加入：# 二版$/)
    .waitFor();
  await web.shot(one, "admin-profile-compare");
  await one.keyboard.press("Escape");
  await dialog(one).waitFor({ state: "detached" });
  await past.getByRole("button", { name: "恢复此版 1" }).click();
  await confirm(one);
  await past.getByText("恢复版本 1", { exact: true }).waitFor();
  await row.getByText(`acme/lobby-80 · ${revision}`).waitFor();
  await row.getByText("正常", { exact: true }).waitFor();
  await past.scrollIntoViewIfNeeded();
  await web.shot(one, "admin-profile-history");
  await checkAxe(one, "the history of a device model");

  await row.getByRole("button", { name: "删除 printer-2" }).click();
  await confirm(one);
  await row.waitFor({ state: "detached" });
  await until("the kiosk has let go of it", async () =>
    (await hall.api("/board")).agents.some(
      (a) => a.id === "kiosk-1" && !a.devices.some((d) => d.id === "printer-2"),
    ),
  );
  // It is used by nobody now, and can go; and even that can be taken back.
  await remove.click();
  await confirm(one);
  await one.getByText("已删除 acme/lobby-80").waitFor();
  await past.getByRole("button", { name: "恢复此版 1" }).click();
  await confirm(one, /^新型号，共 \d+ 行$/);
  await remove.waitFor();
  await one.context().close();
});

test("a strip shows that it works and then its window again; what only takes things in is tried by hand", async () => {
  const one = await administration();
  await part(one, "终端与设备");
  const name = (await hall.api("/hall/config/values")).values.agents.find((a) => a.id === "display-1").name;
  await one.getByRole("button", { name: `${name} 的设备` }).click();
  const devices = one.getByRole("region", { name: `${name} 的设备` });
  const strip = async () => (await hall.sim.device("display-1-strip-3")).display.text;
  const text = await strip();
  await devices.getByRole("button", { name: "试用 strip-3" }).click();
  await until("the strip shows the trial", async () => (await strip()) === "测试");
  await devices.getByText("strip-3: 条屏显示了“测试”，已换回原来的内容").waitFor();
  await web.shot(one, "admin-device-tried");
  await until("the strip shows its window again", async () => (await strip()) === text);
  await devices.getByRole("button", { name: "收起" }).click();

  await one.getByRole("button", { name: "1 号取号机 的设备" }).click();
  const kiosk = one.getByRole("region", { name: "1 号取号机 的设备" });
  await kiosk
    .getByRole("button", { name: /^怎么试 / })
    .first()
    .click();
  await kiosk.getByText(/请在设备上放一张身份证|请扫一张号票的二维码/).waitFor();
  await one.context().close();
});
