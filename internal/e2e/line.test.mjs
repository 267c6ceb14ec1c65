// The whole line, through real programs and pages: a citizen finds an item by a
// colloquial word, registers and books on the portal; the next day her card at
// the kiosk is a ticket with precedence; she is called, the clerk takes her case
// on from the counter to the platform's desk, accepts it with a scanned sheet and
// one material that comes later; three departments examine it side by side, one
// of them twice; it is decided, the licence issued, handed out by card, rated, and
// supervision shows every step with its time. On SQLite and, where
// SMARTHALL_POSTGRES names a server, on PostgreSQL.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { emptyDatabase } from "./support/database.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const MONDAY = "2026-11-23T15:00:00+08:00";
const CODE = "246810"; // every code of the demo city
const ITEM = "食品经营许可证核发（新办）";
const citizen = {
  name: "周样例",
  number: cardNumber("1979-03-08", false),
  phone: "13900000017",
  password: "citizen2026",
};

const engines = [["SQLite", 10000]];
if (process.env.SMARTHALL_POSTGRES) engines.push(["PostgreSQL", 10040, process.env.SMARTHALL_POSTGRES]);

for (const [engine, port, server] of engines) {
  describe(`the line from the portal to supervision, on ${engine}`, () => {
    let hall;
    let web;
    let portal;
    let booked;
    let ticket;
    let counter;
    let desk;
    let caseNo;
    before(async () => {
      const database = server ? emptyDatabase(server) : undefined;
      [hall, web] = await Promise.all([
        startHall(`line-${engine.toLowerCase()}`, port, {}, { platform: true, database, clock: MONDAY }),
        openBrowser(),
      ]);
    });
    after(async () => {
      await web?.close();
      assert.deepEqual(await hall?.close(), [], "every program ends in peace");
      assert.deepEqual(web?.errors, [], "no page reported an error");
    });

    /** Asks the platform in the name of whoever is signed in on a page. */
    const asked = async (page, path) =>
      (await page.request.get(`${hall.urls.platform}/api/v1${path}`)).json();
    const mine = (path) => asked(portal, path);

    /** Signs her in again: a session doesn't outlive the evening. */
    async function comeBack() {
      await portal.goto(`${hall.urls.platform}/login`);
      await portal.getByLabel("身份证号或手机号").fill(citizen.phone);
      await portal.getByLabel("密码").fill(citizen.password);
      await portal.getByLabel("短信验证码").fill(CODE);
      await portal.getByRole("button", { name: "登录", exact: true }).click();
      await portal.getByRole("heading", { name: /您好/ }).waitFor();
    }

    /** Opens a page of the workspace for a member of staff. */
    async function staff(account, path) {
      const page = await web.open(`${hall.urls.platform}/healthz`, 1366, 768);
      const answer = await page.request.post(`${hall.urls.platform}/api/v1/staff/sessions`, {
        data: { account, password: "demo1234", code: CODE },
      });
      assert.equal(answer.status(), 200, account);
      await page.goto(hall.urls.platform + path);
      return page;
    }

    test("she finds the item by a colloquial word and reads its guide", async () => {
      portal = await web.open(hall.urls.platform, 1280, 900);
      await web.shot(portal, `portal-home-${engine}`);
      await portal.locator('input[name="q"]').first().fill("开饭店");
      await portal.keyboard.press("Enter");
      const found = portal.getByRole("link", { name: ITEM }).first();
      await found.waitFor();
      await web.shot(portal, `portal-search-${engine}`);
      await found.click();
      await portal.getByRole("heading", { level: 1, name: ITEM }).waitFor();
      await portal
        .getByText(/7\s*个工作日/)
        .locator("visible=true")
        .first()
        .waitFor();
      await web.shot(portal, `portal-item-${engine}`);
    });

    test("she registers with her real name and books the next morning", async () => {
      await portal.getByRole("link", { name: /预约/ }).first().click();
      await portal.getByRole("heading", { name: "预约办事" }).waitFor();
      await portal.getByRole("button", { name: /11月24日/ }).click();
      await portal.getByRole("button", { name: /^0?9:00/ }).click();
      await web.shot(portal, `portal-book-${engine}`);
      await portal.getByRole("button", { name: "登录并预约" }).click();
      await portal.getByRole("link", { name: "还没有账号，去注册" }).click();

      await portal.getByLabel("姓名").fill(citizen.name);
      await portal.getByLabel("身份证号码").fill(citizen.number);
      await portal.getByLabel("手机号码").fill(citizen.phone);
      await portal.getByRole("button", { name: "获取验证码" }).click();
      await portal.getByText("验证码已发送").waitFor();
      await portal.getByLabel("短信验证码").fill(CODE);
      await web.shot(portal, `portal-register-${engine}`);
      await portal.getByRole("button", { name: "下一步" }).click();
      await portal.getByLabel(/请填写/).fill("DH12345678");
      await portal.getByRole("button", { name: "下一步" }).click();
      await portal.getByLabel(/^密码/).fill(citizen.password);
      await portal.getByLabel("再输入一次密码").fill(citizen.password);
      await portal.getByRole("checkbox").check();
      await portal.getByRole("button", { name: "同意并注册" }).click();

      await portal.getByRole("heading", { name: "预约办事" }).waitFor();
      await portal.getByRole("button", { name: /11月24日/ }).click();
      await portal.getByRole("button", { name: /^0?9:00/ }).click();
      await portal.getByRole("button", { name: "确认预约" }).click();
      await portal.getByRole("heading", { name: "预约成功" }).waitFor();
      await web.shot(portal, `portal-booked-${engine}`);
      [booked] = (await mine("/me/appointments")).appointments;
      assert.equal(booked.state, "booked");
      await until("the hall knows it", async () =>
        (await hall.api("/appointments?day=2026-11-24")).appointments.find((a) => a.id === booked.id),
      );
    });

    test("the next day her card is a ticket with precedence, and the paper names the slot", async () => {
      await hall.travel("2026-11-24T09:02:00+08:00");
      await comeBack();
      const walkIn = await hall.api("/tickets", {
        method: "POST",
        body: JSON.stringify({ service: booked.service, channel: "phone" }),
      });
      const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
      const { name, number } = citizen;
      await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen", person: { name, number } });
      await kiosk.getByRole("button", { name: /签到取号/ }).click();
      ticket = await until("checked in", async () =>
        (await hall.api(`/tickets?service=${booked.service}`)).tickets.find(
          (t) => t.appointment === booked.id,
        ),
      );
      await until("the paper", async () =>
        new TextDecoder("gb18030").decode(await hall.sim.received("kiosk-1-printer")).includes(ticket.number),
      );
      await until("the portal heard of it", async () => {
        const [a] = (await mine("/me/appointments")).appointments;
        return a.state === "checked-in";
      });

      counter = await web.open(hall.urls.counters[0], 1366, 768);
      await signIn(counter, "li");
      await usable(counter, "下一位");
      await counter.keyboard.press("F1");
      await until("she is called before an earlier walk-in", async () =>
        ["called"].includes((await hall.api(`/tickets/${ticket.id}`)).state),
      );
      assert.equal((await hall.api(`/tickets/${walkIn.id}`)).state, "waiting");
      await usable(counter, "到达");
      await counter.keyboard.press("F3");
      await usable(counter, "完成");
    });

    const step = () => desk.getByRole("button", { name: /^下一步/ });
    /** Presses the desk's next-step key once it says what it will do. */
    async function next(what) {
      await desk.getByRole("button", { name: new RegExp(`^下一步：${what}`) }).waitFor();
      await until(`${what} can be done`, () => step().isEnabled());
      await desk.keyboard.press("F2");
    }
    const caseID = () => new URL(desk.url()).pathname.split("/").at(-1);
    const view = () => asked(desk, `/acceptance/cases/${caseID()}`);

    test("her card is read and a drawing scanned at the counter, which hands the visit to the desk", async () => {
      await hall.sim.act("counter-1-reader", "lay", {
        card: "citizen",
        person: { name: citizen.name, number: citizen.number },
      });
      await counter.getByRole("region", { name: "证件" }).getByText("居民身份证").waitFor();
      const { sheets } = await hall.sim.device("counter-1-camera");
      await hall.sim.act("counter-1-camera", "lay-sheet", { sheet: sheets[0].id ?? sheets[0] });
      await counter.keyboard.press("F11");
      const preview = counter.getByRole("img", { name: "高拍仪画面" });
      await until("frames come", () => preview.evaluate((img) => img.naturalWidth > 100));
      await counter.keyboard.press("F11");
      const panel = counter.getByRole("region", { name: "材料", exact: true });
      await until(
        "the page is ready",
        async () => (await panel.getByRole("list", { name: "页面" }).locator("img").count()) === 1,
      );
      await panel.getByLabel("材料名称").fill("平面布局图");
      await counter.keyboard.press("Control+Enter");
      await panel.getByRole("link", { name: "平面布局图" }).waitFor();
      await counter.keyboard.press("Escape");

      [desk] = await Promise.all([counter.context().waitForEvent("page"), counter.keyboard.press("Alt+s")]);
      desk.on("pageerror", (err) => web.errors.push(`desk: ${err.message}`));
      await desk.getByLabel("工作账号").fill("shouli");
      await desk.getByLabel("密码").fill("demo1234");
      await desk.keyboard.press("Enter");
      await desk.getByLabel("6 位动态码").fill(CODE);
      await desk.keyboard.press("Enter");
      await desk.getByText(ticket.number, { exact: true }).waitFor();
      await desk.getByText("已刷身份证").waitFor();
      assert.equal(await desk.getByLabel("身份证号码").inputValue(), citizen.number);
    });

    /** Fills in what the form asks of a restaurant. */
    async function restaurant() {
      const form = desk.locator("form").filter({ has: desk.getByLabel("经营场所面积") });
      await form.getByLabel("经营者名称").fill("东湖区周记面馆");
      await form.getByLabel("统一社会信用代码").fill("91330102DEM000101H");
      await form.getByLabel("法定代表人（负责人）").fill(citizen.name);
      await form.getByRole("radio", { name: "5 年" }).check();
      const selects = form.locator("select");
      for (let level = 0; level < (await selects.count()); level++) {
        await selects.nth(level).selectOption({ index: 1 });
        await desk.waitForLoadState("networkidle");
      }
      await form.getByLabel("详细地址").fill("湖滨路100号");
      await form.getByLabel("经营场所面积").fill("120");
      await form.getByLabel("其中食品处理区面积").fill("40");
      await form.getByLabel("就餐座位").fill("30");
      await form.getByRole("radio", { name: "否", exact: true }).check();
      await form.getByRole("checkbox", { name: "热食类食品制售" }).check();
      await form.getByRole("radio", { name: "市政供水" }).check();
      const manager = form.getByRole("group", { name: "食品安全管理员" });
      await manager.getByLabel("姓名").fill(citizen.name);
      await manager.getByLabel("身份证号码").fill(citizen.number);
      await manager.getByLabel("联系电话").fill(citizen.phone);
      await form.getByRole("button", { name: "添加一行" }).click();
      const row = form.getByRole("group", { name: "接触直接入口食品的从业人员" });
      await row.getByLabel("姓名").fill(citizen.name);
      await row.getByLabel("身份证号码").fill(citizen.number);
      await row.getByLabel("岗位").fill("厨师");
      await row.getByLabel("健康证有效期至").fill("2027-11-01");
    }

    test("the case is accepted with the scanned drawing and one material that comes later", async () => {
      await next("录入申请人");
      await desk.getByLabel("手机号码").fill(citizen.phone);
      await next("选择事项");
      await desk.getByText(ITEM).waitFor();
      await desk.keyboard.press("1");
      await desk.getByText("打算经营什么？").waitFor();
      await desk.keyboard.press("3");
      await desk.getByText("做凉菜、刺身、裱花蛋糕吗？").waitFor();
      await desk.keyboard.press("2");
      await desk.getByText("由谁来办理？").waitFor();
      await desk.keyboard.press("1");
      await next("开始受理");
      await desk.waitForURL(/\/acceptance\/cases\//);
      await next("填写申请表");
      await desk.getByLabel("经营场所面积").waitFor();
      await restaurant();
      await desk.getByText("已保存").waitFor();
      await web.shot(desk, `line-form-${engine}`);
      await next("审查第 1 项");
      await desk.keyboard.press("o");
      await next("审查第 2 项");
      await desk.keyboard.press("o");
      await next("审查第 3 项");
      await desk.keyboard.press("a");
      await desk.getByRole("link", { name: /平面布局图/ }).waitFor();
      await desk.keyboard.press("o");
      await next("审查第 4 项");
      await desk.keyboard.press("o");
      await next("审查第 5 项");
      await desk.keyboard.press("r");
      await web.shot(desk, `line-materials-${engine}`);
      await next("受理");
      await desk
        .getByRole("dialog")
        .getByText(/从业人员健康证明.*前补交/)
        .waitFor();
      await desk.keyboard.press("F2");
      await desk.getByRole("button", { name: /^下一步：打印文书/ }).waitFor();
      const v = await view();
      assert.equal(v.state, "accepted");
      assert.deepEqual([v.hall, v.window, v.ticket], ["demo", "1", ticket.id]);
      assert.equal(v.materials.filter((m) => m.due).length, 1, "one comes later");
      caseNo = v.caseNo;
      await web.shot(desk, `line-accepted-${engine}`);
    });

    test("the visit ends with her rating", async () => {
      await counter.bringToFront();
      await counter.keyboard.press("F8");
      await until("the pad asks", async () => (await hall.sim.device("counter-1-pad")).armed);
      await hall.sim.act("counter-1-pad", "press", { key: 5 });
      await until("the rating", async () => (await hall.api(`/tickets/${ticket.id}`)).score === 5);
    });

    /** Opens the task of the case from a view of the work list, and claims it. */
    async function task(page, list) {
      await page.goto(`${hall.urls.platform}/staff/tasks?view=${list}`);
      await page.getByRole("textbox", { name: "办件编号、事项、经办人" }).fill(caseNo);
      await page
        .getByRole("row", { name: new RegExp(caseNo) })
        .getByRole("link")
        .click();
      await page.getByRole("region", { name: "我的意见" }).waitFor();
      if (list === "claimable") await page.getByRole("button", { name: /^领取/ }).click();
    }
    /** Says yes to the question before a verb; the next task or the list comes by itself. */
    async function agree(page, label) {
      const before = page.url();
      await page.getByRole("dialog").getByRole("button", { name: label, exact: true }).click();
      await page.waitForURL((url) => url.href !== before);
    }
    async function pass(page, list) {
      await task(page, list);
      await page.getByRole("button", { name: /^同意/ }).click();
      await agree(page, "同意");
    }

    test("three departments examine it side by side, one of them twice, and it is decided", async () => {
      const health = await staff("weishen", "/staff/tasks");
      for (const account of ["shenpi", "xiaoshen"]) {
        const page = await staff(account, "/staff/tasks");
        await pass(page, "claimable");
        await page.context().close();
      }
      await pass(health, "claimable");
      const chief = await staff("shoudai", "/staff/tasks");
      await task(chief, "claimable");
      await chief.getByRole("button", { name: /^退回/ }).click();
      const dialog = chief.getByRole("dialog");
      await dialog.getByText("卫生健康局审查").first().click();
      await chief.getByText("重办后直接交回给我").click();
      await dialog.getByText(/退回“卫生健康局审查”.*办完直接交回给您/).waitFor();
      await chief.getByRole("textbox", { name: "退回的原因" }).fill("请补充现场照片");
      await web.shot(chief, `line-return-${engine}`);
      await agree(chief, "退回");

      await task(health, "mine");
      await health.getByRole("button", { name: "意见与经过" }).click();
      await health.getByText("请补充现场照片").waitFor();
      await health.getByRole("button", { name: /^同意/ }).click();
      await agree(health, "同意");
      await task(chief, "mine");
      await chief.getByRole("button", { name: /^同意/ }).click();
      await chief.getByText(/对本办件的决定：准予/).waitFor();
      await chief.getByRole("dialog").getByRole("button", { name: "同意", exact: true }).click();
      await chief.getByText("还有容缺材料没有补齐，补齐后才能作出准予决定").waitFor();

      await desk.keyboard.press("Alt+4");
      await desk.keyboard.press("5");
      await desk.keyboard.press("o");
      await until("the material that comes later is there", async () =>
        (await view()).materials.every((m) => m.review === "ok"),
      );
      await agree(chief, "同意");
      for (const page of [health, chief]) await page.context().close();
    });

    test("her space on the portal has the licence, and the window hands it out by her card", async () => {
      await until("the licence is issued", async () => (await mine(`/cases/${caseID()}`)).licence);
      await portal.goto(`${hall.urls.platform}/cases/${caseID()}`);
      await portal.getByText("食品经营许可证").first().waitFor();
      await web.shot(portal, `line-decided-${engine}`);
      await desk.bringToFront();
      await desk.reload();
      await next("发放结果");
      const dialog = desk.getByRole("dialog", { name: "发放结果" });
      const how = dialog.getByLabel("怎样核验身份");
      const same = dialog.getByText(/已刷身份证，与申请人.*一致/); // once the counter has said so again
      await how.or(same).waitFor();
      if (await how.count()) await how.fill("出示身份证，本人领取");
      await desk.keyboard.press("F2");
      await until("it is over", async () => (await view()).state === "closed");
    });

    test("the hotline tells her how it stands, by its number and the end of her ID number", async () => {
      const hotline = await staff("zixun", "/staff/desk/case");
      await hotline.getByLabel("办件编号或申请编号").fill(caseNo);
      await hotline.getByLabel("身份证号后四位").fill(citizen.number.slice(-4));
      await hotline.getByRole("button", { name: "查询", exact: true }).click();
      const told = hotline.getByRole("region", { name: "查询结果" });
      await told.getByRole("heading", { name: ITEM }).waitFor();
      assert.doesNotMatch(
        await told.innerText(),
        new RegExp(`${citizen.name}|${citizen.number}|${citizen.phone}`),
      );
      await web.shot(hotline, `line-hotline-${engine}`);
      await hotline.context().close();
    });

    test("she rates the case", async () => {
      const { rate } = await until("she may rate it", async () => {
        const one = await mine(`/cases/${caseID()}`);
        return one.rate ? one : undefined;
      });
      await portal.goto(new URL(rate, hall.urls.platform).href);
      await portal.getByRole("radio", { name: "非常满意" }).check();
      await portal.getByRole("button", { name: "提交评价" }).click();
      await portal.getByText("感谢您的评价：非常满意").waitFor();
      await web.shot(portal, `line-rated-${engine}`);
    });

    test("supervision shows every step with its time", async () => {
      const watcher = await staff("jiancha", "/staff/supervision");
      const seen = await until("supervision has heard of the end", async () => {
        const one = await asked(watcher, `/supervision/cases/${caseID()}`);
        return one.log?.some((l) => l.words.includes("评价 5 分")) ? one : undefined;
      });
      assert.equal(seen.case.state, "closed");
      assert.ok(
        seen.steps.length >= 5 && seen.steps.every((s) => s.done && s.result),
        "every step has its end",
      );
      assert.deepEqual(
        seen.steps.filter((s) => s.result === "returned").map((s) => s.name),
        ["市场监管局决定"],
        "who decides returned it once",
      );
      await watcher.goto(`${hall.urls.platform}/staff/supervision/cases/${caseID()}`);
      const steps = [
        "受理",
        "进入环节：市场监管局审查",
        "进入环节：卫生健康局审查",
        "进入环节：消防救援大队审查",
        "退回：",
        "作出准予决定",
        "电子证照签发",
        "办结归档",
        "评价 5 分",
      ];
      for (const words of steps) await watcher.getByText(words).first().waitFor();
      await web.shot(watcher, `line-supervision-${engine}`);
    });

    test("after the day's end her space says that she was served, and what was sent to her", async () => {
      await hall.travel("2026-11-25T08:00:00+08:00");
      await comeBack();
      await until("the portal heard of it", async () => {
        const [a] = (await mine("/me/appointments")).appointments;
        return a?.state === "served";
      });
      await portal.reload();
      await portal.getByText("已办理").waitFor();
      await portal
        .getByRole("region", { name: "我的消息" })
        .getByRole("listitem")
        .first()
        .getByRole("button")
        .click();
      await web.shot(portal, `portal-my-${engine}`);
    });

    const appointments = () => portal.getByRole("region", { name: "我的预约" });
    const credit = () => portal.getByRole("group", { name: "预约信用" });
    /** Books her a visit of the item by the page. */
    async function bookAt(item, day, hour) {
      await portal.goto(`${hall.urls.platform}/book?item=${item}&hall=demo`);
      await portal.getByRole("button", { name: day }).click();
      await portal.getByRole("button", { name: hour }).click();
      await portal.getByRole("button", { name: "确认预约" }).click();
      await portal.getByRole("heading", { name: "预约成功" }).waitFor();
    }

    test("she moves a visit to another day, shows its code, and gives it up", async () => {
      await bookAt(booked.item, /11月26日/, /^0?9:00/);
      await portal.getByRole("link", { name: "我的预约" }).click();
      await appointments().getByRole("link", { name: "改期" }).click();
      await portal.getByRole("button", { name: /11月27日/ }).click();
      await portal.getByRole("button", { name: /^10:00/ }).click();
      await portal.getByRole("button", { name: "确认改期" }).click();
      await portal.getByRole("heading", { name: "改期成功" }).waitFor();
      await portal.getByRole("link", { name: "我的预约" }).click();
      await appointments()
        .getByText(/11月27日.*10:00/)
        .waitFor();
      await appointments().getByRole("button", { name: "二维码" }).click();
      const code = appointments().getByRole("img", { name: "预约二维码" });
      await until("the code is drawn", () => code.evaluate((img) => img.naturalWidth > 100));
      await web.shot(portal, `portal-my-code-${engine}`);
      const [moved] = (await mine("/me/appointments")).appointments;
      await until("the hall knows the other day", async () =>
        (await hall.api("/appointments?day=2026-11-27")).appointments.find((a) => a.id === moved.id),
      );
      await appointments().getByRole("button", { name: "取消预约" }).click();
      await appointments().getByRole("button", { name: "确定取消" }).click();
      await appointments().getByText("已取消").waitFor();
      await until("the hall knows that she doesn't come", async () =>
        (await hall.api("/appointments?day=2026-11-27")).appointments.every(
          (a) => a.id !== moved.id || a.state === "cancelled",
        ),
      );
    });

    test("who misses her visits is refused, appeals, and books again", async () => {
      const rules = await staff("yuyue", "/staff/appointments/credit");
      const most = rules.getByRole("spinbutton", { name: "允许未到次数" });
      await until("the rules are read", async () => (await most.inputValue()) === "3");
      await most.fill("1");
      await rules.getByRole("button", { name: "保存" }).click();
      await rules.getByText("已保存").waitFor();
      await rules.context().close();
      await portal.goto(`${hall.urls.platform}/my`);
      await credit()
        .getByText(/没有预约未到场.*满 2 次/)
        .waitFor();
      await bookAt(booked.item, /11月26日/, /^0?9:00/);
      await bookAt("business-licence", /11月26日/, /^10:00/);

      // The hall opens on the day, she doesn't come, and the next morning ends it.
      const visits = (await mine("/me/appointments")).appointments.filter((a) => a.day === "2026-11-26");
      const known = async () => {
        const { appointments: list } = await hall.api("/appointments?day=2026-11-26");
        return visits.every((v) => list.some((a) => a.id === v.id));
      };
      assert.equal(visits.filter((v) => v.state === "booked").length, 2);
      await until("the hall knows of both", known);
      await hall.travel("2026-11-26T16:00:00+08:00");
      await until(
        "the hall is open on that day",
        async () => (await hall.api("/board")).hall.day === "2026-11-26",
      );
      await hall.travel("2026-11-27T08:00:00+08:00");
      await comeBack();
      await until("she missed two", async () => (await mine("/me/appointments/credit")).suspension);
      await portal.goto(`${hall.urls.platform}/book?item=${booked.item}&hall=demo`);
      await portal.getByText("网上预约已暂停，暂时不能预约").waitFor();
      assert.equal(await portal.getByRole("button", { name: "确认预约" }).isEnabled(), false);
      const refused = await portal.request.post(`${hall.urls.platform}/api/v1/appointments`, {
        data: { hall: "demo", item: booked.item, day: "2026-11-30", from: "09:00", via: "portal" },
      });
      assert.equal((await refused.json()).code, "appointment.suspended");
      await portal.goto(`${hall.urls.platform}/my`);
      await credit().getByRole("textbox").fill("当天孩子急诊住院，有病历");
      await web.shot(portal, `portal-credit-${engine}`);
      await credit().getByRole("button", { name: "提交申诉" }).click();
      await credit().getByText("申诉已提交").waitFor();

      const answers = await staff("yuyue", "/staff/appointments/credit");
      const row = answers.getByRole("row", { name: /急诊住院/ });
      await row.getByRole("button", { name: "恢复预约" }).click();
      const dialog = answers.getByRole("dialog");
      await dialog.getByRole("textbox").fill("情况属实，予以恢复");
      await dialog.getByRole("button", { name: "恢复预约" }).click();
      await answers.getByText("没有待答复的申诉").waitFor();
      await answers.context().close();
      await portal.reload();
      await credit().getByText("情况属实，予以恢复").waitFor();
      await web.shot(portal, `portal-credit-lifted-${engine}`);
      await bookAt(booked.item, /11月30日/, /^0?9:00/);
    });
  });
}
