// The portal's public pages as people read them: with a browser and without
// scripts, on a screen and a phone, large and in high contrast, by keyboard.
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

const base = "http://127.0.0.1:9990";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const guide = "/items/business-licence";

let platform;
let web;
before(async () => {
  const data = join(artefacts, "portal");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  platform = spawn(join(root, "bin/platform"), ["--data", data, "--listen", "127.0.0.1:9990", "--demo"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
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

/** Opens a page as a screen of width × height with cookies, perhaps without scripts. */
async function open(path, width, height, { cookies = {}, scripts = true } = {}) {
  const context = await web.browser.newContext({
    viewport: { width, height },
    locale: "zh-CN",
    javaScriptEnabled: scripts,
  });
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: base })));
  const page = await context.newPage();
  page.on("pageerror", (err) => web.errors.push(`${path}: ${err.message}`));
  await page.goto(base + path);
  return page;
}

test("without scripts one finds an item, its case and its materials", async () => {
  const page = await open("/", 1280, 720, { scripts: false });
  await page.getByLabel("搜索办事事项").fill("开公司");
  await page.getByRole("button", { name: "搜索", exact: true }).click();
  await page
    .getByRole("link", { name: /营业执照设立登记/ })
    .first()
    .click();
  await page.getByRole("heading", { level: 1, name: /营业执照设立登记/ }).waitFor();
  for (const answer of ["都是个人", "租赁房屋", "没有", "法定代表人本人"]) {
    await page.getByLabel(answer, { exact: true }).check();
    await page.getByRole("button", { name: "下一步" }).click();
  }
  await page.getByText("按您的情形，需要 5 份材料").waitFor();
  await page.getByRole("heading", { name: "申请材料（5 份）" }).waitFor();
  assert.equal(await page.getByText("委托代理书").count(), 0, "what the case doesn't need isn't listed");
  const href = await page.getByRole("link", { name: "立即预约" }).getAttribute("href");
  assert.equal(href, "/book?item=business-licence");
  await web.shot(page, "portal-situation");
  await page.context().close();
});

test("words are suggested while one types", async () => {
  const page = await open("/", 1280, 720);
  await page.getByLabel("搜索办事事项").pressSequentially("营业");
  await page.waitForFunction(() => document.querySelectorAll("#suggested option").length > 0);
  await page.context().close();
});

test("the keyboard reaches the main text first", async () => {
  const page = await open(guide, 1280, 720);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "跳到正文");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.context().close();
});

test("the elderly look is chosen once and stays", async () => {
  const page = await open("/", 1280, 720, { scripts: false });
  await page.getByRole("link", { name: "长者版" }).click();
  await page.goto(base + guide);
  await page.getByRole("link", { name: "标准版" }).waitFor();
  await page.getByRole("link", { name: "标准版" }).click();
  await page.getByRole("link", { name: "长者版" }).waitFor();
  assert.match(page.url(), /\/items\/business-licence/);
  await page.context().close();
});

const looks = [
  { name: "wide", width: 1920, height: 1080, cookies: {}, target: 48, text: 16 },
  { name: "desk", width: 1280, height: 720, cookies: {}, target: 48, text: 16 },
  { name: "phone", width: 375, height: 812, cookies: {}, target: 48, text: 16 },
  { name: "elder", width: 1280, height: 720, cookies: { elder: "1" }, target: 60, text: 24 },
  { name: "elder-phone", width: 375, height: 812, cookies: { elder: "1" }, target: 60, text: 24 },
  { name: "contrast", width: 1280, height: 720, cookies: { contrast: "1" }, target: 48, text: 16 },
];
const pages = {
  home: "/",
  list: "/items",
  item: guide,
  hall: "/halls/demo",
  notices: "/notices",
  help: "/help",
};

for (const look of looks) {
  test(`pages fit ${look.name}, are large enough and have no fault for assistive technology`, async () => {
    const page = await open("/", look.width, look.height, look);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(base + path);
      await web.shot(page, `portal-${name}-${look.name}`);
      const seen = await page.evaluate(
        ([target, text]) => ({
          over: document.documentElement.scrollWidth - innerWidth,
          // Links within sentences are as high as their line (WCAG 2.5.8).
          low: [
            ...document.querySelectorAll("button,select,.button,nav a,.tools a,.chip,summary,.options label"),
          ]
            .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < target - 0.5)
            .map((e) => e.outerHTML.slice(0, 90)),
          small: [...document.querySelectorAll("body *")]
            .filter(
              (e) => e.getClientRects().length > 0 && Number.parseFloat(getComputedStyle(e).fontSize) < text,
            )
            .map((e) => e.outerHTML.slice(0, 90)),
        }),
        [look.target, look.text],
      );
      assert.deepEqual(seen, { over: 0, low: [], small: [] }, `${name} as ${look.name}`);
      await page.evaluate(axe);
      const faults = await page.evaluate(async () => {
        const found = await globalThis.axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        });
        return found.violations.map((v) => `${v.impact} ${v.id}: ${v.nodes[0].html}`);
      });
      assert.deepEqual(faults, [], `${name} as ${look.name}`);
    }
    await page.context().close();
  });
}

/** The smallest picture there is: a grey point. */
const point = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
  "base64",
);

/** Asks the platform in the name of whoever is signed in on a page. */
async function asked(page, method, path, data, headers) {
  const answer = await page.request.fetch(`${base}/api/v1${path}`, { method, data, headers });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()}`);
  return answer.status() === 204 ? undefined : answer.json();
}
const upload = (page, name) =>
  asked(page, "POST", `/files?name=${encodeURIComponent(name)}`, point, {
    "content-type": "application/octet-stream",
  });

test("one's space has an e-mail address, and materials to use again", async () => {
  const page = await open("/", 1280, 900);
  await asked(page, "POST", "/people", {
    name: "周样例",
    number: cardNumber("1979-03-08", false),
    phone: "13900000017",
    phoneCode: "246810",
    proofs: { "social-card": "DH12345678" },
    password: "citizen2026",
    agreement: "2026-11",
  });
  await page.goto(`${base}/account`);
  await page.locator("summary", { hasText: "接收通知的邮箱" }).click();
  const form = page.getByRole("form", { name: "接收通知的邮箱" });
  await form.getByLabel("邮箱地址").fill("zhou@mail.example.cn");
  await form.getByRole("button", { name: "获取验证码" }).click();
  await form.getByText("验证码已发送").waitFor();
  await form.getByLabel("邮箱验证码").fill("246810");
  await form.getByRole("button", { name: "验证并保存" }).click();
  await form.getByText(/z\*\*\*@mail\.example\.cn/).waitFor();
  await web.shot(page, "portal-email");

  const answers = { owner: "person", premises: "rented", scope: "no", agent: "self" };
  const begin = () => asked(page, "POST", "/cases", { item: "business-licence", answers });
  const first = await begin();
  const file = await upload(page, "公司章程.png");
  await asked(page, "PUT", `/cases/${first.id}/materials/charter`, { files: [file.id] });
  const second = await begin();
  await page.goto(`${base}/apply?case=${second.id}`);
  await page.getByRole("button", { name: /申请材料/ }).click();
  const charter = page.getByRole("region", { name: /^公司章程/ });
  await charter.getByRole("button", { name: "用我的材料" }).click();
  await charter.getByRole("button", { name: /公司章程\.png/ }).click();
  await charter.getByRole("link", { name: "公司章程.png" }).waitFor();
  await web.shot(page, "portal-materials-again");
  await page.goto(`${base}/my`);
  const mine = page.getByRole("region", { name: "我的材料" });
  await mine.getByRole("button", { name: /^删除/ }).click();
  await mine.getByRole("button", { name: "确定删除" }).click();
  await mine.getByText("还没有提供过材料").waitFor();
  const { materials } = await asked(page, "GET", `/cases/${second.id}`);
  assert.deepEqual(materials.find((m) => m.id === "charter").files ?? [], []);
  await page.context().close();
});

test("what fits is recommended with its reason, and a followed item's notices come as letters", async () => {
  const page = await open("/", 375, 812);
  await asked(page, "POST", "/people", {
    name: "关样例",
    number: cardNumber("1984-05-16", true),
    phone: "13900000018",
    phoneCode: "246810",
    proofs: { "social-card": "DH12345679" },
    password: "citizen2026",
    agreement: "2026-11",
  });
  const answers = { owner: "person", premises: "rented", scope: "no", agent: "self" };
  await asked(page, "POST", "/cases", { item: "business-licence", answers });
  await page.goto(`${base}/my`);
  const fitting = page.getByRole("region", { name: "为您推荐" });
  await fitting.getByRole("link", { name: /食品经营/ }).waitFor();
  await fitting
    .getByText(/您正在办“.*营业执照.*”，接着通常办这项/)
    .first()
    .waitFor();
  await fitting.scrollIntoViewIfNeeded();
  await web.shot(page, "portal-recommended");
  await page.goto(base + guide);
  const name = (await page.getByRole("heading", { level: 1 }).textContent()).trim();
  await page.getByRole("button", { name: "关注", exact: true }).click();
  await page.getByText("已关注：").waitFor();
  await web.shot(page, "portal-followed");

  const desk = await open("/", 1280, 720);
  await asked(desk, "POST", "/staff/sessions", { account: "zixun", password: "demo1234", code: "246810" });
  const article = {
    id: "moved-upstairs",
    kind: "notice",
    title: "业务搬迁公告",
    source: "政务服务中心",
    at: new Date(Date.now() - 60_000).toISOString(),
    body: `即日起${name}改在二楼办理。`,
  };
  await asked(desk, "PUT", "/articles/moved-upstairs", article);
  await desk.context().close();
  await until("the letter is there", async () => {
    const { messages } = await asked(page, "GET", "/me/messages");
    return messages.some((m) => m.text.includes("业务搬迁公告"));
  });
  await page.goto(`${base}/favourites`);
  await page.getByRole("button", { name: /取消关注/ }).click();
  await page.getByText("还没有关注").waitFor();
  await page.context().close();
});

test("forms are papers: a text as PDF, and a file that an editor uploaded", async () => {
  const page = await open("/", 1280, 720);
  const blank = await page.request.get(`${base}${guide}/materials/application/blank`);
  assert.equal(blank.headers()["content-type"], "application/pdf");
  assert.equal((await blank.body()).subarray(0, 5).toString(), "%PDF-");
  await asked(page, "POST", "/staff/sessions", { account: "bianban", password: "demo1234", code: "246810" });
  const { url } = await asked(page, "POST", "/item-forms", { file: (await upload(page, "样表.png")).id });
  const read = await fetch(base + url);
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("content-type"), "image/png");
  assert.equal((await fetch(`${base}/item-files/${(await upload(page, "草稿.png")).id}`)).status, 404);
  await page.context().close();
});
