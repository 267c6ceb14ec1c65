// The hall as a node of the platform: a citizen registers on the portal, finds
// an item by a colloquial word, reads its guide and books; the next day her card
// at the kiosk is a ticket with precedence in its slot; she is called and rates
// the service, and her space on the portal says so. On SQLite and, where
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
const citizen = {
  name: "周样例",
  number: cardNumber("1979-03-08", false),
  phone: "13900000017",
  password: "citizen2026",
};

const engines = [["SQLite", 10000]];
if (process.env.SMARTHALL_POSTGRES) engines.push(["PostgreSQL", 10040, process.env.SMARTHALL_POSTGRES]);

for (const [engine, port, server] of engines) {
  describe(`a visit that begins on the portal, on ${engine}`, () => {
    let hall;
    let web;
    let portal;
    let booked;
    before(async () => {
      const database = server ? emptyDatabase(server) : undefined;
      [hall, web] = await Promise.all([
        startHall(`platform-${engine.toLowerCase()}`, port, {}, { platform: true, database, clock: MONDAY }),
        openBrowser(),
      ]);
    });
    after(async () => {
      await web?.close();
      assert.deepEqual(await hall?.close(), [], "every program ends in peace");
      assert.deepEqual(web?.errors, [], "no page reported an error");
    });

    /** Asks the platform in the citizen's name. */
    const mine = async (path) => (await portal.request.get(`${hall.urls.platform}/api/v1${path}`)).json();

    /** Signs her in again: a session doesn't outlive the evening. */
    async function comeBack() {
      await portal.goto(`${hall.urls.platform}/login`);
      await portal.getByLabel("身份证号或手机号").fill(citizen.phone);
      await portal.getByLabel("密码").fill(citizen.password);
      await portal.getByLabel("短信验证码").fill(CODE);
      await portal.getByRole("button", { name: "登录", exact: true }).click();
      await portal.getByRole("heading", { name: /您好/ }).waitFor();
    }

    test("she finds the item by a colloquial word and reads its guide", async () => {
      portal = await web.open(hall.urls.platform, 1280, 900);
      await web.shot(portal, `portal-home-${engine}`);
      await portal.locator('input[name="q"]').first().fill("转社保");
      await portal.keyboard.press("Enter");
      const found = portal.getByRole("link", { name: /基本养老保险关系转移接续/ }).first();
      await found.waitFor();
      await web.shot(portal, `portal-search-${engine}`);
      await found.click();
      await portal.getByRole("heading", { level: 1, name: /基本养老保险关系转移接续/ }).waitFor();
      await portal
        .getByText(/15\s*个工作日/)
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
      const ticket = await until("checked in", async () =>
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

      const counter = await web.open(hall.urls.counters[2], 1366, 768);
      await signIn(counter, "zhao");
      await usable(counter, "下一位");
      await counter.keyboard.press("F1");
      await until("she is called before an earlier walk-in", async () =>
        ["called"].includes((await hall.api(`/tickets/${ticket.id}`)).state),
      );
      assert.equal((await hall.api(`/tickets/${walkIn.id}`)).state, "waiting");
      await usable(counter, "到达");
      await counter.keyboard.press("F3");
      await usable(counter, "完成");
      await counter.keyboard.press("F8");
      await until("the pad asks", async () => (await hall.sim.device("counter-3-pad")).armed);
      await hall.sim.act("counter-3-pad", "press", { key: 5 });
      await until("the rating", async () => (await hall.api(`/tickets/${ticket.id}`)).score === 5);
    });

    test("after the day's end her space on the portal says that she was served, and what was sent to her", async () => {
      await hall.travel("2026-11-25T08:00:00+08:00");
      await comeBack();
      await until("the portal heard of it", async () => {
        const [a] = (await mine("/me/appointments")).appointments;
        return a?.state === "served";
      });
      await portal.reload();
      await portal.getByText("已办理").waitFor();
      await portal.getByRole("region", { name: "我的消息" }).getByRole("button").first().click();
      await web.shot(portal, `portal-my-${engine}`);
    });
  });
}
