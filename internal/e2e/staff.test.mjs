// The staff's workspace: how one gets in, what each may do there, and an item's
// way from its editor through the reviews to the portal.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

let work;
let base;
let web;
let as;
let go;
before(async () => {
  work = await openWorkspace("staff", 9997);
  ({ base, web, as, go } = work);
});
after(() => work?.close());

/** Signs in at the page that is open, as people do. */
async function signIn(page, account, password = "demo1234") {
  await page.getByLabel("工作账号").fill(account);
  await page.getByLabel("密码").fill(password);
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("6 位动态码").fill("246810");
  await page.getByRole("button", { name: "登录" }).click();
}

/** firstSignIn is signIn with a password that was handed out, for which another one is chosen. */
async function firstSignIn(page, account, password, chosen) {
  await page.getByLabel("工作账号").fill(account);
  await page.getByLabel("密码").fill(password);
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByText("这是一次性密码").waitFor();
  await page.getByLabel("新密码", { exact: true }).fill(chosen);
  await page.getByLabel("再输入一次新密码").fill(chosen);
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("6 位动态码").fill("246810");
  await page.getByRole("button", { name: "登录" }).click();
}

test("the first sign-in sets the second factor up, a wrong password says so, and signing out ends it", async () => {
  const page = await web.open(`${base}/staff/items`, 1366, 768);
  await page.getByLabel("工作账号").fill("shenbian");
  await page.getByLabel("密码").fill("wrong-password");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("密码").fill("demo1234");
  await page.getByRole("button", { name: "下一步" }).click();
  const picture = page.getByRole("img", { name: "身份验证器二维码" });
  await picture.waitFor();
  assert.ok(await picture.evaluate((img) => img.complete && img.naturalWidth > 200), "the QR code is drawn");
  await page.getByLabel("6 位动态码").fill("246810");
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByRole("heading", { level: 1, name: "编制与审核" }).waitFor();
  await page.getByRole("button", { name: "退出" }).click();
  await page.getByLabel("工作账号").waitFor();
  await page.goto(`${base}/staff/items`);
  await page.getByLabel("工作账号").waitFor();
  await page.context().close();
});

test("each sees the areas of her roles and gets into no other", async () => {
  const page = await as("zhuce");
  const menu = page.getByRole("navigation", { name: "工作区" });
  await menu.getByRole("link", { name: "用户账号" }).waitFor();
  for (const other of ["事项", "大厅", "系统对接", "消息", "审计日志", "人员与部门"]) {
    assert.equal(await menu.getByRole("link", { name: other, exact: true }).count(), 0, other);
  }
  await go(page, "/staff/audit", "没有权限");
  await go(page, "/staff/nowhere", "没有这个页面");
  await page.context().close();
});

test("a session that ran out leads to the sign-in and back", async () => {
  const page = await as("admin");
  await page.context().clearCookies();
  await page.getByRole("navigation", { name: "工作区" }).getByRole("link", { name: "人员与部门" }).click();
  await page.getByRole("heading", { level: 1, name: "部门" }).waitFor(); // open to everybody
  await page.getByRole("link", { name: "大厅", exact: true }).click();
  await signIn(page, "admin");
  await page.getByRole("heading", { level: 1, name: "大厅" }).waitFor();
  await page.context().close();
});

test("an item is edited, returned, corrected, reviewed three times and stands on the portal", async () => {
  const editor = await as("shenbian", "/staff/items/all/food-licence");
  await editor.getByRole("button", { name: "变更" }).click();
  await editor.getByLabel("事项简介").fill("开餐馆、食堂前办理，承诺 7 个工作日，全程网办。");
  await editor.getByRole("button", { name: "申请材料" }).click();
  await editor.getByText("营业执照副本").click();
  await editor.getByLabel("材料名称").fill("");
  await editor.getByRole("button", { name: "提交审核" }).click();
  await editor.getByText("还有 1 处待完善，完善后才能提交").waitFor();
  await editor.getByText("请填写材料名称").waitFor(); // where it is missing
  await web.shot(editor, "staff-gap");
  await editor.getByLabel("材料名称").fill("营业执照（副本）");
  await editor.getByRole("button", { name: "提交审核" }).click();
  await editor.getByRole("heading", { level: 1, name: "食品经营许可" }).waitFor();
  await editor.getByText("部门法制审核", { exact: true }).first().waitFor();

  const legal = await as("shenhe", "/staff/items");
  await legal.getByRole("link", { name: /食品经营许可/ }).click();
  await legal.getByText(/^材料 \S+ › 材料名称$/).waitFor();
  await legal.getByText("营业执照（副本）").waitFor();
  assert.equal(
    await legal.getByRole("region", { name: "变更内容" }).getByRole("row").count(),
    3,
    "two changes, and no other",
  );
  await web.shot(legal, "staff-review");
  await legal.getByRole("button", { name: "退回" }).click();
  await legal.getByText("退回须填写意见").waitFor();
  await legal.getByLabel("审核意见").fill("请写明需现场核查");
  await legal.getByRole("button", { name: "退回" }).click();
  await legal.getByText("已退回编制人").waitFor();

  await go(editor, "/staff/items/drafts/food-licence", /食品经营许可/);
  await editor.getByText("请写明需现场核查").waitFor();
  await editor.getByLabel("事项简介").fill("开餐馆、食堂前办理，现场核查后 7 个工作日内办结。");
  await editor.getByRole("button", { name: "提交审核" }).click();
  await editor.getByText("已提交审核").waitFor();

  for (const account of ["shenhe", "fazhi", "zhongxin"]) {
    const page = account === "shenhe" ? legal : await as(account, "/staff/items");
    await go(page, "/staff/items", "编制与审核");
    await page.getByRole("link", { name: /食品经营许可/ }).click();
    await page.getByRole("button", { name: "通过", exact: true }).click();
    await page.getByText("已通过").waitFor();
    if (account === "zhongxin") {
      await page.getByRole("button", { name: "变更" }).or(page.getByText("第 2 版")).first().waitFor();
    }
    await page.context().close();
  }
  const guide = await web.open(`${base}/items/food-licence`, 1280, 720);
  await guide.getByText("现场核查后 7 个工作日内办结").first().waitFor();
  await guide.getByText("营业执照（副本）").first().waitFor();
  await guide.context().close();
  await editor.context().close();
});

test("an item is suspended with a reason that the public reads", async () => {
  const editor = await as("shenbian", "/staff/items/all/food-renewal");
  await editor.getByRole("button", { name: "暂停" }).click();
  await editor.getByLabel("原因（向公众公布）").fill("系统升级，12 月 1 日恢复");
  await editor.getByRole("button", { name: "提出" }).click();
  await editor.getByRole("button", { name: "提交审核" }).click();
  await editor.getByText("已提交审核").waitFor();
  for (const account of ["shenhe", "fazhi", "zhongxin"]) {
    const page = await as(account, "/staff/items/drafts/food-renewal");
    await page.getByRole("button", { name: "通过", exact: true }).click();
    await page.getByText("已通过").waitFor();
    await page.context().close();
  }
  const guide = await web.open(`${base}/items/food-renewal`, 1280, 720);
  await guide.getByText("系统升级，12 月 1 日恢复").first().waitFor();
  await guide.context().close();
  await editor.context().close();
});

test("items go out and in by Excel; a file that is none, or empty, is refused in words", async () => {
  const page = await as("bianban", "/staff/items/imports");
  const template = await page.request.get(`${base}/api/v1/item-imports/template.xlsx`);
  assert.equal(template.status(), 200);
  const mimeType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const choose = page.getByLabel("选择 Excel 文件");
  await choose.setInputFiles({ name: "items.xlsx", mimeType, buffer: Buffer.from("no workbook") });
  await page.getByRole("alert").waitFor();
  await choose.setInputFiles({ name: "items.xlsx", mimeType, buffer: await template.body() });
  await page.getByText("文件中没有事项，请从第3行开始填写").waitFor();
  // What was exported is imported again, and changes nothing.
  const [sheet] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "导出本部门事项" }).click(),
  ]);
  await choose.setInputFiles({ name: "items.xlsx", mimeType, buffer: await readFile(await sheet.path()) });
  await page.getByText(/读入 [1-9]\d* 项，更新 0 项，转入编制 0 项，0 个问题。/).waitFor();
  await page.context().close();
});

test("with the keyboard alone one signs in, finds a person and takes her account out of use", async () => {
  const page = await web.open(`${base}/staff/people`, 1366, 768);
  const type = async (text, key = "Enter") => {
    await page.keyboard.type(text);
    await page.keyboard.press(key);
  };
  await page.getByLabel("工作账号").waitFor();
  await page.keyboard.press("Tab");
  await type("zhuce", "Tab");
  await type("demo1234");
  await page.getByLabel("6 位动态码").waitFor();
  await type("246810"); // the field has the focus
  await page.getByRole("heading", { level: 1, name: "用户账号" }).waitFor();

  const focus = () =>
    page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.tagName);
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "单位账号", "the page that was entered has the keyboard");
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "单位登记");
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "窗口注册");
  await page.keyboard.press("Tab");
  await type("330100200304170" + "69X");
  await page.getByRole("region", { name: "账号" }).waitFor();
  for (let i = 0; i < 4 && (await focus()) !== "停用账号"; i++) await page.keyboard.press("Tab");
  assert.equal(await focus(), "停用账号");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
  assert.ok(Number.parseFloat(outline) >= 2, `the focus is seen: ${outline}`);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await until("the reason has the focus", async () => (await focus()) === "TEXTAREA");
  await type("本人申请停用", "Tab");
  for (let i = 0; i < 4 && (await focus()) !== "停用账号"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("已停用", { exact: true }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "用户账号" }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "跳到正文", "the way past the menu comes first");
  await page.context().close();
});

test("who asks for an account can't enable it; the head can, and the log tells of all", async () => {
  const desk = await as("zhuce", "/staff/people");
  const find = async (page) => {
    await page.getByLabel("身份证号码").fill("33010020030417069X");
    await page.getByRole("button", { name: "查找" }).click();
    await page.getByRole("region", { name: "账号" }).waitFor();
  };
  await find(desk);
  await desk.getByRole("button", { name: "申请启用" }).click();
  await desk.getByRole("dialog").getByRole("textbox").fill("本人到窗口申请");
  await desk.getByRole("dialog").getByRole("button", { name: "申请启用" }).click();
  await desk.getByText("待批准启用").waitFor();
  assert.equal(await desk.getByRole("button", { name: "批准启用" }).count(), 0);
  const head = await as("fuze", "/staff/people");
  const waiting = head.getByRole("region", { name: "待批准启用的账号" });
  await waiting.getByText("本人到窗口申请").waitFor();
  await web.shot(head, "staff-enabling");
  await waiting.getByRole("button", { name: "批准启用" }).click();
  await head.getByRole("dialog").getByRole("button", { name: "批准启用" }).click();
  await head.getByText("账号已启用").waitFor();
  await waiting.getByText("没有待批准的申请").waitFor();

  const auditor = await as("shenji", "/staff/audit");
  for (const done of ["停用账号", "申请启用账号", "批准启用账号"])
    await auditor.getByText(done, { exact: true }).first().waitFor();
  await auditor.getByRole("button", { name: "校验" }).click();
  await auditor.getByText("校验通过").waitFor();
  for (const page of [desk, head, auditor]) await page.context().close();
});

test("a member of staff is added, signs in with the password that is handed over and chooses her own", async () => {
  const admin = await as("anquan", "/staff/members");
  await admin.getByRole("button", { name: "新增人员" }).click();
  const dialog = admin.getByRole("dialog", { name: "新增人员" });
  await dialog.getByLabel("登录账号").fill("xinren");
  await dialog.getByLabel("姓名").fill("辛仁");
  await dialog.getByLabel("部门", { exact: true }).click();
  await admin.getByRole("option", { name: "东湖区市场监督管理局" }).click();
  await dialog.locator("label", { hasText: "系统管理员" }).click();
  await dialog.locator("label", { hasText: "审计管理员" }).click();
  await dialog.getByRole("button", { name: "保存" }).click();
  await dialog.getByText("不能由同一人担任").nth(1).waitFor();
  await dialog.locator("label", { hasText: "审计管理员" }).click();
  await dialog.getByRole("button", { name: "保存" }).click();
  const password = await admin.getByRole("dialog", { name: "一次性密码" }).locator("code").textContent();
  await admin.getByRole("button", { name: "已交接" }).click();
  await admin.getByText("xinren").waitFor();
  const page = await web.open(`${base}/staff/`, 1366, 768);
  await firstSignIn(page, "xinren", password, "Xinren-2024");
  await page.getByRole("heading", { level: 1, name: "辛仁，您好" }).waitFor();
  await page.getByRole("button", { name: "修改密码" }).click();
  const own = page.getByRole("dialog", { name: "修改密码" });
  await own.getByLabel("现在的密码").fill("Xinren-2024");
  await own.getByLabel("新密码", { exact: true }).fill("Xinren-2026");
  await own.getByLabel("再输入一次新密码").fill("Xinren-2025");
  await own.getByRole("button", { name: "修改密码" }).click();
  await own.getByText("两次输入的新密码不一样").waitFor();
  await own.getByLabel("再输入一次新密码").fill("Xinren-2026");
  await own.getByRole("button", { name: "修改密码" }).click();
  await page.getByText("密码已修改").waitFor();
  await page.getByRole("button", { name: "退出" }).click();
  await signIn(page, "xinren", "Xinren-2026");
  await page.getByRole("heading", { level: 1, name: "辛仁，您好" }).waitFor();
  const change = async (account) => {
    await admin.getByLabel("姓名、账号或部门").fill(account);
    await admin.getByRole("row").filter({ hasText: account }).getByRole("button", { name: "修改" }).click();
  };
  await change("anquan");
  await admin.getByText("动态码须由另一位安全管理员重置").waitFor();
  assert.equal(await admin.getByRole("button", { name: "重置密码" }).count(), 0, "not one's own");
  await admin.getByRole("button", { name: "取消" }).click();
  await change("xinren");
  await admin.getByRole("button", { name: "重置密码" }).click();
  await admin.getByRole("dialog").getByText("重置“辛仁”的密码").waitFor();
  await web.shot(admin, "staff-reset");
  await admin.locator(".el-message-box").getByRole("button", { name: "重置密码" }).click();
  const once = await admin.getByRole("dialog", { name: "一次性密码" }).locator("code").textContent();
  await page.goto(`${base}/staff/knowledge`);
  await firstSignIn(page, "xinren", once, "Xinren-2027");
  await page.getByRole("heading", { level: 1, name: "知识库" }).waitFor();
  await page.context().close();
  await admin.context().close();
});

test("a notice is written, published for all to read, and taken away without losing its text", async () => {
  const page = await as("zixun", "/staff/articles");
  await page.getByRole("button", { name: "新增" }).click();
  await page.getByLabel("标题").fill("元旦放假安排");
  await page.getByLabel("来源").fill("东湖市政务服务中心");
  await page.getByLabel("正文").fill("1 月 1 日放假一天。\n1 月 2 日正常上班。");
  await page.getByRole("region", { name: "预览" }).getByText("1 月 2 日正常上班。").waitFor();
  await web.shot(page, "staff-article");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  const read = page.getByRole("link", { name: "查看门户页面" });
  await read.waitFor();
  const address = new URL(await read.getAttribute("href"), base);
  assert.match(await (await fetch(address)).text(), /元旦放假安排/);
  await page.getByRole("button", { name: "撤下" }).click();
  await page.locator(".el-message-box").getByRole("button", { name: "撤下" }).click();
  await page.getByText("已撤下", { exact: true }).first().waitFor();
  assert.equal(await page.getByLabel("正文").inputValue(), "1 月 1 日放假一天。\n1 月 2 日正常上班。");
  await page.goto(`${base}/staff/articles`);
  await page.getByRole("row").filter({ hasText: "元旦放假安排" }).getByText("已撤下").waitFor();
  await web.shot(page, "staff-articles");
  await page.context().close();
});

test("a text for messages is written by one and published by another", async () => {
  const path = "/staff/messages/templates/appointment.booked";
  const author = await as("bianban", path);
  await author.getByLabel("站内消息标题").fill("预约成功，{nothing}");
  await author.getByRole("button", { name: "存为新版本" }).click();
  await author.getByText("没有变量“nothing”").first().waitFor();
  await author.getByLabel("站内消息标题").fill("您已预约：{item}");
  await author.getByRole("button", { name: "存为新版本" }).click();
  await author.getByRole("region", { name: "预览" }).getByText("您已预约：").waitFor();
  await author.getByRole("button", { name: "提交" }).click();
  await author.getByText("待发布", { exact: true }).waitFor();
  assert.equal(await author.getByRole("button", { name: "发布" }).count(), 0, "not by its author");
  const other = await as("xiaoxi", path);
  await other.getByRole("button", { name: "发布" }).click();
  await other.getByText("已发布", { exact: true }).waitFor();
  for (const page of [author, other]) await page.context().close();
});

test("a hall is added with its token", async () => {
  const page = await as("admin", "/staff/halls");
  await page.getByRole("button", { name: "新增大厅" }).click();
  const dialog = page.getByRole("dialog", { name: "新增大厅" });
  await dialog.getByLabel("大厅编号").fill("East");
  await dialog.getByLabel("名称").fill("东城分中心");
  await dialog.getByLabel("行政区划代码").fill("330102");
  await dialog.getByRole("button", { name: "保存" }).click();
  await dialog.getByText("编号须为 2 至 40 位小写字母").first().waitFor();
  await dialog.getByLabel("大厅编号").fill("east");
  await dialog.getByRole("button", { name: "保存" }).click();
  await page.getByRole("dialog", { name: "接入令牌" }).locator("code").waitFor();
  await page.getByRole("button", { name: "已交接" }).click();
  await page.getByText("东城分中心").waitFor();
  await page.context().close();
});

test("a system is connected, asked whether it is there, compared by the day, and its messages are followed", async () => {
  const page = await as("admin", "/staff/exchange");
  await page.getByRole("button", { name: "新增对接系统" }).click();
  const dialog = page.getByRole("dialog", { name: "新增对接系统" });
  await dialog.getByText("下级平台", { exact: true }).click();
  await dialog.getByLabel("代码", { exact: true }).fill("xicheng");
  await dialog.getByLabel("名称").fill("西城区平台");
  await dialog.getByLabel("对方给本平台的代码").fill("donghu");
  await dialog.getByLabel("对方公钥").fill("04ab");
  await dialog.getByLabel("行政区划代码").fill("330103");
  await dialog.getByRole("checkbox", { name: /办件上报/ }).check();
  await dialog.getByRole("button", { name: "保存" }).click();
  await dialog.getByText("公钥须为 SM2 非压缩公钥").first().waitFor();
  await dialog.getByLabel("对方公钥").fill(`04${"12ab".repeat(32)}`);
  await dialog.getByRole("button", { name: "保存" }).click();
  await page
    .getByRole("row", { name: /西城区平台/ })
    .getByText("未联通")
    .waitFor();

  await page.getByRole("button", { name: "联通测试：省政务服务平台（模拟）" }).click();
  await page.getByText("省政务服务平台（模拟）已应答").waitFor();
  await page.getByRole("button", { name: "与省政务服务平台（模拟）对账" }).click();
  const compare = page.getByRole("dialog", { name: "对账：省政务服务平台（模拟）" });
  await compare.getByRole("button", { name: "对账" }).click();
  await compare.getByText(/本平台 \d+ 份，对方 \d+ 份/).waitFor();
  await compare.getByRole("button", { name: "关闭", exact: true }).last().click();

  await page.getByRole("link", { name: "报文", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "报文" }).waitFor();
  await page
    .getByRole("row", { name: /联通测试/ })
    .first()
    .getByRole("button")
    .click();
  const trace = page.getByRole("dialog").getByRole("list", { name: "经过" });
  await trace.getByText("对方签收").waitFor();
  await page.getByRole("button", { name: "重新发送" }).click();
  await trace.getByText("重新排队").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "校验台账" }).click();
  await page.getByText("台账完整").waitFor();
  await page.getByRole("link", { name: "共享目录" }).click();
  await page
    .getByRole("row", { name: /证照核查/ })
    .getByText("省政务服务平台（模拟）")
    .waitFor();

  await page.getByRole("link", { name: "开放接口" }).click();
  await page.getByRole("button", { name: "新增密钥" }).click();
  const key = page.getByRole("dialog", { name: "新增密钥" });
  await key.getByLabel("使用单位").fill("地图服务商");
  await key.getByLabel("联系人和电话").fill("张三 0571-00000000");
  await key.getByRole("button", { name: "保存" }).click();
  const secret = await page.getByRole("dialog", { name: "开放接口密钥" }).locator("code").innerText();
  const halls = await page.request.get(`${base}/api/v1/open/halls`, { headers: { "X-Api-Key": secret } });
  assert.equal(halls.status(), 200);
  await page.getByRole("button", { name: "已交接" }).click();
  await page.context().close();
});
