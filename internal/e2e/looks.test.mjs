// The main pages look as they did when somebody last agreed: see
// support/baseline.mjs. `UPDATE=1 node --test looks.test.mjs` keeps new baselines;
// look at the small pictures in the diff before you agree.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBaselines } from "./support/baseline.mjs";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { checkAxe } from "./support/look.mjs";
import { signIn, signInWall, usable } from "./support/pages.mjs";

const PORT = 13_400;
let hall;
let web;
let compare;
before(async () => {
  const screen = { id: "screen", profile: "generic/web-pad", port: "page:pad" };
  [hall, web] = await Promise.all([
    startHall(
      "looks",
      PORT,
      { "counter-3": { devices: [screen] } },
      {
        platform: true,
        idle: "5m",
        clock: "2026-11-23T10:20:00+08:00",
      },
    ),
    openBrowser([], { ownFont: true }),
  ]);
  compare = await openBaselines(web);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Compares page once fonts are there and what moves in has come to rest. */
async function looks(page, name) {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const moving = document
      .getAnimations()
      .filter((a) => a.playState === "running" && a.effect?.getComputedTiming().endTime < 4000);
    await Promise.allSettled(moving.map((a) => a.finished));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  await compare(page, name);
}

/** Compares page once more at another size of screen, and gives it its own back. */
async function looksAt(page, name, width, height) {
  const own = page.viewportSize();
  await page.setViewportSize({ width, height });
  await looks(page, `${name}-${width}x${height}`);
  await page.setViewportSize(own);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Looks at a kiosk's page as it is where the computer is set to dark, as at night in a lobby. */
async function looksDark(page, name) {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator(':root[data-theme="dark"]').waitFor();
  await checkAxe(page, `${name} in the dark`, { coloursOnly: true });
  await web.shot(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator(':root[data-theme="light"]').waitFor();
}

/** Opens an area of the kiosk's home page; a touch while the page still changes its shape may miss. */
async function open(page, button, shown) {
  const there = () => page.getByText(shown).first();
  await until(`"${shown}" is shown`, async () => {
    if (await there().isVisible()) return true;
    await page
      .getByRole("button", { name: button })
      .first()
      .click({ timeout: 2000 })
      .catch(() => {});
    return there()
      .waitFor({ timeout: 4000 })
      .then(
        () => true,
        () => false,
      );
  }).catch(async (err) => {
    await web.shot(page, "looks-missed");
    throw err;
  });
}

const press = (page, name) => page.getByRole("button", { name }).first().click();

async function take(service, phone) {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  return hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service, channel: "phone", person: { name: "王小明", phone } }),
  });
}

test("the manager's board, as plan and as list", async () => {
  const page = await web.open(`${hall.urls.hall}/board`);
  await page.getByLabel("账号").waitFor();
  await looks(page, "login");
  await page.emulateMedia({ colorScheme: "dark" });
  await looks(page, "login-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await signInWall(page, "manager");
  await page.getByRole("region", { name: "平面图" }).waitFor();
  await page.getByText("考勤异常").first().waitFor();
  await looks(page, "manager");
  await looksAt(page, "manager", 1280, 720);
  await press(page, "语言和外观");
  await page.getByLabel("浅色").check();
  await page.keyboard.press("Escape");
  await looks(page, "manager-light");
  await page.evaluate(() => localStorage.clear());
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`${hall.urls.hall}/board?view=list&lang=en`);
  await page.getByText("Attendance exception").first().waitFor();
  await looks(page, "manager-list-en");
  await page.close();
});

test("a page that looks otherwise is told", { skip: Boolean(process.env.UPDATE) }, async () => {
  const page = await web.open(`${hall.urls.hall}/login`);
  await page.getByLabel("账号").waitFor();
  await page.addStyleTag({ content: "main { transform: translateX(4%) }" });
  await assert.rejects(compare(page, "login"), /moved: main/);
  await page.addStyleTag({ content: "main { transform: none; filter: invert(1) }" });
  await assert.rejects(compare(page, "login"), /cells have another colour/);
  await page.close();
});

test("the kiosk", async () => {
  const page = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await page.getByText("请把身份证放在读卡区").waitFor();
  await looks(page, "kiosk-home");
  await looksAt(page, "kiosk-home", 1920, 1080);
  await looksDark(page, "kiosk-home");
  for (const [button, shown, name] of [
    [/办事指南/, "您想办什么", "kiosk-guide"],
    [/办件查询/, "输入编号查", "kiosk-query"],
    [/样表/, "您要填哪项业务的表", "kiosk-samples"],
    [/楼层图/, "您要去哪里", "kiosk-floor"],
    [/大厅介绍/, "法律", "kiosk-hall"],
  ]) {
    await open(page, button, shown);
    await looks(page, name);
    await looksDark(page, name);
    if (["kiosk-guide", "kiosk-query"].includes(name)) await looksAt(page, name, 1920, 1080);
    await press(page, "重新开始");
  }
  await press(page, /长者模式/);
  await press(page, /轮椅模式/);
  await press(page, "English");
  await page.getByText("Place your ID card on the reader").waitFor();
  await looks(page, "kiosk-home-en-large-low");
  await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen" });
  await page.getByRole("list", { name: "Services" }).waitFor();
  await looks(page, "kiosk-services-en-large-low");
  await press(page, /^Standard/);
  await press(page, /^Wheelchair/);
  await press(page, "中文");
  await page.getByRole("heading", { name: "请选择要办理的业务" }).waitFor();
  await looks(page, "kiosk-services");
  await looksAt(page, "kiosk-services", 1920, 1080);
  await looksDark(page, "kiosk-services");
  await hall.sim.act("kiosk-1-reader", "lift");
  await page.close();
});

test("the counter, the pad and the screens", async () => {
  const page = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(page, "zhao");
  for (const n of [1, 2, 3]) await take("social-insurance", `1390000000${n}`);
  await page.getByText("E003").first().waitFor();
  await page.keyboard.press("F1");
  await page.getByText("已叫号").first().waitFor();
  await looks(page, "counter");
  await looksAt(page, "counter", 1920, 1080);
  const pad = await web.open(`${hall.urls.counters[2]}/pad`, 1280, 800);
  await pad.getByText("请到窗口").waitFor();
  await looks(pad, "pad");
  await press(pad, "English");
  await pad.getByText("Please come to the window").waitFor();
  await pad.getByText("Social insurance").waitFor(); // the hall's own words, too
  await looks(pad, "pad-en");
  const board = await web.open(`${hall.urls.display}/board`);
  await board.getByText("E001").first().waitFor();
  await looks(board, "board");
  await looksAt(board, "board", 1280, 720);
  const window = await web.open(`${hall.urls.display}/window?window=3`);
  await window.getByText("E001").first().waitFor();
  await looks(window, "window");
  await looksAt(window, "window", 1280, 720);
  const shared = await web.open(`${hall.urls.display}/window?screen=C1&lang=en`, 1280, 720);
  await shared.getByText("Household registration").waitFor();
  await looks(shared, "window-shared-en");
  await page.keyboard.press("F3");
  await usable(page, "完成");
  await page.keyboard.press("F5");
  await page.getByRole("dialog").getByRole("combobox").waitFor();
  await looks(page, "counter-transfer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("F11");
  await page.getByRole("region", { name: "材料", exact: true }).waitFor();
  await looks(page, "counter-materials");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1280, height: 720 });
  await press(page, "语言和外观");
  await page.getByLabel("English").check();
  await page.getByLabel("Dark").check();
  await page.keyboard.press("Escape");
  await page.getByText("Next step").waitFor();
  await looks(page, "counter-en-dark");
});

test("the phone", async () => {
  const ticket = await take("real-estate", "13900000009");
  const page = await web.open(`${hall.urls.hall}${new URL(ticket.url, hall.urls.hall).pathname}`, 375, 812);
  await page.getByText(ticket.number).first().waitFor();
  await looks(page, "phone-ticket");
  await page.goto(`${hall.urls.hall}/plan?windows=3,8`);
  await page.getByText("到达 8 号窗口").first().waitFor();
  await looks(page, "phone-plan");
  await page.emulateMedia({ colorScheme: "dark" });
  await looks(page, "phone-plan-dark");
  await page.goto(`${hall.urls.hall}${new URL(ticket.url, hall.urls.hall).pathname}?lang=en`);
  await page.getByText("before you").first().waitFor();
  await looks(page, "phone-ticket-en-dark");
});
