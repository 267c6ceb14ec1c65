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
  await dialog(one).waitFor({ state: "detached" });
  assert.equal(await focus(), "修改 食品经营许可");
  assert.equal(file(), first, "nothing was saved");

  await one.getByRole("columnheader", { name: "目标等候" }).getByText("目标等候", { exact: true }).click();
  assert.ok(await one.getByRole("button", { name: "食品经营许可 下移" }).isDisabled(), "sorted rows stay");
  await one.getByPlaceholder("查找").fill("社会保障卡");
  await until("one row is found", async () => (await one.locator("tbody tr").count()) === 1);
  await one.context().close();
});
