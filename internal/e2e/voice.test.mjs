// What people say to the administration: a question from an item's page that its
// department answers, a complaint that the desk has explained and answers, the
// published answer that others find, and the pages as people read them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, root, until } from "./support/hall.mjs";

const base = "http://127.0.0.1:9103";
const CODE = "246810"; // every code of the demo city
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const citizen = { number: cardNumber("1981-07-09", true), phone: "13900000043", password: "citizen2026" };

let platform;
let web;
let staff;
let mine;
before(async () => {
  const data = join(artefacts, "voice");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const args = [
    "--data",
    data,
    "--listen",
    "127.0.0.1:9103",
    "--demo",
    "--clock",
    "2026-11-23T09:00:00+08:00",
  ];
  platform = spawn(join(root, "bin/platform"), args, { stdio: ["ignore", "ignore", "pipe"] });
  platform.stderr.pipe(createWriteStream(join(data, "platform.log")));
  web = await openBrowser();
  await until("the platform is ready", async () => {
    try {
      return (await fetch(`${base}/readyz`)).ok;
    } catch {
      return false;
    }
  });
});
after(async () => {
  await web?.close();
  const ended = once(platform, "exit");
  platform.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null], "the platform ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** A browser of its own on a path, signed in by what sign does before. */
async function open(path, { scripts = true, width = 1366, height = 800, elder = false, sign } = {}) {
  const context = await web.browser.newContext({
    viewport: { width, height },
    locale: "zh-CN",
    javaScriptEnabled: scripts,
  });
  context.setDefaultTimeout(15_000);
  if (elder) await context.addCookies([{ name: "elder", value: "1", url: base }]);
  if (sign) await sign(context);
  const page = await context.newPage();
  page.on("pageerror", (err) => web.errors.push(`${path}: ${err.message}`));
  await page.goto(base + path);
  return page;
}

const staffed = (account) => async (context) => {
  const data = { account, password: "demo1234", code: CODE };
  const res = await context.request.post(`${base}/api/v1/staff/sessions`, { data });
  assert.equal(res.status(), 200, `${account} signs in`);
};

async function registered(context) {
  const code = await context.request.post(`${base}/api/v1/codes`, {
    data: { purpose: "register", account: citizen.phone },
  });
  assert.ok(code.ok(), "the code is sent");
  const data = {
    name: "吴声音",
    number: citizen.number,
    phone: citizen.phone,
    phoneCode: CODE,
    proofs: { "social-card": "A12345678" },
    password: citizen.password,
    agreement: "2026-11",
  };
  const res = await context.request.post(`${base}/api/v1/people`, { data });
  assert.ok(res.ok(), `she registers: ${await res.text()}`);
}

/** Does a deed of the workspace's page. */
async function deed(page, name, field, words) {
  await page.locator(".el-radio-button", { hasText: name }).click();
  await page.getByLabel(field).fill(words);
  await page.getByRole("button", { name, exact: true }).click();
}

test("without scripts one asks from an item's page, and its department answers", async () => {
  const page = await open("/items/business-licence", { scripts: false });
  await page.getByRole("link", { name: "我要咨询" }).click();
  await page.getByRole("link", { name: "留言咨询" }).click();
  await page.getByText("由东湖区市场监督管理局答复").waitFor();
  await page.getByLabel("办理流程").check();
  await page.getByLabel("标题").fill("个体户转公司要重新办执照吗");
  await page.getByLabel("内容").fill("我叫吴大声，电话13800138000，个体户想转成公司，执照要重新办吗？");
  await page.getByLabel(/同意隐去个人信息/).check();
  await web.shot(page, "voice-form");
  await page.getByRole("button", { name: "提交" }).click();
  await page.getByText("2026年11月30日").waitFor();
  assert.match(page.url(), /\/voices\/[0-9a-f]{32}$/);

  const department = await open("/staff/desk", { sign: staffed("shenpi") });
  await department.getByRole("link", { name: "个体户转公司要重新办执照吗" }).click();
  await deed(department, "答复", "答复（提出人可见）", "可以个转企，交回原执照，换发新执照。");
  await department.getByText("已答复").first().waitFor();
  assert.equal(
    await department.getByText("转办", { exact: true }).count(),
    0,
    "a department dispatches nothing",
  );
  await web.shot(department, "voice-answered");
  await department.context().close();

  await page.reload();
  await page.getByText("可以个转企，交回原执照，换发新执照。").waitFor();
  await page.getByRole("radio", { name: "非常满意", exact: true }).check();
  await page.getByRole("button", { name: "提交评价" }).click();
  await page.getByText("您对答复的评价：非常满意").waitFor();
  await page.context().close();
});

test("a complaint is real-name, is explained by the department and answered by the desk", async () => {
  const nobody = await open("/feedback/complaint");
  await nobody.waitForURL(/\/login\?next=/);
  await nobody.context().close();

  mine = await open("/feedback", { sign: registered });
  await mine.getByRole("link", { name: "投诉", exact: true }).click();
  await mine.getByLabel("被投诉的部门").selectOption({ label: "东湖区市场监督管理局" });
  await mine.getByLabel("服务态度").check();
  await mine.getByLabel("标题").fill("窗口让我跑了三趟");
  await mine.getByLabel(/经过/).fill("三次都说材料不齐，每次说的不一样。");
  await mine.getByLabel(/同意隐去个人信息/).check();
  await mine.getByRole("button", { name: "提交" }).click();
  await mine.getByRole("heading", { name: /窗口让我跑了三趟/ }).waitFor();
  assert.match(mine.url(), /\/my\/voices\//);

  const department = await open("/staff/desk", { sign: staffed("shenpi") });
  await department.getByText("没有待办理的").waitFor();

  staff = await open("/staff/desk", { sign: staffed("zixun") });
  await staff.getByRole("link", { name: "窗口让我跑了三趟" }).click();
  await staff.getByText("吴*", { exact: false }).first().waitFor();
  await deed(staff, "转办", "转办意见", "请于三日内说明情况");
  await staff.getByText("核实中").first().waitFor();

  await department.reload();
  await department.getByRole("link", { name: "窗口让我跑了三趟" }).click();
  assert.equal(
    await department.getByText("查看联系方式").count(),
    0,
    "the department doesn't learn who complained",
  );
  await deed(department, "情况说明", "情况说明（只给服务台）", "当日系统升级，清单前后不一致。");
  await until("the department has handed it back", async () => {
    await department.goto(`${base}/staff/desk`);
    return (await department.getByText("没有待办理的").count()) === 1;
  });
  await department.context().close();

  await staff.reload();
  await staff.getByText("当日系统升级，清单前后不一致。").waitFor();
  await deed(staff, "答复", "答复（提出人可见）", "已核实，向您致歉，材料清单已更正。");
  await staff.getByText("已答复").first().waitFor();
  await mine.goto(`${base}/my/voices`);
  await mine.getByRole("link", { name: "窗口让我跑了三趟" }).click();
  await mine.getByText("已核实，向您致歉，材料清单已更正。").waitFor();
  assert.equal(await mine.getByText("系统升级").count(), 0, "what the department wrote is the desk's");
});

test("what was answered is published without personal data, and found", async () => {
  await staff.goto(`${base}/staff/desk`);
  await staff.getByLabel("状态", { exact: true }).first().press("Enter"); // by keyboard alone
  await staff.getByRole("option", { name: "全部状态" }).click();
  await staff.getByRole("link", { name: "个体户转公司要重新办执照吗" }).click();
  await staff.locator(".el-radio-button", { hasText: "公开" }).click();
  assert.doesNotMatch(await staff.getByLabel("问题").inputValue(), /138|吴大声/);
  await staff.getByRole("button", { name: "公开", exact: true }).click();
  await staff.getByText("已公开").first().waitFor();
  await web.shot(staff, "voice-published");
  const page = await open("/answers", { scripts: false });
  await page.getByLabel("搜索问题和答复").fill("个转企");
  await page.getByRole("main").getByRole("button", { name: "搜索" }).click();
  await page.getByRole("link", { name: "个体户转公司要重新办执照吗" }).click();
  await page.getByText("可以个转企，交回原执照，换发新执照。").waitFor();
  await page.context().close();
});

test("the desk sets a department's own limit", async () => {
  await staff.goto(`${base}/staff/desk/limits`);
  await staff.getByRole("cell", { name: "差评整改" }).waitFor();
  await staff.getByLabel("部门").first().press("Enter");
  await staff.getByRole("option", { name: "东湖区公安分局" }).last().click();
  await staff.getByRole("spinbutton", { name: "工作日" }).fill("3");
  await staff.getByRole("button", { name: "保存", exact: true }).last().click();
  await staff.getByRole("cell", { name: "东湖区公安分局" }).waitFor();
  await staff.goto(`${base}/staff/desk/ratings`);
  await staff.getByRole("heading", { name: "评价统计" }).waitFor();
  await staff.goto(`${base}/staff/desk/rectifications`);
  await staff.getByRole("link", { name: /^ZG/ }).waitFor(); // the one of the demo city's past
});

test("in real time one asks the item's department, by phone and by keyboard, and nothing is lost", async () => {
  // It is a quarter past nine on a working day: the hours are set wide all the same.
  await staff.goto(`${base}/staff/desk/limits`);
  const hours = staff.getByRole("region", { name: "在线咨询服务时间" });
  await hours.getByLabel("结束").last().fill("23:59");
  await hours.getByRole("button", { name: "保存服务时间" }).click();
  await staff.getByText("已保存").waitFor();

  const guest = await open("/items/business-licence", { width: 375, height: 812 });
  await guest.getByRole("link", { name: "在线咨询" }).first().click();
  await guest.getByText("由东湖区市场监督管理局答复").waitFor();
  await guest.getByRole("button", { name: "需要哪些材料" }).click();
  await guest.getByText("智能客服（自动回答）").waitFor();
  await guest.getByText("申请材料：").waitFor();
  await clean(guest, "consult-automatic", 48);
  await guest.getByRole("button", { name: "转人工" }).click();
  await guest.getByText("正在等待工作人员接待").waitFor();

  await mine.goto(`${base}/consult?item=business-licence`);
  await mine.getByLabel("输入您的问题").fill("<b>注册资本</b>要马上缴吗？电话13800138000");
  await mine.getByLabel("输入您的问题").press("Enter");
  await mine.getByRole("button", { name: "转人工" }).click();
  await mine.getByText("正在等待工作人员接待").waitFor();

  // On another page of hers the approver hears of both, once, and goes there from the menu.
  const department = await open("/staff/tasks", { sign: staffed("shenpi") });
  await department.getByRole("link", { name: /2 个在线咨询等待接待/ }).waitFor();
  const notice = department.getByText("有新的在线咨询等待接待");
  await notice.waitFor();
  await department.evaluate(axe);
  await web.shot(department, "consult-notice");
  await department.getByRole("button", { name: "关闭提示音" }).click();
  await department.getByRole("button", { name: "打开提示音" }).waitFor();
  await department.getByRole("button", { name: "知道了" }).click();
  await department.reload();
  await department.getByRole("link", { name: /2 个在线咨询等待接待/ }).click();
  await department
    .getByText(/^\d+:\d\d 后转为留言$/)
    .first()
    .waitFor();
  assert.equal(await notice.count(), 0, "what was heard isn't told again");
  assert.equal(
    await department.getByRole("switch", { name: "新咨询提示音" }).isChecked(),
    false,
    "the choice is remembered",
  );
  const waiting = department.getByRole("navigation", { name: "在线咨询列表" });
  await waiting.getByRole("button", { name: /需要哪些材料/ }).waitFor();
  await waiting.getByRole("button", { name: /注册资本.*吴\*/ }).waitFor();
  await department.keyboard.press("Alt+ArrowDown");
  await department.getByRole("log").getByText("申请材料：").waitFor();
  const put = department.getByLabel("答复内容");
  await put.fill("没写完的答复");
  await department.keyboard.press("Alt+ArrowDown");
  await department.getByRole("log").getByText("<b>注册资本</b>要马上缴吗").waitFor();
  assert.equal(await put.inputValue(), "", "each conversation has a draft of its own");
  await department.keyboard.press("Alt+k");
  await department.keyboard.type("注册资本");
  await department
    .getByRole("region", { name: "常用答复" })
    .getByRole("button", { name: /注册资本/ })
    .first()
    .click();
  assert.notEqual(await put.inputValue(), "");
  await put.fill("认缴制，五年内缴足。");
  await put.press("Enter");
  await mine.getByRole("log").getByText("认缴制，五年内缴足。").waitFor();
  await department.evaluate(axe);
  await web.shot(department, "consult-staff");

  // The line is cut while both speak: each thing arrives, once.
  await mine.context().setOffline(true);
  await put.fill("出资时间写进章程。");
  await put.press("Enter");
  await mine.getByLabel("输入您的问题").fill("可以用设备出资吗？");
  await mine.getByLabel("输入您的问题").press("Enter");
  await mine.getByRole("button", { name: "重发" }).waitFor();
  await mine.context().setOffline(false);
  await mine.getByRole("button", { name: "重发" }).click();
  await mine.getByRole("log").getByText("出资时间写进章程。").waitFor();
  await department.getByRole("log").getByText("可以用设备出资吗？").waitFor();
  await mine.reload();
  for (const line of ["认缴制，五年内缴足。", "出资时间写进章程。", "可以用设备出资吗？"]) {
    await mine.getByRole("log").getByText(line).waitFor();
    assert.equal(await mine.getByRole("log").getByText(line).count(), 1, line);
  }

  await department.getByRole("button", { name: "转交", exact: true }).click();
  await department.getByRole("combobox", { name: "转给部门" }).press("Enter");
  await department.getByRole("option", { name: /政务服务管理办公室/ }).click();
  await department.getByLabel("转交说明（提问人看不到）").fill("出资方式请窗口说明");
  await department.getByRole("button", { name: "转交", exact: true }).last().click();
  await mine.getByText(/已转给.*政务服务管理办公室/).waitFor();
  assert.equal(await mine.getByText("出资方式请窗口说明").count(), 0);
  await staff.goto(`${base}/staff/desk/live`);
  await staff.getByRole("button", { name: /注册资本/ }).click();
  await staff.getByText("出资方式请窗口说明").waitFor();
  await staff.getByLabel("答复内容").fill("可以，须评估作价。");
  await staff.getByLabel("答复内容").press("Enter");
  await mine.getByRole("log").getByText("可以，须评估作价。").waitFor();
  await staff.getByRole("button", { name: "结束", exact: true }).click();
  await mine.getByText("工作人员已结束本次咨询").waitFor();

  await guest.getByRole("button", { name: "转为留言" }).click();
  await guest.getByLabel("手机号（可不填，有答复时短信通知）").fill("13800138000");
  await guest.getByRole("button", { name: "确认转为留言" }).click();
  const [written] = await Promise.all([
    guest.context().waitForEvent("page"),
    guest.getByRole("link", { name: "查看留言和答复" }).click(),
  ]);
  await written.getByText(/ZX20261123\d{4}/).waitFor();
  await staff.goto(`${base}/staff/desk/records`);
  await staff.getByRole("cell", { name: "东湖区市场监督管理局" }).first().waitFor();
  await staff.getByRole("link", { name: /注册资本/ }).waitFor();
  await web.shot(staff, "consult-records");
  for (const page of [guest, department]) await page.context().close();
});

/** Keeps a picture of a page, which is no wider than the screen, large enough and without barriers. */
async function clean(page, name, least) {
  await web.shot(page, name);
  const seen = await page.evaluate(
    (target) => ({
      over: Math.max(0, document.documentElement.scrollWidth - innerWidth),
      low: [...document.querySelectorAll("main button, main .button, main textarea")]
        .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < target - 0.5)
        .map((e) => e.outerHTML.slice(0, 90)),
    }),
    least,
  );
  assert.deepEqual(seen, { over: 0, low: [] }, name);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  assert.deepEqual(
    violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`),
    [],
    name,
  );
}

const looks = [
  { name: "desk", width: 1280, height: 720, target: 48 },
  { name: "phone", width: 375, height: 812, target: 48 },
  { name: "elder-phone", width: 375, height: 812, target: 60, elder: true },
];
for (const look of looks) {
  test(`the pages keep to the screen and have no barrier: ${look.name}`, async () => {
    for (const path of [
      "/ask/new?item=business-licence",
      "/feedback/suggestion",
      "/answers",
      "/ratings",
      "/consult",
    ]) {
      const page = await open(path, look);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
      const small = await page.evaluate(
        (least) =>
          [
            ...document.querySelectorAll(
              "main button, main .button, main select, main input:not([type=hidden]), main textarea",
            ),
          ]
            .map((e) => (e.matches("[type=radio], [type=checkbox]") ? e.closest("label") : e))
            .filter((e) => e.getBoundingClientRect().height < least)
            .map((e) => e.outerHTML.slice(0, 80)),
        look.target,
      );
      assert.deepEqual(small, [], `${path}: targets below ${look.target} px`);
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(
        found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`),
        [],
        path,
      );
      await page.context().close();
    }
  });
}
