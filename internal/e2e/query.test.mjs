// A citizen at the kiosk asks how far her case is: by card, by number, by the
// code on her notice; she rates a finished one, takes a slip along, and looks at
// a sample form. What the screen shows names nobody, and goes with her.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, startHall, until } from "./support/hall.mjs";
import { checkAxe, checkLayout, checkLow } from "./support/look.mjs";
import { inModes } from "./support/modes.mjs";
import { forgotten, nothingOf, nothingOnDisk, steps } from "./support/private.mjs";

const port = 12700;
// Of the made-up city: one whose case is examined by three bodies, one whose case is finished.
const waiting = { name: "卫国平", number: "330100199002281057" };
const finished = { name: "朱晓东", number: "330100198203271109" };
/** One whose own licence was issued. */
const licensed = { name: "韩梅", number: "330100196805051083" };
let hall;
let web;
let page;

before(async () => {
  const pages = (n) => ({
    id: "pages",
    profile: "generic/ipp-a4",
    port: `ipp://127.0.0.1:${port + n}/ipp/print`,
  });
  [hall, web] = await Promise.all([
    startHall(
      "query",
      port,
      { "kiosk-1": { devices: [pages(45)] }, "kiosk-2": { settings: { idle: "5s" }, devices: [pages(46)] } },
      { platform: true },
    ),
    openBrowser(),
  ]);
  page = await web.open(hall.urls.kiosks[0], 1080, 1920);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** She stands there and touches the page now and then while work is done: else it goes home by itself. */
async function standing(work) {
  await page.evaluate(() => {
    const touch = () => document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    globalThis.standing = setInterval(touch, 1000);
  });
  try {
    await work();
  } finally {
    await page.evaluate(() => clearInterval(globalThis.standing));
  }
}

/** Looks at the page in every way that somebody may want it. */
const look = (where) =>
  standing(async () => assert.deepEqual(await inModes(page, `query-${where}`, "main"), [], where));

/** Looks at the page with all that is touched in its lower half, also in large type; what is said above is of this step. */
const inHalf = (where, says) => standing(() => halved(where, says));
async function halved(where, says) {
  const normal = page.getByRole("button", { name: "标准模式" });
  if (await normal.isVisible()) await normal.click(); // a card that was read anew took the wishes back
  await press("轮椅模式");
  await page.locator(".above").getByText(says).waitFor();
  for (const large of [false, true]) {
    if (large) await press("长者模式");
    await checkLow(page, `${where}, large: ${large}`);
    await checkLayout(page, `${where}, large: ${large}`, 60);
    await checkAxe(page, `${where}, large: ${large}`);
    await web.shot(page, `query-${where}-low${large ? "-large" : ""}`);
  }
  await press("标准模式");
  await press("轮椅模式");
}

const press = (name) => page.getByRole("button", { name }).first().click();
const lay = (person) => hall.sim.act("kiosk-1-reader", "lay", { card: "citizen", person });
/** Takes the card away, until the machine has asked often enough to know. */
async function lift() {
  const asked = async () => (await hall.sim.received("kiosk-1-reader")).length;
  await hall.sim.act("kiosk-1-reader", "lift");
  const before = await asked();
  await until("the machine knows that the card is gone", async () => (await asked()) >= before + 30);
}
const heading = (name) => page.getByRole("heading", { name }).waitFor();
/** Goes home, if the page hasn't by itself. */
async function home() {
  await lift();
  const restart = page.getByRole("button", { name: "重新开始" });
  await until("home", async () => {
    if (await restart.isVisible()) await restart.click({ timeout: 1000 }).catch(() => {});
    return page.getByRole("heading", { name: "请把身份证放在读卡区" }).isVisible();
  });
}
/** Goes home, where nothing of the last person is left, and on to the cases. */
async function anew() {
  await home();
  await press(/办件查询/);
  await page.getByText("请把身份证放在读卡区").waitFor();
  assert.ok(
    !/食品经营|医疗器械|SQ20/.test(await page.locator("body").innerText()),
    "nothing is left on the page",
  );
}
/** A scanned code is heard as from a scanner at the machine. */
const scan = (text) => hall.sim.act("kiosk-1-scanner", "scan", { text });

test("a card shows whose case it is at, with its steps and days", async () => {
  await press(/办件查询/);
  await lay(waiting);
  // The city's cases are made while it starts, and the hall may still be linking up.
  await until("her case is there", async () => {
    const there = page.getByRole("heading", { name: "食品经营许可证核发（新办）" });
    if (
      await there.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      )
    )
      return true;
    const away = page.getByRole("button", { name: "知道了" });
    if (await away.isVisible()) await away.click();
    await anew();
    await lay(waiting);
    return false;
  });
  const text = await page.locator("body").innerText();
  for (const want of [
    "办理中",
    "承诺",
    "个工作日",
    "市场监管局审查",
    "消防救援大队审查",
    "待办理",
    "受理通知书",
    "东湖区市场监督管理局",
  ])
    assert.ok(text.includes(want), `${want} in ${text}`);
  assert.ok(!text.includes(waiting.name) && !text.includes(waiting.number), "the screen names nobody");
  await page.getByAltText("扫码在手机上看").waitFor();
  await web.shot(page, "query-case");
  await checkAxe(page, "case");
  await checkLayout(page, "case", 60);
  await inHalf("case", "这是办件的进度");
  await look("case");
});

test("she takes a slip of it along", async () => {
  await press("打印进度");
  await page.getByText("打印好了，请取走凭条").waitFor();
  const { tickets } = await hall.sim.device("kiosk-1-printer");
  assert.equal(tickets.length, 1);
});

test("whoever leaves a case that is shown, a number half typed or a rating half given leaves nothing of it", async () => {
  const left = await web.open(hall.urls.kiosks[1], 1080, 1920);
  const at = (name) => left.getByRole("button", { name }).first();
  const hand = (action, body) => hall.sim.act("kiosk-2-reader", action, body);
  const byCard = async () => {
    await hand("lay", { card: "citizen", person: waiting });
    await left.getByRole("heading", { name: "食品经营许可证核发（新办）" }).waitFor();
    await hand("lift");
  };
  const byNumber = async () => {
    await at(/输入编号查/).click();
    for (const key of "20261120654321") await at(key).click();
    await at("下一步").click();
    for (const key of "1057") await at(key).click();
  };
  const byRating = async () => {
    await hand("lay", { card: "citizen", person: finished });
    await at("评价这次服务").click();
    await left.getByRole("radio", { name: "不满意", exact: true }).click();
    await at("等候时间长").click();
    await hand("lift");
  };
  const before = await steps(left);
  const printed = async () => (await hall.sim.device("kiosk-2-printer")).tickets?.length ?? 0;
  const slips = await printed();
  const personal = /卫国平|卫\*|朱晓东|3301|1057|654321|食品经营|医疗器械|SQ20/;
  for (const walk of [byCard, byNumber, byRating]) {
    await at(/办件查询/).click();
    await walk();
    await at(/办件查询/).waitFor(); // nobody touched it: it went home by itself
    await nothingOf(left, personal, before);
    await forgotten(left, /SQ20\d{12}|DEM00000\w+4000/);
  }
  nothingOnDisk(join(hall.dir, "kiosk-2"), /卫国平|朱晓东|330100199002281057|330100198203271109|SQ20\d{12}/);
  // Neither a reload nor the way into the cases again brings anything back.
  await left.reload();
  await at(/办件查询/).click();
  await left.getByText("请把身份证放在读卡区").waitFor();
  await nothingOf(left, personal, before);
  assert.equal(await printed(), slips, "nothing is printed of who has gone");
  await left.context().close();
});

test("her licence comes out of the page printer, and the page forgets her", async () => {
  const left = await web.open(hall.urls.kiosks[1], 1080, 1920);
  const at = (name) => left.getByRole("button", { name }).first();
  const hand = (action, body) => hall.sim.act("kiosk-2-reader", action, body);
  const find = (number) => staff("shoudai", (ask) => ask("GET", `/licences?number=${number}`));
  const [{ id, number }] = (await find(licensed.number)).licences;
  const record = () => staff("shoudai", (ask) => ask("GET", `/licences/${id}/history`));
  const depth = await steps(left);
  await at(/打印证照/).waitFor();
  await web.shot(left, "licences-home");
  // She stands there while the page is looked at.
  await left.evaluate(() => {
    const touch = () => document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    globalThis.standing = setInterval(touch, 1000);
  });
  const looked = async (where) => {
    await web.shot(left, `licences-${where}`);
    assert.deepEqual(await inModes(left, `licences-${where}`, "main"), [], where);
    await checkAxe(left, `licences ${where}`);
  };
  await at(/打印证照/).click();
  await left.getByText("请把身份证放在读卡区").waitFor();
  await hand("lay", { card: "citizen", person: waiting });
  await left.getByRole("heading", { name: "没有可打印的证照" }).waitFor();
  await looked("none");
  await hand("lift");
  await hand("lay", { card: "citizen", person: licensed });
  await left.getByRole("heading", { name: "请选择要打印的证照" }).waitFor();
  await looked("list");
  const licence = left.locator(".licences li button").first();
  await licence.click();
  await left.getByText("今天还可以打印 3 份").waitFor();
  await looked("check");
  assert.doesNotMatch(await left.locator("body").innerText(), new RegExp(`韩梅|${number}`), "it is masked");

  // The printer has no paper: nothing is printed, and nothing counts.
  const printer = (action, body) => hall.sim.act("kiosk-2-pages", action, body);
  await printer("paper-out");
  const print = left.locator(".licences .print");
  await until("the machine knows that the paper is out", async () => {
    await print.click();
    const said = left.getByRole("alert");
    await said.waitFor();
    return /纸/.test(await said.innerText());
  });
  await web.shot(left, "licences-no-paper");
  assert.deepEqual(
    (await record()).prints.filter((p) => p.outcome === "printed"),
    [],
    "nothing came out",
  );
  await printer("paper-in");
  await until("the paper is there again", async () => {
    if (await print.isVisible()) await print.click();
    return left
      .getByRole("heading", { name: "请取走证照和身份证" })
      .waitFor({ timeout: 5000 })
      .then(
        () => true,
        () => false,
      );
  });
  await looked("done");
  await left.getByText("任何人用手机扫一扫").waitFor();
  const { pages } = await hall.sim.until("kiosk-2-pages", "the licence", (d) => d.pages?.length > 0);
  assert.deepEqual([pages.length, pages[0].pages], [1, 1]);
  const sheet = await fetch(`${hall.urls.console}/api/devices/kiosk-2-pages/pages/1.pdf`);
  const bytes = Buffer.from(await sheet.arrayBuffer());
  writeFileSync(join(artefacts, "licences-printed.pdf"), bytes);
  const text = execFileSync("pdftotext", ["-raw", "-", "-"], { input: bytes, encoding: "utf8" });
  for (const want of [number, licensed.name]) assert.ok(text.includes(want), `${want} in ${text}`);
  await until("it is in the licence's record", async () => {
    const printed = (await record()).prints.filter((p) => p.outcome === "printed");
    return printed.length === 1 && /取号机/.test(printed[0].machine) && printed[0].hall !== "";
  });

  // She takes her card and goes; nothing of her is left.
  await hand("lift");
  await left.evaluate(() => clearInterval(globalThis.standing));
  await at(/打印证照/).waitFor();
  await nothingOf(left, /韩梅|韩\*|3301|营业执照/, depth);
  nothingOnDisk(join(hall.dir, "kiosk-2"), new RegExp(`韩梅|${licensed.number}|${number}|%PDF-`));
  await left.context().close();
});

test("a finished case is rated once, and supervision has it", async () => {
  await anew();
  await lay(finished);
  await heading("第二类医疗器械经营备案");
  await press("评价这次服务");
  await page.getByRole("radio", { name: "不满意", exact: true }).click();
  const send = page.getByRole("button", { name: /提交评价/ });
  assert.ok(await send.isDisabled(), "a bad rating says why");
  await press("等候时间长");
  await web.shot(page, "query-rating");
  await checkAxe(page, "rating");
  await checkLayout(page, "rating", 60);
  await inHalf("rating", "请评价这次服务");
  await look("rating");
  await send.click();
  await page.getByText("我们会在规定时间内核实整改").waitFor();
  assert.equal(await page.getByRole("button", { name: "评价这次服务" }).count(), 0);
  const staff = await web.browser.newContext();
  const signed = await staff.request.post(`${hall.urls.platform}/api/v1/staff/sessions`, {
    data: { account: "jiancha", password: "demo1234", code: "246810" },
  });
  assert.equal(signed.status(), 200);
  const { ratings } = await (await staff.request.get(`${hall.urls.platform}/api/v1/ratings?bad=true`)).json();
  const mine = ratings.find((r) => r.via === "kiosk");
  assert.deepEqual([mine?.score, mine?.tags, mine?.itemName], [2, ["等候时间长"], "第二类医疗器械经营备案"]);
  await staff.close();
});

test("a wrong number gets one clear refusal, another's code is no case", async () => {
  await anew();
  await press(/输入编号查/);
  for (const key of "20261120999999") await press(key);
  await press("下一步");
  for (const key of "0012") await press(key);
  await press("查询");
  await page.getByRole("dialog").getByText("编号与查询码（或身份证号后四位）不符，请核对").waitFor();
  await press("知道了");
  await scan("https://evil.example/?number=SQ1&code=1");
  await page.getByRole("dialog").getByText("这个二维码不是办件的查询码").waitFor();
  await press("知道了");
});

test("a citizen card's code is as a card that was laid, once", async () => {
  await home();
  await page.getByRole("heading", { name: "请把身份证放在读卡区" }).waitFor();
  await scan("DHM1202611230001");
  await page.getByText("周*").first().waitFor();
  await web.shot(page, "query-citizen-card");
  assert.ok(
    !/周敏|330100195501011002|DHM1/.test(await page.locator("body").innerText()),
    "the page knows her masked",
  );
  await press("重新开始");
  await scan("DHM1202611230001");
  await page.getByRole("dialog").getByText("这个市民卡码已经用过").waitFor();
  await web.shot(page, "query-citizen-card-used");
  await press("返回首页");
  await press(/办件查询/);
  await scan("DHM1202611230002");
  await heading("食品经营许可证核发（新办）");
  await press("重新开始");
});

test("a site of the web is read and holds nobody, and nobody is held by it", async () => {
  // What is refused is told by the browser itself, as an error: that is what is wanted here.
  const context = await web.browser.newContext({ viewport: { width: 1080, height: 1920 }, locale: "zh-CN" });
  const kiosk = await context.newPage();
  kiosk.setDefaultTimeout(20_000);
  await kiosk.goto(hall.urls.kiosks[0]);
  const button = (name) => kiosk.getByRole("button", { name }).first();
  await button(/^网站/).click();
  await button(/东湖市政务服务网/).click();
  const outer = kiosk.frameLocator("iframe");
  const inner = outer.frameLocator("iframe");
  await inner.getByText("您要办什么事").first().waitFor();
  await web.shot(kiosk, "query-site");
  const frame = () => kiosk.frames().find((f) => f.url().startsWith(hall.urls.platform));
  await frame().evaluate(() => localStorage.setItem("hers", "secret"));
  assert.equal(await frame().evaluate(() => window.open("https://example.com/")), null, "no windows");
  assert.equal(
    await frame().evaluate(() => {
      try {
        window.top.location.href = "https://example.com/";
        return "led away";
      } catch (err) {
        return err.name;
      }
    }),
    "SecurityError",
    "the kiosk's page stays",
  );
  const hosts = await kiosk.evaluate(() => performance.timeOrigin);
  await frame().evaluate((to) => void setTimeout(() => location.assign(to), 0), hall.urls.hall);
  await until("no other site comes", () => kiosk.frames().some((f) => f.url().startsWith("chrome-error:")));
  await button("重新打开").click();
  await inner.getByText("您要办什么事").first().waitFor();
  await button("轮椅模式").click();
  await button("长者模式").click();
  await checkLow(kiosk, "a site");
  await checkLayout(kiosk, "a site", 60);
  await web.shot(kiosk, "query-site-low");
  await button("标准模式").click();
  await button("轮椅模式").click();
  await button("返回").click();
  await button("重新开始").click();
  await until("the page begins anew, and with it what the site kept", async () => {
    const now = await kiosk.evaluate(() => performance.timeOrigin).catch(() => hosts);
    return now !== hosts;
  });
  await button(/^网站/).click();
  await button(/东湖市政务服务网/).click();
  await inner.getByText("您要办什么事").first().waitFor();
  assert.equal(await frame().evaluate(() => localStorage.getItem("hers")), null, "nothing of hers is left");
  await context.close();
  await press(/办件查询/); // where the others begin
});

test("the way to a window is taken along with its map", async () => {
  await home();
  await press(/楼层图/);
  await press("找窗口");
  await page
    .getByRole("button", { name: /^3 号窗口/ })
    .first()
    .click();
  await press("打印路线");
  await page.getByText("路线已打印，请取走").waitFor();
  await web.shot(page, "query-way");
  const { tickets } = await until("the slip", async () => {
    const printer = await hall.sim.device("kiosk-1-printer");
    return printer.tickets.length > 1 && printer;
  });
  const slip = tickets.at(-1);
  const map = slip.lines.find((l) => l.image && l.width === 576);
  assert.ok(map && map.height > 200 && map.height < 900, JSON.stringify(slip.lines.map((l) => l.text)));
  const png = await fetch(`${hall.urls.console}/api/devices/kiosk-1-printer/tickets/${slip.n}.png`);
  assert.equal(png.status, 200);
  writeFileSync(join(artefacts, "query-way-slip.png"), Buffer.from(await png.arrayBuffer()));
});

/** The signs of Chinese writing. */
const HAN = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+/g;

/** What of an item its office wrote itself: all but what the platform words. */
function ownWords({ name, item }) {
  const { promised, statutory, fee, visits, ...own } = item;
  own.materials = item.materials.map(({ note, ...m }) => m);
  own.charges = (item.charges ?? []).map(({ text, ...c }) => c);
  own.places = item.places.map(({ window, hours, ...p }) => p);
  return JSON.stringify({ name, ...own });
}

/** Fails if there is Chinese in what is read that isn't among own words. */
function onlyOwn(text, own, where) {
  const ours = [...text.matchAll(HAN)].map(([run]) => run).filter((run) => !own.includes(run));
  assert.deepEqual(ours, [], `${where}: ${text}`);
}

test("who reads English reads no word of ours in Chinese, on the screen or on paper", async () => {
  await home();
  await press("English");
  await press("Guides");
  await page.locator(".themes button").first().waitFor();
  onlyOwn(await page.locator(".themes").innerText(), "", "shelves");
  for (const letter of "SPJYXK") await page.getByRole("button", { name: letter, exact: true }).click();
  await page.locator(".items").getByRole("button", { name: "食品经营许可证延续、变更" }).click();
  const { items } = await hall.api("/items");
  const own = ownWords(items.find((i) => i.name === "食品经营许可证延续、变更"));
  const guide = page.locator("article.guide");
  const reads = async (where, ...wanted) => {
    const text = await guide.innerText();
    for (const want of wanted) assert.ok(text.includes(want), `${want} in ${text}`);
    onlyOwn(text, own, where);
  };
  const hours = "Windows 1, 2: Monday to Friday 9:00-17:00, closed on public holidays";
  await page.getByText(hours).waitFor();
  await reads("guide", "3 working days", "No visit needed", "Free of charge", hours);
  await page.getByRole("button", { name: "没有", exact: true }).click();
  await page.getByText("What to bring", { exact: true }).waitFor();
  await reads(
    "what to bring",
    "1 working day",
    "1 original",
    "a written promise will do instead",
    "Departments share it",
  );
  await web.shot(page, "query-guide-english");
  await checkAxe(page, "guide in English");
  await checkLayout(page, "guide in English", 60);
  // The way was just printed: a machine gives one slip at a time, with a pause between.
  await until("the slip", async () => {
    await press("Print list");
    const printed = page.getByText("Printed. Please take your slip");
    return printed.waitFor({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
  });
  const { tickets } = await hall.sim.device("kiosk-1-printer");
  const slip = tickets
    .at(-1)
    .lines.map((l) => l.text)
    .join("");
  for (const want of ["What to bring", "Time needed: 1 working day", "1 original", "Windows 1, 2"])
    assert.ok(slip.includes(want), `${want} in ${slip}`);
  // A long line of paper is broken anywhere, also within own words.
  onlyOwn(slip.replaceAll("\u25a1", ""), own, "slip");
  await press("Law, conditions, steps");
  await page.getByRole("heading", { name: "Procedure" }).waitFor();
  await reads("law", "10 working days");
  await press("Start over");
  await press("My cases");
  await lay(waiting);
  await page.getByText("In progress", { exact: true }).waitFor();
  const text = await page.locator("article.case").innerText();
  for (const want of ["Applicant", "Receipt, Notice of acceptance", "working days left", "waiting"])
    assert.ok(text.includes(want), `${want} in ${text}`);
  assert.ok(!/申请人|凭证|通知书|办理|工作日|审查决定/.test(text), text);
  await web.shot(page, "query-case-english");
  await checkAxe(page, "case in English");
  await checkLayout(page, "case in English", 60);
  await lift();
  if (await page.getByRole("button", { name: "Start over" }).isVisible()) await press("Start over");
  const chinese = page.getByRole("button", { name: "中文" });
  if (await chinese.isVisible()) await chinese.click();
});

test("who reads Chinese reads the platform's own words", async () => {
  await home();
  await press(/办事指南/);
  for (const letter of "SPJYXK") await page.getByRole("button", { name: letter, exact: true }).click();
  await page.locator(".items").getByRole("button", { name: "食品经营许可证延续、变更" }).click();
  const hours = page.getByText("1、2号窗口 周一至周五 9:00-17:00（法定节假日除外）");
  await hours.waitFor();
  const told = [];
  for (const say of ["3个工作日", "一次都不用跑", "不收费"])
    told.push(await page.getByText(say, { exact: true }).count());
  assert.deepEqual(told, [1, 1, 1]);
  await page.getByRole("button", { name: "没有", exact: true }).click();
  for (const say of [
    "1 个工作日",
    "原件1份",
    "部门共享，免于提交",
    "原件1份；可告知承诺；条件没有变化的延续时提供",
  ])
    await page.getByText(say, { exact: true }).first().waitFor();
});

test("what the platform announces stands beside the hall's own, and vanishes with it", async () => {
  const desk = await web.browser.newContext();
  const signed = await desk.request.post(`${hall.urls.platform}/api/v1/staff/sessions`, {
    data: { account: "zixun", password: "demo1234", code: "246810" },
  });
  assert.equal(signed.status(), 200);
  const article = {
    id: "e2e",
    kind: "notice",
    title: "冬季延时服务",
    source: "政务办",
    body: "一\n二",
    at: "2026-01-05T00:00:00Z",
  };
  const put = await desk.request.put(`${hall.urls.platform}/api/v1/articles/e2e`, { data: article });
  assert.equal(put.status(), 200, await put.text());
  const kept = async () => (await hall.api("/articles")).articles.some((a) => a.id === "e2e");
  await until("the notice", kept);
  const dropped = await desk.request.delete(`${hall.urls.platform}/api/v1/articles/e2e`);
  assert.ok(dropped.ok());
  await until("that it is gone", async () => !(await kept()));
  await desk.close();
});

/** A form of two pages, as somebody makes one with a word processor. */
async function formAsPDF() {
  const paper = await web.open("about:blank", 800, 1000);
  await paper.setContent(
    `<h1>食品经营场所平面图</h1><p>经营者：东湖市小雨餐饮管理有限公司（演示）</p>
     <svg width="600" height="400"><rect x="20" y="20" width="560" height="360" fill="none" stroke="#000" stroke-width="6"/>
     <text x="80" y="120" font-size="36">操作间</text><text x="360" y="260" font-size="36">就餐区</text></svg>
     <p style="break-before: page">第二页：设施清单</p>`,
  );
  const bytes = await paper.pdf({ format: "A4" });
  await paper.context().close();
  return bytes;
}

/** Asks the platform as one of its staff. */
async function staff(account, work) {
  const context = await web.browser.newContext();
  const ask = async (method, path, data, headers) => {
    const answer = await context.request.fetch(`${hall.urls.platform}/api/v1${path}`, {
      method,
      data,
      headers,
    });
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  };
  await ask("POST", "/staff/sessions", { account, password: "demo1234", code: "246810" });
  const done = await work(ask);
  await context.close();
  return done;
}

test("a form that an editor uploads is found by its letters, shown page by page and printed as it is", async () => {
  const file = await formAsPDF();
  const { url, name } = await staff("shenbian", async (ask) => {
    const { id } = await ask("POST", `/files?name=${encodeURIComponent("平面图样表.pdf")}`, file, {
      "content-type": "application/octet-stream",
    });
    const form = await ask("POST", "/item-forms", { file: id });
    const item = await ask("GET", "/items/food-licence");
    const plan = item.materials.find((m) => m.id === "plan");
    plan.sample = { name: "平面图样表.pdf", url: form.url };
    const draft = await ask("POST", "/item-drafts", item);
    await ask("POST", `/item-drafts/${draft.id}/submission`, { edition: draft.edition });
    return { url: form.url, name: plan.name };
  });
  for (const reviewer of ["shenhe", "fazhi", "zhongxin"])
    await staff(reviewer, async (ask) => {
      const { edition } = await ask("GET", "/item-drafts/food-licence");
      await ask("POST", "/item-drafts/food-licence/reviews", { edition, pass: true });
    });
  await until("the hall keeps the file", async () => {
    const { files } = await hall.api("/sample-files");
    return files.some((f) => f.url.endsWith(url) && f.pages === 2);
  });
  await lift();
  const form = page.getByRole("button", { name });
  const found = page.locator(".items").getByRole("button", { name: "食品经营许可证核发（新办）" });
  // The machine looks for new items as somebody opens the page, every few seconds at most.
  await until("the form is at the kiosk", async () => {
    if (await page.getByRole("button", { name: "重新开始" }).count()) await press("重新开始");
    await press(/样表/);
    // She knows the name of what she needs, not on which shelf the city keeps it.
    for (const letter of "SPJYXK") await page.getByRole("button", { name: letter, exact: true }).click();
    await found.waitFor();
    await web.shot(page, "query-samples-letters");
    await checkLayout(page, "samples by letters", 60);
    await found.click();
    await page.getByText("要填的表格").waitFor();
    return (await form.count()) > 0;
  });
  await form.click();
  const sheets = page.locator(".desk img");
  await until(
    "both pages are painted",
    async () =>
      (await sheets.evaluateAll((all) => all.filter((i) => i.complete && i.naturalWidth > 500).length)) === 2,
  );
  await page.getByText("共 2 页，往上滑看下一页").waitFor();
  await checkLayout(page, "an uploaded form", 60);
  await inHalf("uploaded", "请看样表");
  await look("uploaded");
  const papers = (await hall.sim.device("kiosk-1-pages")).pages?.length ?? 0;
  await press("打印这份表");
  await page.getByText("打印好了，请到 A4 打印机取走").waitFor();
  await web.shot(page, "query-uploaded");
  const { pages } = await hall.sim.until("kiosk-1-pages", "the form", (d) => d.pages?.length > papers);
  assert.equal(pages.at(-1).pages, 2);
  const printed = await fetch(`${hall.urls.console}/api/devices/kiosk-1-pages/pages/${pages.length}.pdf`);
  const bytes = Buffer.from(await printed.arrayBuffer());
  assert.ok(bytes.equals(file), "the printer gets the editor's own file");
  writeFileSync(join(artefacts, "query-uploaded.pdf"), bytes);
});

test("while the platform is away it says so, and its notices and sample forms are there", async () => {
  await hall.stop("platform");
  await home();
  await scan("DHM2202611230001");
  await page.getByRole("dialog").getByText("暂时连不上市民卡中心，请使用身份证").waitFor();
  await press("返回首页");
  await press(/大厅介绍/);
  await press(/通知公告/);
  await press(/2027年元旦假期服务时间安排/);
  await page.getByText("1月1日两个政务服务大厅停止现场服务").waitFor();
  await web.shot(page, "query-notice");
  await anew();
  await lay(waiting);
  await page.getByRole("dialog").getByText("连不上市级平台，请稍后再试或扫码在手机上查").waitFor();
  await press("知道了");
  await home();
  await press(/样表/);
  await page.locator(".themes button").first().click();
  await page.locator(".items button").first().click();
  await page.getByText("要填的表格").waitFor();
  await page.locator(".forms button").first().click();
  await page.getByText("示例中的人物、单位均为虚构").waitFor();
  await look("sample");
  const width = () => page.locator(".paper").evaluate((e) => e.clientWidth);
  const before = await width();
  await press("放大");
  assert.ok((await width()) > before * 1.2, "the paper grows");
  await web.shot(page, "query-sample");
  await inHalf("sample", "请看样表");
  const papers = (await hall.sim.device("kiosk-1-pages")).pages?.length ?? 0;
  await press("空白表格");
  await press("打印这份表");
  await page.getByText("打印好了，请到 A4 打印机取走").waitFor();
  const printed = await until("one more page", async () => {
    const { pages } = await hall.sim.device("kiosk-1-pages");
    return pages?.length > papers && pages.at(-1);
  });
  assert.equal(printed.pages, 1);
});
