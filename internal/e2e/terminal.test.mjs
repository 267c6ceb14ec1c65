// Self-service at a kiosk: a card, an item, its form, its materials by phone and
// by the document camera, a signature, and the case at the clerk's desk. What
// one person left nobody else sees, neither on the page nor behind it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";

const port = 12800;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const citizen = { name: "周样例", number: cardNumber("1979-03-08", false), phone: "13900000017" };
const other = { name: "钱样例", number: cardNumber("1981-06-11", true), phone: "13900000018" };
const base = `http://127.0.0.1:${port + 10}`;
let hall;
let web;
let kiosk;

before(async () => {
  [hall, web] = await Promise.all([
    startHall(
      "terminal",
      port,
      {
        "kiosk-1": {
          devices: [{ id: "camera", profile: "pikvm/ustreamer", port: `http://127.0.0.1:${port + 40}` }],
        },
        "kiosk-2": { settings: { idle: "8s" } },
      },
      { platform: true },
    ),
    openBrowser(),
  ]);
  await Promise.all([register(citizen), register(other)]);
  kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Asks the platform; a data makes it a change. */
async function platform(path, data, headers = {}) {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method: data ? "POST" : "GET",
    headers: { "Content-Type": "application/json", ...headers },
    body: data && JSON.stringify(data),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Registers somebody as she would at home. */
async function register({ name, number, phone }) {
  await platform("/codes", { purpose: "register", account: phone });
  await platform("/people", {
    name,
    number,
    phone,
    phoneCode: "246810",
    proofs: { "social-card": "A12345678" },
    password: "demo1234",
    agreement: "2026-11",
  });
}

const button = (name, exact = false) => kiosk.getByRole("button", { name, exact });
/** Presses a button once it can be pressed. */
const press = (name, exact) => button(name, exact).first().click();

/** Lays somebody's card on the kiosk's reader. */
async function lay({ name, number }) {
  await hall.sim.act("kiosk-1-reader", "lay", {
    card: "citizen",
    person: { name, number, birth: "1979-03-08" },
  });
}

/** Nothing serious for axe, nothing too small for a finger, nothing wider than the screen. */
async function fit(what, page = kiosk) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document.querySelector(".terminal"), {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    const serious = violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
    const small = [...document.querySelectorAll(".terminal :is(button, select, input)")]
      .filter((e) => e.offsetParent)
      .map((e) => ({ e, box: (e.closest("label") ?? e).getBoundingClientRect() }))
      .filter(({ box }) => box.height < 59.5)
      .map(({ e, box }) => `${Math.round(box.height)} px: ${e.outerHTML.slice(0, 100)}`);
    const wide = document.documentElement.scrollWidth > innerWidth ? ["wider than the screen"] : [];
    return [...serious, ...small, ...wide];
  });
  await web.shot(page, `terminal-${what}`);
  assert.deepEqual(found, [], what);
}

/** Goes through the form's questions; what isn't known yet is answered. */
async function fillIn() {
  const question = kiosk.locator(".question");
  await question.waitFor();
  await fit("form");
  while (await kiosk.locator("form.fill").count()) {
    const label = await question.locator(".label").first().innerText();
    if (/申请事项/.test(label)) {
      await question.locator("textarea").fill("家人去世，申请丧葬补助金");
      await kiosk.getByRole("group", { name: "屏幕键盘" }).waitFor();
      await press("a", true);
      assert.match(await question.locator("textarea").inputValue(), /a$/);
      await press("删除", true);
      assert.match(await question.locator("textarea").inputValue(), /丧葬补助金$/);
      await press("收起", true);
    } else if (/申请人类型/.test(label)) await question.getByText("个人").click();
    else if (/声明/.test(label)) await question.locator("input").first().check({ force: true });
    const now = () => kiosk.locator(".question .count").allInnerTexts();
    const [before] = await now();
    await kiosk.locator(".pager .submit").click();
    await until("the next question or page", async () => (await now())[0] !== before);
  }
}

/** The name that a page has for the card, as it stands in what it asks for. */
const sessionOf = (page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((e) => /\/terminal\/(\w+)/.exec(e.name)?.[1])
      .filter(Boolean)
      .pop(),
  );

/** One step after the other: after a failure the rest has nothing to stand on. */
let broken = false;
const step = (name, work) =>
  test(name, async (context) => {
    if (broken) return context.skip("an earlier step failed");
    broken = true;
    try {
      await work();
    } catch (err) {
      await web.shot(kiosk, "terminal-failure");
      throw err;
    }
    broken = false;
  });

step("a card lets its holder in, and she chooses an item", async () => {
  await until("the hall has its items", async () => (await hall.api("/items")).items?.length > 30);
  await press(/自助申报/);
  await kiosk.getByText("请把身份证放在读卡区").waitFor();
  await lay(citizen);
  await kiosk.getByText("您要办什么事").waitFor();
  assert.equal(await kiosk.getByText(citizen.name).count(), 0, "her name is masked");
  await fit("items");
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await fillIn();
});

step("a sheet under the camera and a picture from her phone are its material", async () => {
  await kiosk.getByText("亲属关系证明").waitFor();
  await press(/用高拍仪拍摄/);
  const [sheet] = (await hall.sim.device("kiosk-1-camera")).sheets;
  await hall.sim.act("kiosk-1-camera", "lay-sheet", { sheet: sheet.id });
  await kiosk.locator("canvas[data-sheet]").waitFor();
  await fit("camera");
  await press("拍摄", true);
  await press("就用这张");
  await kiosk.getByText("已有 1 个文件").waitFor();
  await press(/用手机上传/);
  const phone = await web.open(await kiosk.locator("img[data-url]").getAttribute("data-url"), 375, 812);
  await phone.locator("#pick").setInputFiles({
    name: "a.jpg",
    mimeType: "image/jpeg",
    buffer: await kiosk.screenshot({ type: "jpeg" }),
  });
  await kiosk.getByText("已收到 1 张照片").waitFor();
  await phone.close();
  await press("传好了");
  await kiosk.getByText("已有 2 个文件").waitFor();
  await fit("materials");
  await press("下一步", true);
});

step("she signs, hands it in and gets a receipt on paper", async () => {
  const field = kiosk.getByRole("img", { name: "签名的地方" });
  await field.waitFor();
  assert.ok(await button("签好了").isDisabled(), "an empty field is no signature");
  const { x, y } = await field.boundingBox();
  await kiosk.mouse.move(x + 80, y + 120);
  await kiosk.mouse.down();
  for (let i = 0; i < 30; i++) await kiosk.mouse.move(x + 80 + i * 14, y + 160 + Math.sin(i / 3) * 60);
  await kiosk.mouse.up();
  await fit("sign");
  await press("签好了");
  await kiosk.getByText("请核对后提交").waitFor();
  await kiosk.getByText("家人去世").waitFor();
  await fit("check");
  await press("提交申请");
  await kiosk.getByText("提交成功").waitFor();
  await kiosk.getByText(/^SQ\d{14}$/).waitFor();
  await kiosk.getByText("回执正在打印，请取走").waitFor();
  await fit("done");
});

step("the case lies on the clerk's desk, with its channel and her signature", async () => {
  const clerk = await web.open(`${base}/healthz`, 1366, 768);
  const answer = await clerk.request.post(`${base}/api/v1/staff/sessions`, {
    data: { account: "shouli", password: "demo1234", code: "246810" },
  });
  assert.equal(answer.status(), 200);
  await clerk.goto(`${base}/staff/acceptance`);
  await clerk
    .getByRole("button", { name: /丧葬补助金.*自助终端/ })
    .first()
    .click();
  await clerk.getByRole("button", { name: "身份" }).click();
  const link = clerk.getByRole("link", { name: "签名.png" });
  await link.waitFor();
  const file = await clerk.request.get(new URL(await link.getAttribute("href"), base).href);
  assert.equal((await file.body()).subarray(1, 4).toString(), "PNG");
  await web.shot(clerk, "terminal-desk");
  await clerk.close();
});

step("a draft that is left goes on for her alone; the next card sees nothing of it", async () => {
  await press("完成", true);
  await hall.sim.act("kiosk-1-reader", "lift");
  await press(/自助申报/);
  await lay(citizen);
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await kiosk.locator(".question").waitFor();
  await kiosk.getByText("已自动保存").waitFor();
  const session = await sessionOf(kiosk);
  const old = `${hall.urls.kiosks[0]}/terminal/${session}/platform/me/cases`;
  assert.equal((await fetch(old)).status, 200, "the page can ask while she stands there");

  await hall.sim.act("kiosk-1-reader", "lift");
  await lay(other);
  await kiosk.getByText("钱*").waitFor();
  assert.equal((await fetch(old)).status, 410, "the page of the person before gets nothing");
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await kiosk.locator(".question").waitFor();
  assert.equal(await kiosk.getByText("没有提交的申请").count(), 0, "her draft isn't another's");

  await hall.sim.act("kiosk-1-reader", "lift");
  await press("重新开始");
  await press(/自助申报/);
  await lay(citizen);
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await kiosk.getByText("没有提交的申请").waitFor();
  await press(/接着填写/);
});

step("she goes on by phone, with all that she filled in", async () => {
  await press("用手机继续");
  await kiosk.getByRole("img", { name: "用手机扫的二维码" }).waitFor();
  await fit("phone");
  const code = (await kiosk.getByLabel("接续码", { exact: true }).innerText()).replace(/\s/g, "");
  const phone = await web.open(`${base}/apply?code=${code}`, 375, 812);
  await phone.request.post(`${base}/api/v1/codes`, { data: { purpose: "login", account: citizen.number } });
  const signed = await phone.request.post(`${base}/api/v1/sessions`, {
    data: { account: citizen.number, password: "demo1234", code: "246810" },
  });
  assert.equal(signed.status(), 200);
  await phone.reload();
  await phone.getByRole("button", { name: "继续填写" }).click();
  await phone.getByRole("heading", { name: /丧葬补助金/ }).waitFor();
  await phone.close();
  await press("我已扫码");
});

step("a machine that is left alone forgets who stood there", async () => {
  const left = await web.open(hall.urls.kiosks[1], 1080, 1920);
  await left.getByRole("button", { name: /自助申报/ }).click();
  await hall.sim.act("kiosk-2-reader", "lay", {
    card: "citizen",
    person: { name: citizen.name, number: citizen.number },
  });
  await left.getByText("您要办什么事").waitFor();
  await hall.sim.act("kiosk-2-reader", "lift");
  assert.match(await left.content(), /周\*/);
  const session = await sessionOf(left);
  await left.getByRole("button", { name: /自助申报/ }).waitFor();
  assert.doesNotMatch(await left.content(), /周\*|您要办什么事/, "nothing of her is on the page");
  const gone = await fetch(`${hall.urls.kiosks[1]}/terminal/${session}/platform/me/cases`);
  assert.equal(gone.status, 410, "the machine has forgotten her, too");
  await left.close();
});
