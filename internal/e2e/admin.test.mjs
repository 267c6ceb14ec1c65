// The hall's administration by people who don't read its file: forms, what they
// would do in words, the way back, two at once, and the ticket's design up to
// the paper that comes out of a printer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
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
  await page.getByLabel("取号机提示").fill("没带身份证？可用手机号取号\n请先取号");
  await page.getByRole("button", { name: "下一步" }).click();
  await confirm(
    page,
    "取号机提示 第 1 条 没带身份证?可用手机号取号 → 没带身份证？可用手机号取号",
    "取号机提示 第 2 条 需要帮助请到一楼咨询台 → 请先取号",
  );

  await dialog(slow).getByRole("button", { name: "下一步" }).click();
  await dialog(slow)
    .getByText(/配置已由系统管理员在 .* 修改/)
    .waitFor();
  await web.shot(slow, "admin-clash");
  await dialog(slow).getByRole("button", { name: "重新载入" }).click();
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
});

test("the first version comes back to the byte, and who did what can be read", async () => {
  assert.ok(file().includes("# 希望多久之内叫到") && file().includes("# 取号机连不上系统时自己发的号"));
  await part(page, "版本记录");
  await page.getByRole("button", { name: "恢复版本 1", exact: true }).click();
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
