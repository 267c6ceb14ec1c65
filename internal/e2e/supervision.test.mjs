// Those who watch, those who are watched, fees, parcels and appointments: the
// areas of the workspace as their people use them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { loaded } from "./support/browser.mjs";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let work;
before(async () => {
  work = await openWorkspace("supervision", 9993);
});
after(() => work?.close());

/** What axe finds serious on a page. */
async function faults(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    return found.violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
  });
}

/** Chooses an option of a select by its label. */
async function choose(page, within, label, option) {
  const box = within.getByRole("combobox", { name: label, exact: true });
  const select = within
    .locator(".el-select")
    .filter({ has: page.getByRole("combobox", { name: label, exact: true }) });
  // A list that is still opening moves under the mouse.
  await until(`${label} is ${option}`, async () => {
    const list = page.getByRole("option", { name: option });
    await box.click({ force: true });
    const words = await list
      .first()
      .innerText({ timeout: 2000 })
      .catch(() => "");
    if (!words) return false;
    await list.first().click();
    return (await select.innerText()).includes(words.trim().split("\n")[0]);
  });
}

test("a late case is found, urged, answered for and settled", async () => {
  const watcher = await work.as("jiancha", "/staff/supervision");
  const late = watcher.locator("li").filter({ hasText: "超期" });
  await until("the demo city's cases are watched", async () => {
    await watcher.reload();
    return /[1-9]/.test((await late.textContent({ timeout: 5000 }).catch(() => "")) ?? "");
  });
  await work.web.shot(watcher, "supervision");
  await late.getByRole("link").click();
  await watcher.getByRole("link", { name: "居住证申领、签注" }).first().click();
  await watcher.getByRole("heading", { level: 1, name: "居住证申领、签注" }).waitFor();
  for (const words of ["超期", "承诺期限", "办理环节", "全过程记录", "提交申请"]) {
    await watcher.getByText(words).first().waitFor();
  }
  await work.web.shot(watcher, "supervision-case");
  assert.deepEqual(await faults(watcher), [], "a case");
  await watcher.getByRole("button", { name: "下发督办" }).click();
  const dialog = watcher.getByRole("dialog", { name: "下发督办" });
  await dialog.getByLabel("督办要求").fill("请说明超期原因，并尽快办结。");
  await dialog.getByRole("button", { name: "下发", exact: true }).click();
  const told = await watcher.getByText(/^已下发 督/).textContent();
  const number = told.replace("已下发 ", "");
  await watcher.getByRole("button", { name: number }).waitFor();

  const chief = await work.as("jingdai");
  await chief.getByRole("button", { name: /提醒 *[1-9]/ }).click();
  await chief.getByRole("link", { name: number }).click();
  await chief.getByRole("heading", { level: 1, name: "居住证申领、签注" }).waitFor();
  assert.equal(
    await chief.getByRole("button", { name: "下发督办" }).count(),
    0,
    "who is watched urges nobody",
  );
  await chief.getByRole("button", { name: number }).click();
  await chief.getByLabel("答复", { exact: true }).fill("因申请人材料核验延误，本周内办结。");
  await chief.getByRole("button", { name: "提交答复" }).click();
  await chief.getByRole("dialog").getByText("待核查").waitFor();
  await chief.keyboard.press("Escape");
  await chief.getByRole("button", { name: "说明原因" }).first().click();
  await chief.getByRole("dialog").getByRole("textbox").fill("核验系统故障，已恢复。");
  await chief.getByRole("dialog").getByRole("button", { name: "说明原因" }).click();
  await chief.getByText("说明：核验系统故障，已恢复。").waitFor();

  await work.go(watcher, "/staff/supervision/orders", "督办");
  await watcher.getByRole("button", { name: number }).click();
  await watcher.getByText("因申请人材料核验延误，本周内办结。").waitFor();
  await watcher.getByLabel("核查意见", { exact: true }).last().fill("情况属实，通过。");
  await watcher.getByRole("button", { name: "通过并办结" }).click();
  await watcher.getByRole("dialog").getByText("已办结").waitFor();
  await work.go(watcher, "/staff/supervision/signals", "预警");
  await choose(watcher, watcher, "状态", "已说明");
  await watcher.getByText("说明：核验系统故障，已恢复。").waitFor();
  await watcher.getByRole("button", { name: "销号" }).click();
  await watcher.getByRole("dialog").getByRole("button", { name: "销号" }).click();
  await watcher.getByText("没有预警").waitFor();
  await chief.context().close();
  await watcher.context().close();
});

test("a rule is tried before it holds, and a list leaves as a workbook", async () => {
  const page = await work.as("jiancha", "/staff/supervision/rules");
  const store = page.getByRole("button", { name: "启用规则" });
  assert.ok(await store.isDisabled(), "no rule without a look at what it does");
  await page.getByLabel("剩余工作日不多于").fill("30");
  await page.getByRole("button", { name: "预览影响" }).click();
  const told = await page.getByRole("status").filter({ hasText: "按新规则" }).textContent();
  const [looked, before, then] = told.match(/\d+/g).map(Number);
  assert.ok(looked >= then && then > before, told);
  await store.click();
  await page
    .getByRole("cell", { name: "剩余时间不多于期限的 33%，或不多于 30 个工作日时，转为临期" })
    .waitFor();

  await work.go(page, "/staff/supervision/cases?light=red", "办件");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "导出 Excel" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^监察-\d{4}-\d\d-\d\d\.xlsx$/);
  assert.equal(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
    "PK",
  );
  await page.context().close();
});

test("the wall shows what the desk shows, larger", async () => {
  const page = await work.as("jiancha", "/staff/supervision?wall=1");
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.getByText("近 14 天受理与办结").waitFor();
  await work.web.shot(page, "supervision-wall");
  assert.deepEqual(await faults(page), [], "the wall");
  const tall = await page.evaluate(() => {
    const box = document.querySelector(".wall");
    return box.scrollHeight - box.clientHeight;
  });
  assert.ok(tall <= 0, `nothing is out of sight: ${tall}`);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "预警规则" }).waitFor();
  await page.context().close();
});

test("a fee is taken at the window and given back", async () => {
  const clerk = await work.as("shouli", "/staff/fees");
  await clerk.getByRole("button", { name: "窗口收款" }).first().click();
  await clerk.getByRole("dialog").getByRole("textbox").fill("现金收据 0001");
  await clerk.getByRole("dialog").getByRole("button", { name: "窗口收款" }).click();
  await until(
    "the fee is booked",
    async () => (await clerk.getByRole("button", { name: "窗口收款" }).count()) === 0,
  );
  await work.web.shot(clerk, "fees");
  assert.deepEqual(await faults(clerk), [], "payments");
  const receipt = await clerk.getByRole("link", { name: "票据" }).first().getAttribute("href");
  const paper = await clerk.request.get(work.base + receipt);
  assert.equal(paper.headers()["content-type"], "application/pdf");
  await work.go(clerk, "/staff/fees/parcels", "结果寄递");
  assert.deepEqual(await faults(clerk), [], "parcels");
  const chief = await work.as("jingdai", "/staff/fees");
  await chief.getByRole("button", { name: "退款" }).first().click();
  await chief.getByRole("dialog").getByRole("textbox").fill("申请人撤回申请");
  await chief.getByRole("dialog").getByRole("button", { name: "退款" }).click();
  await chief.getByText("申请人撤回申请").waitFor();
  const books = await work.as("admin", "/staff/fees");
  await books.getByRole("heading", { level: 1, name: "对账" }).waitFor();
  await books.getByRole("button", { name: "核对" }).click();
  await books.getByText(/已核对，\d+ 处不符/).waitFor();
  for (const page of [clerk, chief, books]) await page.context().close();
});

test("somebody books by telephone; the period closes, and the booking with it", async () => {
  const page = await work.as("yuyue", "/staff/appointments");
  await page.getByRole("button", { name: "电话预约" }).click();
  const dialog = page.getByRole("dialog", { name: "电话预约" });
  await dialog.getByLabel("事项", { exact: true }).fill("食品经营许可");
  await page.getByRole("option", { name: "食品经营许可证核发（新办）" }).click();
  await until("a day is proposed", async () => /\d{4}-/.test(await dialog.innerText()));
  const day = (await dialog.innerText()).match(/\d{4}-\d\d-\d\d/)[0];
  await choose(page, dialog, "时段", /余/);
  await dialog.getByLabel("姓名").fill("林小雨");
  await dialog.getByLabel("身份证号").fill("330100199005200128");
  await dialog.getByLabel("手机号码").fill("13800000101");
  assert.deepEqual(await faults(page), [], "a booking by telephone");
  await dialog.getByRole("button", { name: "预约", exact: true }).click();
  await dialog.waitFor({ state: "detached" });

  const date = page.getByLabel("日期", { exact: true });
  await date.fill(day);
  await date.press("Enter");
  const row = page
    .getByRole("row")
    .filter({ hasText: "电话" })
    .filter({ hasText: "食品经营许可证核发（新办）" });
  await row.getByText("已预约").waitFor();
  assert.doesNotMatch(await row.innerText(), /林小雨|330100199005200128|13800000101/);
  const from = (await row.innerText()).match(/\d\d:\d\d/)[0];
  await work.web.shot(page, "appointments");
  await page.getByRole("button", { name: "调整时段" }).click();
  const period = page.getByRole("dialog", { name: "调整时段" });
  await choose(page, period, "业务", "food-licence");
  await choose(page, period, "时段", new RegExp(`^${from}`));
  await period.getByLabel("原因").fill("系统升级");
  await period.getByText("同时取消该时段已有的预约").click();
  assert.ok(await period.getByRole("checkbox", { name: /同时取消/ }).isChecked());
  await period.getByRole("button", { name: "保存" }).click();
  await row.getByText("已取消").waitFor();
  await page.context().close();
});

test("capacity, working days, credit and counts are kept", async () => {
  const page = await work.as("yuyue", "/staff/appointments/capacity");
  await page.getByRole("button", { name: "修改", exact: true }).first().click();
  await page.getByRole("dialog").getByLabel("可预约比例（%）").fill("60");
  await page.getByRole("dialog").getByRole("button", { name: "保存" }).click();
  await page.getByRole("cell", { name: "60%" }).waitFor();
  await work.go(page, "/staff/appointments/calendar", "工作日");
  await page.getByLabel("日期", { exact: true }).fill("2027-03-03");
  await page.getByLabel("日期", { exact: true }).press("Enter");
  await page.getByLabel("原因", { exact: true }).fill("系统升级");
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByRole("cell", { name: "2027-03-03" }).waitFor();
  await page.getByRole("button", { name: "删除" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "删除" }).click();
  await page.getByText("没有另行设置的日期").waitFor();
  await work.go(page, "/staff/appointments/credit", "信用");
  await page.getByLabel("允许未到次数").fill("2");
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByText("30 天内未到超过 2 次的，30 天内不能网上预约").waitFor();
  for (const [path, heading] of [
    ["", "当日预约"],
    ["/capacity", "时段与名额"],
    ["/calendar", "工作日"],
    ["/credit", "信用"],
    ["/statistics", "统计"],
  ]) {
    await work.go(page, `/staff/appointments${path}`, heading);
    await loaded(page);
    assert.deepEqual(await faults(page), [], heading);
  }
  await page.context().close();
});

test("no page of supervision has a serious fault of accessibility, light or dark", async () => {
  const page = await work.as("jiancha");
  for (const dark of [false, true]) {
    if (dark) await page.getByRole("button", { name: "深色" }).click();
    for (const [path, heading] of [
      ["", "电子监察"],
      ["/cases", "办件"],
      ["/signals", "预警"],
      ["/orders", "督办"],
      ["/rules", "预警规则"],
    ]) {
      await work.go(page, `/staff/supervision${path}`, heading);
      await loaded(page);
      assert.deepEqual(await faults(page), [], `${heading}${dark ? ", dark" : ""}`);
    }
  }
  await page.context().close();
});
