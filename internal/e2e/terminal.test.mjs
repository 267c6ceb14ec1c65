// Self-service at a kiosk: a card, an item, its form, its materials by phone and
// by the document camera, a signature, and the case at the clerk's desk. What
// one person left nobody else sees, neither on the page nor behind it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { inModes } from "./support/modes.mjs";
import { nothingOf, nothingOnDisk, steps } from "./support/private.mjs";

const port = 12800;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const photo = join(createRequire(import.meta.url).resolve("@vladmandic/face-api"), "../../demo/sample2.jpg");
const citizen = { name: "周样例", number: cardNumber("1979-03-08", false), phone: "13900000017" };
const other = { name: "钱样例", number: cardNumber("1981-06-11", true), phone: "13900000018" };
/** Of the made-up city: the accountant who handles things for a restaurant. */
const handler = { name: "郭伟", number: "330100197802140528", phone: "13800000106" };
const base = `http://127.0.0.1:${port + 10}`;
let hall;
let web;
let kiosk;
/** The machine that somebody stands at. */
let machine = "kiosk-1";
/** Asks the platform as the clerk; what was handed in. */
let atDesk;
const handed = {};

before(async () => {
  [hall, web] = await Promise.all([
    startHall(
      "terminal",
      port,
      {
        "kiosk-1": {
          devices: [{ id: "camera", profile: "pikvm/ustreamer", port: `http://127.0.0.1:${port + 40}` }],
        },
        // Its card photos are all of one person: what reads them is a program that the hall brings along.
        "kiosk-2": { settings: { idle: "12s", face: { on: true }, photo_decoder: ["cat", photo] } },
      },
      { platform: true },
    ),
    openBrowser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]),
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

/** Hands the application in, once what was chosen before is stored. */
const handIn = () =>
  kiosk.locator(".submit:not([aria-busy]):enabled", { hasText: /提交申请|Submit application/ }).click();

/** Writes a word of [syllable, character, …] into a field by the machine's own keys; nobody has a keyboard there. */
async function byPinyin(field, word, want) {
  await field.click();
  const keys = kiosk.getByRole("group", { name: "屏幕键盘" });
  for (const [i, part] of word.entries()) {
    if (i % 2 === 1)
      await keys
        .getByRole("group", { name: "选字" })
        .getByRole("button", { name: part, exact: true })
        .click();
    else for (const letter of part) await keys.getByRole("button", { name: letter, exact: true }).click();
  }
  await until(want, async () => (await field.inputValue()) === want);
}

/** Lays somebody's card on the kiosk's reader. */
async function lay({ name, number }) {
  await hall.sim.act(`${machine}-reader`, "lay", {
    card: "citizen",
    person: { name, number, birth: "1979-03-08" },
  });
}

/** Takes the card away, until the machine has asked often enough to know. */
async function lift() {
  const asked = async () => (await hall.sim.received(`${machine}-reader`)).length;
  await hall.sim.act(`${machine}-reader`, "lift");
  const before = await asked();
  await until("the machine knows that the card is gone", async () => (await asked()) >= before + 30);
}

/** Nothing serious for axe, nothing too small for a finger, nothing wider than the screen; that in every mode, but where the same page stood before. */
async function fit(what, modes = true) {
  const page = kiosk;
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document.querySelector(".terminal"), {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    const serious = violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
    return serious;
  });
  await web.shot(page, `terminal-${what}`);
  assert.deepEqual([...found, ...(modes ? await inModes(page, what, ".terminal") : [])], [], what);
}

/** Writes 十 with a finger, with a stroke too many that is taken back, and picks it. */
async function handwrite() {
  const { x, y, width: side } = await kiosk.getByRole("img", { name: "手写区" }).boundingBox();
  await kiosk.getByText("请用手指写一个字").waitFor();
  const stroke = async (...points) => {
    const [[x0, y0], ...rest] = points.map(([u, v]) => [x + u * side, y + v * side]);
    await kiosk.mouse.move(x0, y0);
    await kiosk.mouse.down();
    for (const [px, py] of rest) await kiosk.mouse.move(px, py, { steps: 6 });
    await kiosk.mouse.up();
  };
  await stroke([0.2, 0.52], [0.82, 0.45]);
  await stroke([0.5, 0.15], [0.51, 0.86]);
  await stroke([0.7, 0.7], [0.9, 0.9]);
  await press("退一笔", true);
  await fit("handwriting", false);
  await kiosk.getByRole("group", { name: "选字" }).getByRole("button", { name: "十", exact: true }).click();
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
      await kiosk
        .getByRole("group", { name: "选字" })
        .getByRole("button", { name: "啊", exact: true })
        .click();
      assert.match(await question.locator("textarea").inputValue(), /金啊$/);
      await press("删除", true);
      await press("手写", true);
      await handwrite();
      assert.match(await question.locator("textarea").inputValue(), /金十$/);
      await press("删除", true);
      await press("字母", true);
      await press("a", true);
      assert.match(await question.locator("textarea").inputValue(), /金a$/);
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

/** Answers all that a form still asks with the first that fits; each is told of every question. */
async function answerAll(legal = true, each = async () => {}) {
  const question = kiosk.locator(".question");
  await question.waitFor();
  while (await kiosk.locator("form.fill").count()) {
    const [before] = await kiosk.locator(".question .count").allInnerTexts();
    await each();
    const optional = (await question.getByText(/^(选填|Optional)$/).count()) > 0;
    const company = question.getByText(legal ? "企业或其他组织" : "个人", { exact: true });
    const choices = question.locator("input:is([type=radio], [type=checkbox]):enabled");
    if (await company.count()) await company.click();
    else if (!optional && (await choices.count()) > 0) await choices.first().check({ force: true });
    for (const field of await question
      .locator(":is(input:not([type=radio], [type=checkbox]), textarea):enabled")
      .all())
      if (!optional && !(await field.inputValue())) await field.fill("许可证快到期，申请延续");
    await kiosk.locator(".pager .submit").click();
    await until(
      "the next question or page",
      async () => (await kiosk.locator(".question .count").allInnerTexts())[0] !== before,
    );
  }
}

/** Writes a signature with a finger. */
async function write() {
  await scribble();
  await press(/^(签好了|Signed)$/);
}

/** Writes in the field for signatures, and leaves it there. */
async function scribble() {
  const field = kiosk.getByRole("img", { name: /^(签名的地方|Where to sign)$/ });
  await field.waitFor();
  const { x, y } = await field.boundingBox();
  await kiosk.mouse.move(x + 80, y + 120);
  await kiosk.mouse.down();
  for (let i = 0; i < 30; i++) await kiosk.mouse.move(x + 80 + i * 14, y + 160 + Math.sin(i / 3) * 60);
  await kiosk.mouse.up();
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
  // A page that is pale or cut wrongly is made anew, and taken back, by large keys.
  const shot = kiosk.getByRole("img", { name: "拍好的材料" });
  for (const [key, rev] of [
    ["字迹加深", 1],
    ["整张画面", 2],
    ["整张画面", 3],
    ["转个方向", 4],
  ]) {
    await press(key, true);
    await kiosk.locator(`img[src$="rev=${rev}"]`).waitFor();
  }
  assert.equal(await kiosk.getByRole("button", { name: "字迹加深" }).getAttribute("aria-pressed"), "true");
  assert.ok(
    await shot.evaluate((img) => img.decode().then(() => img.naturalWidth > 200)),
    "the page is shown",
  );
  await fit("look");
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
  await kiosk.getByRole("img", { name: "签名的地方" }).waitFor();
  assert.ok(await button("签好了").isDisabled(), "an empty field is no signature");
  await fit("sign");
  await write();
  await kiosk.getByText("请核对后提交").waitFor();
  await kiosk.getByText("家人去世").waitFor();
  await fit("check");
  await handIn();
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
  const link = clerk.getByRole("link", { name: "签名.png" });
  await until("the clerk sees how she stood for it", async () => {
    await clerk.getByRole("button", { name: "身份" }).click(); // the desk goes to what is next once it has read the case
    return link.isVisible();
  });
  const file = await clerk.request.get(new URL(await link.getAttribute("href"), base).href);
  assert.equal((await file.body()).subarray(1, 4).toString(), "PNG");
  await web.shot(clerk, "terminal-desk");
  atDesk = async (path, data) => {
    const said = await clerk.request.fetch(`${base}/api/v1${path}`, { method: data ? "POST" : "GET", data });
    assert.ok(said.ok(), `${path}: ${said.status()} ${await said.text()}`);
    return said.json();
  };
  handed.case = new URL(clerk.url()).pathname.split("/").at(-1);
  const { materials } = await atDesk(`/acceptance/cases/${handed.case}`);
  const { id } = materials.find((m) => m.name.includes("亲属关系"));
  const wrong = { result: "wrong", note: "照片模糊，请重拍" };
  await atDesk(`/acceptance/cases/${handed.case}/materials/${id}/review`, wrong);
  await atDesk(`/acceptance/cases/${handed.case}/notice`, {});
});

step("what a clerk finds missing is handed in at the terminal, from the query of her cases", async () => {
  await press("完成", true);
  await lift();
  await press(/办件查询/);
  await lay(citizen);
  await press("在本机补交材料");
  await kiosk.getByRole("heading", { name: "请补正以下内容" }).waitFor();
  await kiosk.getByText("亲属关系证明或承诺书：照片模糊，请重拍").waitFor();
  await fit("mend");
  await press("现在补交");
  await kiosk.getByText("需要改正：照片模糊，请重拍").waitFor();
  assert.ok(await button("下一步").isDisabled(), "what was found wrong has to be given again");
  await press(/用高拍仪拍摄/);
  await kiosk.locator("canvas[data-sheet]").waitFor();
  await press("拍摄", true);
  await press("就用这张");
  await kiosk.getByText("已有 1 个文件").waitFor();
  await fit("mend-material", false);
  await press("下一步", true);
  await write();
  await kiosk.getByText("请核对后提交").waitFor();
  await fit("mend-check", false);
  await press("提交材料", true);
  await kiosk.getByText("材料已提交").waitFor();
  await kiosk.getByText("回执正在打印，请取走").waitFor();
  await fit("mend-done", false);
  const { case: id } = handed;
  assert.equal((await atDesk(`/acceptance/cases/${id}`)).state, "submitted");
});

step("a draft that is left goes on for her alone; the next card sees nothing of it", async () => {
  await press("完成", true);
  await lift();
  await press(/自助申报/);
  await lay(citizen);
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await kiosk.locator(".question").waitFor();
  await kiosk.getByText("已自动保存").waitFor();
  const session = await sessionOf(kiosk);
  const old = `${hall.urls.kiosks[0]}/terminal/${session}/platform/me/cases`;
  assert.equal((await fetch(old)).status, 200, "the page can ask while she stands there");

  await lift();
  await lay(other);
  await kiosk.getByText("钱*").waitFor();
  assert.equal((await fetch(old)).status, 410, "the page of the person before gets nothing");
  await press(/人力资源和社会保障局/);
  await press(/丧葬补助金/);
  await kiosk.locator(".question").waitFor();
  assert.equal(await kiosk.getByText("没有提交的申请").count(), 0, "her draft isn't another's");

  await lift();
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

step(
  "a picture that was taken and not used goes with its person, from the page, the memory and the disk",
  async () => {
    await anew(citizen);
    await press(/人力资源和社会保障局/);
    await press(/丧葬补助金/);
    await kiosk.getByText("没有提交的申请").waitFor();
    await press(/接着填写/);
    await answerAll(false);
    await press(/用高拍仪拍摄/);
    await kiosk.locator("canvas[data-sheet]").waitFor();
    await press("拍摄", true);
    await kiosk.getByRole("img", { name: "拍好的材料" }).waitFor();
    const page = new URL(
      await kiosk.getByRole("img", { name: "拍好的材料" }).getAttribute("src"),
      kiosk.url(),
    );
    assert.equal((await fetch(page)).status, 200);
    const depth = await steps(kiosk);
    await press("重新开始");
    await button(/自助申报/)
      .first()
      .waitFor();
    await nothingOf(kiosk, /周\*|丧葬|3301|SQ20/, depth);
    assert.equal((await fetch(page)).status, 410, "the machine has dropped it");
    await anew(other);
    await kiosk.getByText("钱*").waitFor();
    const session = await sessionOf(kiosk);
    const hers = new URL(page.pathname.replace(/terminal\/[^/]+/, `terminal/${session}`), kiosk.url());
    assert.equal((await fetch(hers)).status, 404, "it isn't the next person's either");
    nothingOnDisk(join(hall.dir, "kiosk-1"), /周样例|钱样例|丧葬补助/);
    await press("重新开始");
  },
);

step("who handles things for a company applies for it, and has the result sent by post", async () => {
  await lift();
  await press(/自助申报/);
  await lay(handler);
  await press(/市场监督管理局/);
  await press(/食品经营许可证延续/);
  await kiosk.getByText("为谁办理").waitFor();
  await kiosk.getByText("须是法定代表人或已在平台登记的受托人").waitFor();
  await kiosk
    .getByText(/^您(是法定代表人|受托)/)
    .first()
    .waitFor();
  await fit("who");
  await press(/小雨餐饮/);
  await kiosk.getByText("场所布局").waitFor();
  await press("没有", true);
  await kiosk.getByText("为东湖市小雨餐饮管理有限公司（演示）办理").waitFor();
  await answerAll();
  await kiosk.getByText("经营条件未变化声明").waitFor();
  await press(/告知承诺/);
  await press("我承诺", true);
  await press("下一步", true);
  await kiosk.getByText("本人代表“东湖市小雨餐饮管理有限公司（演示）”申请办理").waitFor();
  await write();
  await kiosk.getByText("请核对后提交").waitFor();
  await kiosk.getByText("东湖市小雨餐饮管理有限公司（演示）（由 郭* 办理）").waitFor();
  await kiosk.getByText("邮寄", { exact: true }).click();
  for (let at = 0; ; at++) {
    const lists = kiosk.locator(".region select");
    await until("the next list of regions", async () => (await lists.count()) > at);
    await lists.nth(at).selectOption(at === 0 ? { label: "浙江省" } : { index: 1 });
    if (await kiosk.getByLabel("所在地区，第 3 级").count()) break;
  }
  await kiosk.getByLabel("所在地区，第 3 级").selectOption({ index: 1 });
  await byPinyin(kiosk.getByLabel("详细地址"), ["wen", "文", "san", "三", "lu", "路"], "文三路");
  await fit("pinyin");
  await kiosk.getByRole("button", { name: "收起" }).click();
  await kiosk.getByLabel("详细地址").fill("文三路 1 号");
  await fit("post");
  await kiosk.locator(".pager .submit").click();
  assert.ok(
    await kiosk
      .getByLabel(/收件人/)
      .first()
      .inputValue(),
    "her name needn't be typed",
  );
  await kiosk.locator(".pager .submit").click();
  await kiosk.locator(".pager .submit").click();
  await kiosk.getByText(/邮寄给 郭伟：浙江省.*区文三路 1 号/).waitFor();
  await fit("post-check", false);
  await handIn();
  await kiosk.getByText("提交成功").waitFor();
  const { cases } = await atDesk(`/acceptance/cases?state=submitted&q=${handler.number}`);
  const v = await atDesk(`/acceptance/cases/${cases[0].id}`);
  assert.equal(v.who.legalName, "东湖市小雨餐饮管理有限公司（演示）");
  assert.deepEqual([v.delivery.way, v.delivery.phone], ["post", handler.phone]);
  await press("完成", true);
});

step("who has to show originals takes a ticket at once, without her card again", async () => {
  await lift();
  await press(/自助申报/);
  await lay(handler);
  await press(/公安/);
  await press(/身份证换领/);
  await press("快到期或者过期了", true);
  await answerAll(false);
  await hall.sim.act("kiosk-1-camera", "lay-sheet", {
    sheet: (await hall.sim.device("kiosk-1-camera")).sheets[0].id,
  });
  await press(/用高拍仪拍摄/);
  await kiosk.locator("canvas[data-sheet]").waitFor();
  await press("拍摄", true);
  await press("就用这张");
  await kiosk.getByText("已有 1 个文件").waitFor();
  await press("下一步", true);
  await write();
  await kiosk.getByText("到大厅领取", { exact: true }).click();
  await handIn();
  await kiosk.getByText("原件带来了吗").waitFor();
  await fit("visit");
  await press(/预约改天来/);
  await kiosk.getByText(/哪一天来/).waitFor();
  await kiosk.getByText("正在查询可预约的时段").waitFor({ state: "detached" });
  await fit("book");
  await kiosk.locator(".book .one").first().click();
  await kiosk.getByText("什么时间来").waitFor();
  await fit("book-time");
  assert.equal(await button("返回").count(), 1, "one way back");
  await press("返回");
  await kiosk.getByText(/哪一天来/).waitFor();
  await press("返回");
  await kiosk.getByText("原件带来了吗").waitFor();
  const { length: before } = (await hall.sim.device("kiosk-1-printer")).tickets;
  await press(/现在取号/);
  await kiosk.locator(".kiosk.result").waitFor();
  await hall.sim.until("kiosk-1-printer", "her ticket is on paper", (d) => d.tickets.length > before);
  await web.shot(kiosk, "terminal-ticket");
  await lift();
});

/** Gives the material that stands there: later or by promise where it may be, or as a picture. */
async function provide(later = false) {
  const way = (name) => kiosk.locator(".material").getByRole("button", { name });
  await kiosk.locator(".material .ways").waitFor();
  if (later && (await way(/以后补交/).count())) await way(/以后补交/).click();
  else if (await way(/告知承诺/).count()) {
    await way(/告知承诺/).click();
    await press("我承诺", true);
  } else {
    const [sheet] = (await hall.sim.device("kiosk-1-camera")).sheets;
    await hall.sim.act("kiosk-1-camera", "lay-sheet", { sheet: sheet.id });
    await press(/用高拍仪拍摄/);
    await kiosk.locator("canvas[data-sheet]").waitFor();
    await press("拍摄", true);
    await press("就用这张");
  }
  await kiosk.locator(".material .state.done").waitFor();
}

/** Provides all that is asked for. */
async function provideAll(later) {
  const page = async () => (await kiosk.locator(".material h2").allInnerTexts()).join();
  await kiosk.locator(".material, .sign").first().waitFor();
  for (let now = await page(); now; ) {
    await provide(later);
    await kiosk.locator(".material .next").click();
    const before = now;
    await until("the next material or page", async () => (await page()) !== before);
    now = await page();
  }
}

/** Answers what is asked of the situation with the first that there is, until the form stands. */
async function situation() {
  const now = async () => (await kiosk.locator(".pick h2").allInnerTexts()).join();
  for (;;) {
    await kiosk.locator(".pick, form.fill").first().waitFor();
    const before = await now();
    if (!before) return;
    await kiosk.locator(".pick .one:enabled").first().click();
    await until("the next question or page", async () => (await now()) !== before);
  }
}

/** The words of the last slip on paper, once there is one more. */
async function slip(before) {
  const { tickets } = await hall.sim.until("kiosk-1-printer", "a slip", (d) => d.tickets.length > before);
  return tickets
    .at(-1)
    .lines.map((l) => l.text)
    .join("\n");
}
const slips = async () => (await hall.sim.device("kiosk-1-printer")).tickets.length;

/** Begins at the first page again, with somebody's card. */
async function anew(who, page = /自助申报/) {
  await lift();
  if (await button("重新开始").count()) await press("重新开始");
  await press(page);
  await lay(who);
}

step(
  "a package is one application with one signature and one receipt, and splits into its cases",
  async () => {
    await anew(citizen);
    await press(/一件事套餐/);
    await fit("packages");
    await press(/退休一件事/);
    await situation();
    await answerAll(false);
    await provideAll();
    await write();
    await kiosk.getByText("套餐中的事项").waitFor();
    await fit("package-check", false);
    const before = await slips();
    await handIn();
    await kiosk.getByText("提交成功").waitFor();
    const parts = await kiosk
      .getByRole("list", { name: "套餐中的事项" })
      .getByRole("listitem")
      .allInnerTexts();
    assert.equal(parts.length, 4);
    await fit("package-done");
    const paper = await slip(before);
    for (const words of [
      "套餐申请回执",
      "企业职工退休申请",
      "高龄老人津贴",
      ...parts.map((p) => /SQ\d{14}/.exec(p)[0]),
    ])
      assert.ok(paper.includes(words), words);
    const number = await kiosk
      .getByText(/^SQ\d{14}$/)
      .first()
      .innerText();
    const { cases } = await atDesk(`/acceptance/cases?state=submitted&q=${number}`);
    const whole = await atDesk(`/acceptance/cases/${cases[0].id}`);
    assert.deepEqual([whole.package, whole.channel, whole.children.length], ["retirement", "kiosk", 4]);
    const part = await atDesk(`/acceptance/cases/${whole.children[0].id}`);
    assert.equal(part.attested.signature.id, whole.attested.signature.id, "one signature stands for all");
    await press("完成", true);
    await anew(citizen, /办件查询/);
    await press(/退休一件事/);
    await kiosk.getByText("其中各事项").waitFor();
    await kiosk.getByText(/企业职工退休申请/).waitFor();
  },
);

step(
  "a paper that comes later stands on the receipt, and is handed in by its day; a visit is booked on paper",
  async () => {
    await anew(other);
    await press(/人力资源和社会保障局/);
    await press(/社会保障卡申领/);
    await situation();
    await answerAll(false);
    await provideAll(true);
    await write();
    await kiosk.getByText("到大厅领取", { exact: true }).click();
    let before = await slips();
    await handIn();
    await kiosk.getByText("近期免冠照片：以后补交").waitFor();
    assert.match(await slip(before), /以后补交：近期免冠照片/);
    const number = await kiosk.getByText(/^SQ\d{14}$/).innerText();
    before = await slips();
    await press(/预约改天来/);
    await kiosk.locator(".book .one").first().click();
    await kiosk.getByText("什么时间来").waitFor();
    await kiosk.locator(".book .one").first().click();
    await kiosk.getByText("预约回执正在打印").waitFor();
    await fit("booked");
    handed.visit = await kiosk.locator(".visit .when").innerText();
    const booking = await kiosk.getByText(/^预约号/).innerText();
    const paper = await slip(before);
    assert.ok(paper.includes(booking.replace("预约号 ", "预约号：")), paper);
    const { cases } = await atDesk(`/acceptance/cases?state=submitted&q=${number}`);
    const at = `/acceptance/cases/${cases[0].id}`;
    const { materials } = await atDesk(at);
    const seen = materials.filter((m) => m.source !== "deferred");
    await atDesk(`${at}/reviews`, { findings: seen.map((m) => ({ material: m.id, result: "ok" })) });
    const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    await atDesk(`${at}/accept`, { deferred: [{ material: "photo", due }], originals: true });
    await press("完成", true);
    await anew(other);
    await press(/需要补交材料/);
    await press(/社会保障卡申领/);
    await kiosk.getByText(`近期免冠照片（${due} 前）`).waitFor();
    await fit("deferred");
    await press("现在补交");
    await provide();
    await press("下一步", true);
    await press("提交材料", true);
    await kiosk.getByText("材料已提交").waitFor();
    assert.equal((await atDesk(at)).deferred ?? 0, 0);
  },
);

/** The signs of Chinese writing. */
const HAN = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+/g;

/** Goes home and begins at a page in English, with somebody's card. */
async function inEnglish(page, who) {
  await lift();
  const over = button(/^(重新开始|Start over)$/);
  if (await over.count()) await over.click();
  const english = button("English");
  await english.or(button(page)).first().waitFor();
  if (await english.count()) await english.click();
  await press(page);
  await lay(who);
}

step("who reads English reads no word of ours in Chinese, on the screen or on paper", async () => {
  const title = "社会保障卡申领、补换";
  const { id } = (await hall.api("/items")).items.find((i) => i.name === title);
  const theirs = [`/items/${id}`, `/items/${id}/form`, "/regions?below="];
  const written = await Promise.all(theirs.map((path) => platform(path)));
  const own = JSON.stringify([...written, citizen.name, "周*", "许可证快到期，申请延续"]);
  const onlyOwn = (text, where, more = "") => {
    const ours = [...text.matchAll(HAN)].map(([run]) => run).filter((run) => !`${own}${more}`.includes(run));
    assert.deepEqual(ours, [], `${where}: ${text}`);
  };
  const read = async (where, more) => {
    const all = await kiosk.locator(".terminal").evaluate((page) => {
      const labels = [...page.querySelectorAll("[aria-label], [alt]")];
      return [page.innerText, ...labels.map((e) => e.getAttribute("aria-label") ?? e.alt)].join("\n");
    });
    onlyOwn(all, where, more);
    return all;
  };
  const onPaper = async (before, where, ...wanted) => {
    const paper = await slip(before);
    for (const want of wanted) assert.ok(paper.includes(want), `${want} in ${paper}`);
    onlyOwn(paper, where);
  };

  await inEnglish(/^Apply here/, citizen);
  await press(/人力资源和社会保障局/);
  await press(/社会保障卡申领/);
  await situation();
  const asked = [];
  await answerAll(false, async () => asked.push(await read("form")));
  assert.ok(asked.join().includes("From your verified identity"), asked.join());
  await press(/Hand in later/);
  await kiosk.getByText("To be handed in later").waitFor();
  await read("material");
  await kiosk.locator(".material .next").click();
  await kiosk.getByText("Please sign").waitFor();
  await read("signature");
  await write();
  await kiosk.getByText("Collect it at the hall", { exact: true }).click();
  await read("check");
  let before = await slips();
  await handIn();
  await kiosk.getByText("Your receipt is being printed").waitFor();
  await read("receipt");
  await fit("english", false);
  const number = await kiosk.getByText(/^SQ\d{14}$/).innerText();
  // A long line of paper is broken anywhere.
  await onPaper(
    before,
    "receipt on paper",
    "Receipt",
    `Application number: ${number}`,
    "Query code",
    "to be handed in later",
    "Scan to follow",
  );
  before = await slips();
  await press(/Book a visit/);
  await kiosk.locator(".book .one").first().click();
  await kiosk.getByText("At what time?").waitFor();
  await read("days");
  await kiosk.locator(".book .one").first().click();
  await kiosk.getByText("Your booking is being printed").waitFor();
  await read("booking");
  const booked = await kiosk.getByText(/^Booking Y/).innerText();
  await onPaper(
    before,
    "booking on paper",
    booked,
    "Please come to the hall at",
    "Please bring your ID card",
  );
  await press("Finish", true);

  const { cases } = await atDesk(`/acceptance/cases?state=submitted&q=${number}`);
  const at = `/acceptance/cases/${cases[0].id}`;
  await atDesk(`${at}/materials/photo/review`, { result: "missing" });
  await atDesk(`${at}/notice`, {});
  await inEnglish(/^My cases/, citizen);
  await press(/社会保障卡申领/);
  await kiosk.getByText("近期免冠照片: missing").waitFor();
  await press("Hand in what is missing");
  await kiosk.getByRole("heading", { name: "Please hand in or correct" }).waitFor();
  const missing = await read("what is missing");
  assert.ok(missing.includes("近期免冠照片: missing"), missing);
  await fit("english-mend", false);
  await lift();
  await press("Start over");
  const chinese = button("中文");
  if (await chinese.isVisible()) await chinese.click();
});

step("a package that was begun at the terminal goes on with a clerk", async () => {
  await anew(other);
  await press(/一件事套餐/);
  await press(/退休一件事/);
  await situation();
  await press("到窗口办");
  const code = (await kiosk.getByLabel("接续码", { exact: true }).innerText()).replace(/\s/g, "");
  await fit("window");
  const taken = await atDesk(`/handovers/${code}`, {});
  assert.deepEqual([taken.package, taken.mode, taken.state], ["retirement", "window", "draft"]);
  await press("继续在本机办");
});

/** A frame that compares faces and finds nobody alike. */
const UNLIKE = `<!doctype html><script>
  const tell = (a) => parent.postMessage(a, location.origin);
  addEventListener("message", ({ data }) =>
    tell(data.know ? { id: data.id, known: true } : { id: data.id, look: { faces: 1, alike: 0.31, turn: 0 } }));
  tell({ id: 0, ready: true });
</script>`;

step("whom the machine can't compare with the card, or who doesn't want that, staff confirm", async () => {
  await lift();
  const first = kiosk;
  machine = "kiosk-2";
  kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  // She stands there and moves while the page is looked at.
  await kiosk.evaluate(() => {
    const touch = () => document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    globalThis.standing = setInterval(touch, 1000);
  });
  // What looks at her is remembered, to see it end.
  await kiosk.evaluate(() => {
    const media = navigator.mediaDevices;
    const ask = media.getUserMedia.bind(media);
    globalThis.looks = [];
    media.getUserMedia = async (what) => {
      const stream = await ask(what);
      globalThis.looks.push(...stream.getTracks());
      return stream;
    };
  });
  const models = "**/face/*";
  await kiosk.route(models, (route) => route.fulfill({ status: 404 }));
  await press(/自助申报/);
  await lay(handler);
  await press(/市场监督管理局/);
  await press(/食品经营许可证延续/);
  await press(/小雨餐饮/);
  await press("没有", true);
  await answerAll();
  await press(/告知承诺/);
  await press("我承诺", true);
  await press("下一步", true);
  const words = (text) => kiosk.locator(".face .words").getByText(text).waitFor();
  const again = async () => {
    await press("返回", true);
    await press("下一步", true);
  };

  // The programs or models are missing.
  await words("现在不能自动核对，请工作人员核对");
  await fit("face");
  assert.equal(await button("开始比对").count(), 0, "there is nothing to begin");

  // She isn't alike, twice; before that she looked at what staff are asked, and came back.
  await kiosk.unroute(models);
  await kiosk.route("**/face.html", (route) => route.fulfill({ contentType: "text/html", body: UNLIKE }));
  await again();
  await kiosk.getByText("不想比对，可以请工作人员核对").waitFor();
  await press("开始比对");
  await words("没有核对上");
  await press("请工作人员核对");
  await kiosk.getByText("旁边没有工作人员？").waitFor();
  await button("找人帮忙").waitFor();
  await fit("face-staff");
  await kiosk.locator(".face").getByRole("button", { name: "返回" }).click();
  await press("开始比对");
  await words("两次都没有核对上");
  await web.shot(kiosk, "terminal-face-twice");

  // There is no camera; a clerk confirms, once the password is right.
  await kiosk.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
  });
  await again();
  await words("现在不能自动核对");
  await press("请工作人员核对");
  for (const key of "zhao") await press(key, true);
  await press("下一项");
  for (const key of "demo") await press(key, true);
  await press("确认是本人");
  await kiosk.getByText("账号或口令不对").waitFor();
  for (const key of "demo1234") await press(key, true);
  await press("确认是本人");
  await kiosk.getByRole("img", { name: "签名的地方" }).waitFor();

  // She goes away with a half-written signature: nothing of her is left, nor does a camera look on.
  await scribble();
  assert.ok(await kiosk.getByRole("img", { name: "签名的地方" }).isVisible(), "it isn't handed in");
  const session = await sessionOf(kiosk);
  const depth = await steps(kiosk);
  await kiosk.evaluate(() => clearInterval(globalThis.standing));
  await lift();
  await button(/自助申报/).waitFor();
  await nothingOf(kiosk, /郭伟|郭\*|小雨|3301|demo1234|zhao/, depth);
  const looks = await kiosk.evaluate(() => globalThis.looks.map((track) => track.readyState));
  assert.ok(looks.length > 0 && looks.every((state) => state === "ended"), `the camera: ${looks}`);
  nothingOnDisk(join(hall.dir, "kiosk-2"), /郭伟|小雨|330100197802140528|demo1234/);
  for (const path of ["photo", "platform/me/cases"])
    assert.equal((await fetch(`${hall.urls.kiosks[1]}/terminal/${session}/${path}`)).status, 410, path);
  await kiosk.close();
  kiosk = first;
  machine = "kiosk-1";
});

step(
  "a code for her phone that is left on the page goes with it, and the phone goes on by itself",
  async () => {
    await lift();
    const left = await web.open(hall.urls.kiosks[1], 1080, 1920);
    await left.clock.install();
    await left.reload();
    const at = (name) => left.getByRole("button", { name }).first();
    await at(/自助申报/).click();
    const person = { name: citizen.name, number: citizen.number, birth: "1979-03-08" };
    await hall.sim.act("kiosk-2-reader", "lay", { card: "citizen", person });
    await at(/人力资源和社会保障局/).click();
    await at(/丧葬补助金/).click();
    await left.getByText("没有提交的申请").waitFor();
    await at(/接着填写/).click();
    await at("用手机继续").click();
    const code = (await left.getByLabel("接续码", { exact: true }).innerText()).replace(/\s/g, "");
    const session = await sessionOf(left);
    await hall.sim.act("kiosk-2-reader", "lift");
    const depth = await steps(left);
    // The page waits for who works with her phone, and no longer.
    await left.clock.runFor(125_000);
    await at(/自助申报/).waitFor();
    await nothingOf(left, new RegExp(`周\\*|丧葬|3301|${code}|${code.slice(0, 4)} ${code.slice(4)}`), depth);
    const gone = await fetch(`${hall.urls.kiosks[1]}/terminal/${session}/platform/me/cases`);
    assert.equal(gone.status, 410, "the machine's own visit is over");
    await left.close();

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
  },
);

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

step("on the day that she booked her card is all that she needs", async () => {
  await lift();
  if (await button("重新开始").count()) await press("重新开始");
  const [day, from] = handed.visit.split(" ");
  const slot = new Date(`${day}T${from}:00+08:00`);
  const back = async (at) => {
    assert.equal((await hall.stop("hall-server")).code, 0);
    hall.start("hall-server", at.toISOString());
    // Its page shows the hall's clock as soon as the machine has found the hall again, which it tries ever more seldom.
    const options = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const clock = (minutes) => new Date(at.getTime() + minutes * 60_000).toLocaleTimeString("zh-CN", options);
    await kiosk.getByText(new RegExp(`^(${clock(0)}|${clock(1)})$`)).waitFor({ timeout: 50_000 });
    await button(/自助申报/)
      .first()
      .waitFor();
  };
  // Long before her time she is told from when on she can check in.
  await back(new Date(slot.getTime() - 150 * 60_000));
  await lay(other);
  const early = kiosk.getByRole("button", { name: /签到取号/ });
  await early.waitFor();
  assert.ok(await early.isDisabled(), "she is early");
  await kiosk.getByText(/起可以签到/).waitFor();
  await web.shot(kiosk, "terminal-visit-early");
  await lift();
  await press("重新开始");
  // At her time one press is enough.
  await back(slot);
  await lay(other);
  await early.click();
  const ticket = await until("she has her ticket", async () =>
    (await hall.api("/tickets")).tickets.find((t) => t.appointment),
  );
  await kiosk.getByText(ticket.number).first().waitFor();
  await web.shot(kiosk, "terminal-visit-ticket");
  await until("it is on paper", async () =>
    new TextDecoder("gb18030").decode(await hall.sim.received("kiosk-1-printer")).includes(ticket.number),
  );
  await lift();
});
