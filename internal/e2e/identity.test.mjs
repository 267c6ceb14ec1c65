// Accounts and one's own space as people use them: signing in at the province
// (a real OpenID provider), the first password of a window, units and whom they
// let act for them, favourites without scripts, and the end of an account.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Provider from "oidc-provider";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, root, until } from "./support/hall.mjs";

const base = "http://127.0.0.1:9994";
const issuer = "http://127.0.0.1:9995";
const bare = "http://127.0.0.1:9996";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CODE = "246810"; // every code of the demo city

const people = {
  lin: {
    name: "林省样",
    number: cardNumber("1988-03-04", true),
    phone: "13900009101",
    password: "province2026",
  },
  wei: {
    name: "魏本地",
    number: cardNumber("1975-07-21", false),
    phone: "13900009102",
    password: "local2026",
  },
  qian: {
    name: "钱窗口",
    number: cardNumber("1951-10-02", true),
    phone: "13900009103",
    password: "window2026",
  },
  he: {
    name: "何证书",
    number: cardNumber("1983-05-06", true),
    phone: "13900009105",
    password: "certify2026",
  },
  fang: {
    name: "方执照",
    number: cardNumber("1979-09-08", false),
    phone: "13900009106",
    password: "licence2026",
  },
  sun: {
    name: "孙经办",
    number: cardNumber("1992-12-12", false),
    phone: "13900009104",
    password: "handle2026",
  },
};

/** DEMO is a person of the demo city. */
const DEMO = { phone: "13800000101", password: "demo1234" };

/** creditCode completes a unified social credit code by its check character (GB 32100). */
function creditCode(first) {
  const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const sum = [...first].reduce((n, c, i) => n + letters.indexOf(c) * (3 ** i % 31), 0);
  return first + letters[(31 - (sum % 31)) % 31];
}
const unit = { name: "东湖区小样食品店", code: creditCode("91330102MADEM0910") };
const signing = { name: "东湖市明证科技有限公司", code: creditCode("91330102MADEM0911") };
const windowed = { name: "东湖市窗口食品有限公司", code: creditCode("91330102MADEM0914") };
const licensed = { name: "东湖市有照商贸有限公司", code: creditCode("91330102MADEM0912") };

/** The province: a real OpenID provider that knows the people by their first name. */
function openProvince() {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "city",
        client_secret: "a secret of the city and the province",
        redirect_uris: [`${base}/province/callback`],
        post_logout_redirect_uris: [`${base}/`],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    pkce: { required: () => true },
    claims: {
      openid: ["sub"],
      profile: ["name", "id_number"],
      phone: ["phone_number", "phone_number_verified"],
    },
    cookies: { keys: ["a key of the province"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: people[id]?.name,
        id_number: people[id]?.number,
        phone_number: people[id]?.phone,
        phone_number_verified: true,
      }),
    }),
  });
  return provider.listen(9995, "127.0.0.1");
}

/** Starts a platform and waits until it is ready. */
async function startPlatform(name, address, args, files = {}) {
  const data = join(artefacts, name);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(data, file), text);
  const listen = address.replace("http://", "");
  const child = spawn(join(root, "bin/platform"), ["--data", data, "--listen", listen, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.pipe(createWriteStream(join(data, "platform.log")));
  await until(`${name} is ready`, async () => {
    try {
      return (await fetch(`${address}/readyz`)).ok;
    } catch {
      return false;
    }
  });
  return child;
}

let province;
let platform;
let closed;
let web;
before(async () => {
  province = openProvince();
  const settings = `province: {name: 省政务服务网, issuer: "${issuer}", client: city, secretFile: province.secret, timeout: 3s}\n`;
  [platform, closed, web] = await Promise.all([
    startPlatform("identity", base, ["--demo", "--base-url", base], {
      "identity.yaml": settings,
      "province.secret": "a secret of the city and the province\n",
    }),
    startPlatform("identity-closed", bare, []),
    openBrowser(),
  ]);
});
after(async () => {
  await web?.close();
  province?.close();
  for (const child of [platform, closed]) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null], "the platform ends in peace");
  }
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Opens a page of the platform as a phone does. */
const phone = (path) => web.open(base + path, 375, 812);

/** Signs in at the province's own pages. */
async function atProvince(page, who) {
  await page.waitForURL(`${issuer}/**`);
  await page.locator('input[name="login"]').fill(who);
  await page.locator('input[name="password"]').fill("anything");
  await page.locator('button[type="submit"]').click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Registers somebody by herself, without the pages. */
async function register(who) {
  const p = people[who];
  const body = {
    name: p.name,
    number: p.number,
    phone: p.phone,
    phoneCode: CODE,
    proofs: { "social-card": "A12345678" },
    password: p.password,
    agreement: "2026-11",
  };
  const answer = await fetch(`${base}/api/v1/people`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** Signs somebody in on the page of this city. */
async function signIn(page, who) {
  const { phone, password } = people[who] ?? DEMO;
  if (!page.url().includes("/login")) await page.goto(`${base}/login`);
  await page.getByLabel("身份证号或手机号").fill(phone);
  await page.getByLabel("密码").fill(password);
  await page.getByLabel("短信验证码").fill(CODE);
  await page.getByRole("button", { name: "登录", exact: true }).click();
}

/** Holds a page to what people need: no scrolling aside, targets, and no fault for assistive technology. */
async function fits(page, name, target = 48) {
  await page.screenshot({ path: join(artefacts, "screenshots", `identity-${name}.png`), fullPage: true });
  const seen = await page.evaluate((least) => {
    const shown = (e) => e.getClientRects().length > 0;
    const box = (e) => (e.closest("label.choice, label.agree") ?? e).getBoundingClientRect().height;
    return {
      over: document.documentElement.scrollWidth - innerWidth,
      low: [...document.querySelectorAll("button, .button, nav a, summary, input, select")]
        .filter((e) => shown(e) && box(e) < least - 0.5)
        .map((e) => `${e.outerHTML.slice(0, 90)} ${box(e)}`),
    };
  }, target);
  assert.deepEqual(seen, { over: 0, low: [] }, name);
  await page.evaluate(axe);
  const faults = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    return found.violations.map((v) => `${v.impact} ${v.id}: ${v.nodes[0].html}`);
  });
  assert.deepEqual(faults, [], name);
}

test("she registers by herself with the card, her phone and one more proof", async () => {
  const p = people.sun;
  const page = await phone("/register?next=/account");
  await page.getByRole("link", { name: "用省政务服务网账号直接注册" }).waitFor();
  await fits(page, "register");
  await page.getByLabel("姓名").fill(p.name);
  await page.getByLabel("身份证号码").fill(p.number);
  await page.getByLabel("手机号码").fill(p.phone);
  await page.getByLabel("短信验证码").fill(CODE);
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("核验方式").selectOption("银行卡号");
  await page.getByLabel("请填写银行卡号").fill("6222020000000000000");
  await fits(page, "register-proof");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("密码", { exact: false }).first().fill(p.password);
  await page.getByLabel("再输入一次密码").fill(p.password);
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "同意并注册" }).click();
  await page.getByText("身份信息未通过核验").waitFor();
  await page.getByRole("button", { name: "上一步" }).click();
  await page.getByLabel("请填写银行卡号").fill("6222021234567890128");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByRole("button", { name: "同意并注册" }).click();
  await page.getByText("网上自助注册", { exact: true }).waitFor();
  await page.context().close();
});

test("who scans the computer's code on her phone and confirms it is in, that computer alone", async () => {
  const computer = await web.open(`${base}/login?next=/account`, 1366, 768);
  await computer.getByRole("button", { name: "用手机扫码进入" }).click();
  const shown = computer.locator("[data-address]");
  const address = await shown.getAttribute("data-address");
  const picture = computer.getByRole("img", { name: "登录二维码" });
  assert.ok(await picture.evaluate((img) => img.complete && img.naturalWidth > 100), "the code is drawn");
  await fits(computer, "scan-computer");
  const number = (await shown.locator("strong").textContent()).trim();

  const page = await phone(new URL(address).pathname + new URL(address).hash);
  await page.waitForURL(/\/login\?next=/);
  await signIn(page, "sun");
  await page.getByText("有一台电脑要用您的账号登录").waitFor();
  await computer.getByText("已扫描，请在手机上确认").waitFor();
  await fits(page, "scan-phone");
  const wrong = number === "11" ? "12" : "11";
  await page.getByLabel("电脑上二维码旁边的两位数字").fill(wrong);
  await page.getByRole("button", { name: "确认登录" }).click();
  await page.getByText("数字与电脑上显示的不一致").waitFor();
  await page.getByLabel("电脑上二维码旁边的两位数字").fill(number);
  await page.getByRole("button", { name: "确认登录" }).click();
  await page.getByText("已确认，电脑正在登录").waitFor();
  await computer.waitForURL(`${base}/account`);
  await computer.getByText("孙*，您好").waitFor();

  // The same code once more, and from another computer: nothing.
  await page.reload();
  await page.getByText("二维码已失效").waitFor();
  const other = await web.open(`${base}/login`, 1366, 768);
  const stolen = await other.request.post(`${base}/api/v1/scan-sign-ins/current/session`);
  assert.equal(stolen.status(), 404, "another browser has nothing to fetch");

  // What she refuses stays out, and the computer says so.
  await other.getByRole("button", { name: "用手机扫码进入" }).click();
  const next = await other.locator("[data-address]").getAttribute("data-address");
  await page.goto("about:blank");
  await page.goto(next);
  await page.getByRole("button", { name: "不是我，拒绝" }).click();
  await page.getByText("已拒绝，电脑不会登录").waitFor();
  await other.getByText("手机上已拒绝登录").waitFor();
  await other.getByRole("button", { name: "刷新二维码" }).click();
  await other.locator("[data-address]").waitFor();
  for (const one of [page, computer, other]) await one.context().close();
});

test("who is known to the province agrees once and has an account", async () => {
  const page = await phone("/login?next=/account");
  await page.getByRole("link", { name: "用省政务服务网账号登录" }).waitFor();
  await fits(page, "login");
  await page.getByRole("link", { name: "用省政务服务网账号登录" }).click();
  await atProvince(page, "lin");
  await page.getByRole("heading", { name: "确认开通账号" }).waitFor();
  await page.getByText("林*", { exact: true }).waitFor();
  assert.equal(await page.getByText(people.lin.number).count(), 0, "the number is masked");
  await page.getByText("139****9101", { exact: true }).waitFor();
  await fits(page, "linked");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "同意并开通" }).click();
  await page.getByText("省平台账号").waitFor();
  assert.equal(new URL(page.url()).pathname, "/account", "she is where she wanted to go");
  await page.getByRole("button", { name: "退出" }).click();
  await page.waitForURL(`${issuer}/**`);
  await page.getByRole("button", { name: /Yes/ }).click(); // the province's session ends as well
  await page.waitForURL(`${base}/`);
  await page.goto(`${base}/login`);
  await page.getByRole("link", { name: "用省政务服务网账号登录" }).click();
  await atProvince(page, "lin");
  await page.getByRole("heading", { name: "林*，您好" }).waitFor();
  await page.context().close();
});

test("who has an account here keeps it when she comes from the province", async () => {
  await register("wei");
  const page = await phone("/province/sign-in?next=/account");
  await atProvince(page, "wei");
  await page.getByText("网上自助注册", { exact: true }).waitFor();
  await page.getByText("登录和操作记录").click();
  await page.getByText("关联省平台账号").waitFor();
  await page.context().close();
});

test("who turns back at the province is told so and signs in here", async () => {
  const page = await phone("/login");
  await page.getByRole("link", { name: "用省政务服务网账号登录" }).click();
  await page.waitForURL(`${issuer}/**`);
  await page.getByRole("link", { name: /cancel/i }).click();
  await page.getByText("您取消了省平台登录").waitFor();
  await signIn(page, "wei");
  await page.getByRole("heading", { name: "魏*，您好" }).waitFor();
  await page.context().close();
});

test("who registered at a window chooses a password before anything else", async () => {
  const json = { "content-type": "application/json" };
  const signed = await fetch(`${base}/api/v1/staff/sessions`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ account: "zhuce", password: "demo1234", code: CODE }),
  });
  const { token } = await signed.json();
  const p = people.qian;
  const made = await fetch(`${base}/api/v1/people/at-window`, {
    method: "POST",
    headers: { ...json, authorization: `Bearer ${token}` },
    body: JSON.stringify({ name: p.name, number: p.number, phone: p.phone, phoneCode: CODE }),
  });
  const { password } = await made.json();
  const page = await phone("/login");
  await page.getByLabel("身份证号或手机号").fill(p.number);
  await page.getByLabel("密码").fill(password);
  await page.getByLabel("短信验证码").fill(CODE);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await page.getByRole("heading", { name: "请设置自己的密码" }).waitFor();
  await fits(page, "first-password");
  await page.getByLabel("新密码").fill(password);
  await page.getByRole("button", { name: "设置密码并登录" }).click();
  await page.getByText("新密码不能与原密码相同").waitFor();
  await page.getByLabel("新密码").fill(p.password);
  await page.getByRole("button", { name: "设置密码并登录" }).click();
  await page.getByRole("heading", { name: "钱*，您好" }).waitFor();
  await page.context().close();
});

test("who lost her phone gets another one bound at the window", async () => {
  const desk = await web.open(`${base}/staff/`, 1366, 768);
  await desk.request.post(`${base}/api/v1/staff/sessions`, {
    data: { account: "zhuce", password: "demo1234", code: CODE },
    headers: { origin: base },
  });
  await desk.goto(`${base}/staff/people`);
  await desk.getByLabel("身份证号码").fill(people.qian.number);
  await desk.getByRole("button", { name: "查找" }).click();
  await desk.getByRole("button", { name: "更换手机号" }).click();
  const dialog = desk.getByRole("dialog", { name: "更换手机号" });
  people.qian.phone = "13900009133";
  await dialog.getByLabel("新手机号码").fill(people.qian.phone);
  await dialog.getByLabel("短信验证码").fill(CODE);
  await web.shot(desk, "identity-window-phone");
  await dialog.getByRole("button", { name: "更换手机号" }).click();
  await desk.getByText("139****9133").waitFor();
  await desk.context().close();
  const page = await phone("/login");
  await signIn(page, "qian");
  await page.getByRole("heading", { name: "钱*，您好" }).waitFor();
  await page.context().close();
});

test("a forgotten password is replaced by a code", async () => {
  const page = await phone("/login");
  await page.getByRole("button", { name: "忘记密码" }).click();
  const p = people.wei;
  p.password = "again2026";
  await page.getByLabel("身份证号码").fill(p.number);
  await page.getByLabel("手机号码").fill(p.phone);
  await page.getByLabel("短信验证码").fill(CODE);
  await page.getByLabel("新密码").fill(p.password);
  await page.getByRole("button", { name: "更新密码" }).click();
  await page.getByText("密码已更新").waitFor();
  await signIn(page, "wei");
  await page.getByRole("heading", { name: "魏*，您好" }).waitFor();
  await page.context().close();
});

/** Grants from the page of units that is open. */
async function grant(page, to, role, more = async () => {}) {
  await page.getByRole("button", { name: "授权给别人" }).click();
  await page.getByLabel("对方姓名").fill(people[to].name);
  await page.getByLabel("对方身份证号码").fill(people[to].number);
  await page.getByRole("radio", { name: role }).check();
  await more();
  await page.getByRole("button", { name: "确认授权" }).click();
  await page.getByText(`已授权给 ${people[to].name}`).waitFor();
}

test("a unit is registered, lets others act for it, and takes it back with all below", async () => {
  const boss = await phone("/login?next=/units");
  await signIn(boss, "wei");
  await boss.getByText("还没有可代办的单位").waitFor();
  await boss.getByRole("button", { name: "登记单位" }).click();
  await boss.getByLabel("单位名称").fill(unit.name);
  await boss
    .getByLabel("统一社会信用代码")
    .fill(`${unit.code.slice(0, 17)}${unit.code[17] === "0" ? "1" : "0"}`);
  await boss.getByRole("button", { name: "确认登记" }).click();
  await boss.getByRole("alert").waitFor();
  await boss.getByLabel("统一社会信用代码").fill(unit.code.toLowerCase());
  await fits(boss, "unit-register");
  await boss.getByRole("button", { name: "确认登记" }).click();
  await boss.getByText(`已登记 ${unit.name}`).waitFor();
  await grant(boss, "qian", /管理者/, async () => {
    await boss.getByRole("radio", { name: "只限指定事项" }).check();
    await boss.getByLabel("查找事项").fill("食品经营许可");
    await boss.getByRole("button", { name: "查找", exact: true }).click();
    await boss.getByRole("checkbox").first().check();
    await boss.getByText("已选 1 项").waitFor();
    await fits(boss, "unit-grant");
  });
  await fits(boss, "unit-tree");

  const manager = await phone("/login?next=/units");
  await signIn(manager, "qian");
  await manager.getByText("限办：").waitFor();
  await manager.getByRole("button", { name: "谁可以代办" }).click();
  await grant(manager, "sun", /经办人/, async () => {
    assert.equal(await manager.getByRole("radio", { name: "全部事项" }).count(), 0, "no more than she has");
    await manager.getByRole("checkbox").first().check();
  });
  await manager.getByText("第 2 级").waitFor();

  const handler = await phone("/login?next=/units");
  await signIn(handler, "sun");
  await handler.getByRole("button", { name: "谁可以代办" }).click();
  await handler.getByText("第 2 级").waitFor();
  await fits(handler, "unit-handler");
  assert.equal(
    await handler.getByRole("button", { name: "授权给别人" }).count(),
    0,
    "a handler grants nothing",
  );
  await handler.getByRole("button", { name: "代该单位办事" }).click();
  await handler.getByText(`正在代 ${unit.name} 办理`).first().waitFor();

  // What the manager may is made wider, and everything below stays within it.
  await boss.reload();
  await boss.getByRole("button", { name: "谁可以代办" }).click();
  await boss.getByText("第 2 级").waitFor();
  await boss.getByRole("button", { name: "变更授权" }).first().click();
  const change = boss.getByRole("form", { name: "变更授权" });
  await change.getByRole("radio", { name: "全部事项" }).check();
  await change.getByRole("radio", { name: "6 个月" }).check();
  await fits(boss, "unit-change");
  await change.getByRole("button", { name: "确认变更" }).click();
  await boss.getByText(/已变更 钱\* 的授权/).waitFor();

  // Somebody else asks; the manager sees it, and grants less than was asked for.
  const asker = await phone("/login?next=/units");
  await signIn(asker, "demo");
  await asker.getByRole("button", { name: "申请单位授权" }).click();
  const ask = asker.getByRole("form", { name: "申请单位授权" });
  await ask.getByLabel("单位名称").fill("没有这家公司");
  await ask.getByLabel("统一社会信用代码").fill(unit.code);
  await ask.getByRole("button", { name: "提交申请" }).click();
  await ask.getByRole("alert").filter({ hasText: "没有找到这个单位" }).waitFor();
  await ask.getByLabel("单位名称").fill(unit.name);
  await ask.getByRole("radio", { name: /管理者/ }).check();
  await fits(asker, "unit-ask");
  await ask.getByRole("button", { name: "提交申请" }).click();
  await asker.getByText("等待单位答复").waitFor();
  await manager.reload();
  await manager.getByRole("button", { name: "谁可以代办" }).click();
  const waiting = manager.getByRole("region", { name: "等您答复的授权申请" });
  await waiting.getByRole("button", { name: "同意", exact: true }).click();
  await waiting.getByRole("radio", { name: /经办人/ }).check();
  await waiting.getByRole("radio", { name: "3 个月" }).check();
  await fits(manager, "unit-answer");
  await waiting.getByRole("button", { name: "确认授权" }).click();
  await waiting.waitFor({ state: "detached" });
  await asker.reload();
  await asker.getByText("可以代单位预约、申请和查询，不能再授权给别人。").waitFor();
  assert.equal(await asker.getByText("等待单位答复").count(), 0, "it is answered");
  await asker.context().close();

  await boss.reload();
  await boss.getByRole("button", { name: "谁可以代办" }).click();
  await boss.getByText("第 2 级").first().waitFor();
  await boss.getByRole("button", { name: "取消授权" }).first().click();
  await boss.getByText("由此再授权的 2 人也同时失效").waitFor();
  await web.shot(boss, "identity-unit-end");
  await boss.getByRole("button", { name: "确定取消" }).click();
  await boss.getByText("已失效的授权（3）").waitFor();
  await handler.goto(`${base}/units`);
  await handler.getByText("还没有可代办的单位").waitFor();
  assert.equal(await handler.getByText("正在代").count(), 0, "she acts for it no more");
  for (const page of [boss, manager, handler]) await page.context().close();
});

/** Gets a certificate from the demo authority's page and returns its file. */
async function demoCertificate(page, of) {
  const [counter] = await Promise.all([
    page.context().waitForEvent("page"),
    page.getByRole("link", { name: "领取演示证书" }).click(),
  ]);
  await counter.getByText("演示页面，仅供体验").waitFor();
  await counter.getByLabel("单位名称").fill(of.name);
  await counter
    .getByLabel("统一社会信用代码")
    .fill(`${of.code.slice(0, 17)}${of.code[17] === "0" ? "1" : "0"}`);
  await counter.getByRole("button", { name: "领取演示证书" }).click();
  await counter.getByText("统一社会信用代码有误").waitFor();
  await counter.getByLabel("统一社会信用代码").fill(of.code);
  await fits(counter, "demo-certificate");
  const [download] = await Promise.all([
    counter.waitForEvent("download"),
    counter.getByRole("button", { name: "领取演示证书" }).click(),
  ]);
  const buffer = readFileSync(await download.path());
  await counter.close();
  return { name: "unit.pem", mimeType: "application/x-pem-file", buffer };
}

test("a unit comes in by its certificate, and its agent signs in by it from then on", async () => {
  await register("he");
  const page = await web.open(`${base}/login`, 1280, 720);
  await page.getByRole("button", { name: "单位登录" }).click();
  await page.getByRole("button", { name: "电子营业执照" }).waitFor();
  await fits(page, "legal-choose-desk");
  await page.getByRole("button", { name: "数字证书" }).click();
  const file = await demoCertificate(page, signing);
  await page.getByLabel("证书文件").setInputFiles({
    name: "note.pem",
    mimeType: "text/plain",
    buffer: Buffer.from("<script>alert(1)</script>"),
  });
  await page.getByRole("button", { name: "签名并核验" }).click();
  await page.getByText("文件里没有证书或私钥").waitFor();
  await page.getByLabel("证书文件").setInputFiles(file);
  await fits(page, "legal-certificate-desk");
  await page.getByRole("button", { name: "签名并核验" }).click();
  await page.getByRole("heading", { name: "单位已核验" }).waitFor();
  await page.getByText(signing.name).waitFor();
  await page.getByText("首次使用").waitFor();
  await fits(page, "legal-unlinked-desk");
  await page.getByRole("link", { name: "用个人账号登录" }).click();
  await signIn(page, "he");
  await page.getByRole("heading", { name: "单位已核验" }).waitFor();
  await page.getByRole("radio", { name: /经办人/ }).check();
  await page.getByRole("checkbox").check();
  await fits(page, "legal-link-desk");
  await page.getByRole("button", { name: "同意并绑定" }).click();
  await page.waitForURL(`${base}/my`);
  await page.getByText(`正在代 ${signing.name} 办理`).first().waitFor();
  await page.goto(`${base}/units`);
  await page.getByRole("button", { name: "谁可以代办" }).click();
  await page.getByText(/数字证书 · 何\*/).waitFor();
  await fits(page, "legal-units-desk");
  await page.context().close();

  const again = await phone("/login?unit=1");
  await again.getByRole("button", { name: "数字证书" }).click();
  await fits(again, "legal-certificate");
  await again.getByText("使用 UKey").click();
  await fits(again, "legal-certificate-tool");
  await again.getByLabel("证书文件").setInputFiles(file);
  await again.getByRole("button", { name: "签名并核验" }).click();
  await again.getByText("将以 何* 的账号登录").waitFor();
  await again.getByText("139****9105").waitFor();
  await again.getByLabel("短信验证码").fill("000000");
  await again.getByRole("button", { name: "登录", exact: true }).click();
  await again.getByText("验证码有误").waitFor();
  await fits(again, "legal-enter");
  await again.getByRole("button", { name: "获取验证码" }).click();
  await again.getByText(/验证码已发送/).waitFor();
  await again.getByLabel("短信验证码").fill(CODE);
  await again.getByRole("button", { name: "登录", exact: true }).click();
  await again.getByText(`正在代 ${signing.name} 办理`).first().waitFor();
  await again.context().close();
});

/** Says yes or no on the demo wallet of somebody's phone, which the QR code of page leads to. */
async function wallet(page, who, role, shot) {
  const address = await page.getByRole("link", { name: "在本机打开电子营业执照" }).getAttribute("href");
  const own = await web.open(address, 375, 812);
  await own.getByText(`${base} 请求使用您的电子营业执照`).waitFor();
  if (shot) await fits(own, shot);
  if (!role) {
    await own.getByRole("button", { name: "拒绝" }).click();
    await own.getByText("已拒绝").waitFor();
  } else {
    await own.getByLabel("单位名称").fill(licensed.name);
    await own.getByLabel("统一社会信用代码").fill(licensed.code);
    await own.getByLabel("法定代表人", { exact: true }).fill(people.fang.name);
    await own.getByLabel("持照人姓名").fill(people[who].name);
    await own.getByLabel("持照人身份证号码").fill(people[who].number);
    await own.getByRole("radio", { name: role }).check();
    await own.getByRole("button", { name: "同意使用" }).click();
    await own.getByText("已同意").waitFor();
  }
  await own.goto(address);
  await own.getByText("已经处理过了").waitFor();
  await own.context().close();
}

test("a unit comes in by its electronic licence: on a phone, by its representative and by who handles its affairs", async () => {
  await register("fang");
  const page = await phone("/login?next=/units");
  await page.getByRole("button", { name: "单位登录" }).click();
  await page.getByRole("button", { name: "电子营业执照" }).waitFor();
  await fits(page, "legal-choose");
  await page.getByRole("button", { name: "电子营业执照" }).click();
  await page.getByAltText("电子营业执照二维码").waitFor();
  await fits(page, "legal-licence");
  await wallet(page, "fang", "", "demo-wallet");
  await page.getByText("持照人已拒绝").waitFor();
  await fits(page, "legal-declined");
  await page.getByRole("button", { name: "电子营业执照" }).click();
  await page.getByAltText("电子营业执照二维码").waitFor();
  await wallet(page, "fang", /法定代表人/);
  await page.getByRole("heading", { name: "单位已核验" }).waitFor();
  await fits(page, "legal-unlinked");
  await page.getByRole("link", { name: "用个人账号登录" }).click();
  await signIn(page, "fang");
  await page.getByRole("checkbox").check();
  await fits(page, "legal-link");
  await page.getByRole("button", { name: "同意并绑定" }).click();
  await page.waitForURL(`${base}/units`);
  await page.getByRole("region", { name: licensed.name }).getByText("法定代表人", { exact: true }).waitFor();
  await page.context().close();

  // From now on a scan is all it takes; and of who handles the unit's affairs its representative hears.
  const desk = await web.open(`${base}/login?unit=1&next=/units`, 1280, 720);
  await desk.getByRole("button", { name: "电子营业执照" }).click();
  await desk.getByAltText("电子营业执照二维码").waitFor();
  await fits(desk, "legal-licence-desk");
  await wallet(desk, "fang", /法定代表人/);
  await desk.getByText(`正在代 ${licensed.name} 办理`).first().waitFor();
  const agent = await phone("/login?next=/login%3Funit%3D1");
  await signIn(agent, "he");
  await agent.getByRole("button", { name: "电子营业执照" }).click();
  await agent.getByAltText("电子营业执照二维码").waitFor();
  await wallet(agent, "he", /经办人/);
  await agent.getByRole("checkbox").check();
  await agent.getByRole("button", { name: "同意并绑定" }).click();
  await agent.getByText(`正在代 ${licensed.name} 办理`).first().waitFor();
  await desk.getByRole("button", { name: "谁可以代办" }).click();
  await desk.getByText(/电子营业执照 · 何\*/).waitFor();
  await fits(desk, "legal-units-licence-desk");
  await desk
    .getByRole("listitem")
    .filter({ hasText: "何*" })
    .getByRole("button", { name: "解除绑定" })
    .click();
  await desk.getByRole("button", { name: "确定解除" }).click();
  await desk.getByText("已解除，今后不能再用它登录").waitFor();
  await desk.goto(`${base}/my`);
  await desk.getByRole("button", { name: /单位新增代办人/ }).click();
  await desk.getByText(/何\*已凭单位证书或电子营业执照成为/).waitFor();
  await desk.context().close();
  await agent.context().close();
});

test("a unit is registered at the window, by its representative and then by an agent", async () => {
  const page = await web.open(`${base}/healthz`, 1280, 720);
  const data = { account: "zhuce", password: "demo1234", code: CODE };
  assert.equal((await page.request.post(`${base}/api/v1/staff/sessions`, { data })).status(), 200);
  await page.goto(`${base}/staff/people/legal`);
  const submit = page.getByRole("button", { name: "登记", exact: true });
  await page.getByLabel("到场人身份证号码").fill(people.wei.number);
  await page.getByRole("button", { name: "查找账号" }).click();
  await page.getByRole("status").filter({ hasText: "魏" }).waitFor();
  await page.getByLabel("单位名称").fill(windowed.name);
  await page
    .getByLabel("统一社会信用代码")
    .fill(creditCode("91330102MADEM0914").replace(/.$/, (c) => (c === "0" ? "1" : "0")));
  await page.getByText("到场人身份证", { exact: true }).click();
  assert.equal(await submit.isDisabled(), true, "every original is ticked first");
  await page.getByText("单位证照", { exact: true }).click();
  await submit.click();
  await page.getByText("统一社会信用代码有误").waitFor();
  await page.getByLabel("统一社会信用代码").fill(windowed.code);
  await submit.click();
  await page.getByRole("heading", { name: "单位已登记" }).waitFor();
  await web.shot(page, "identity-legal-window-done");
  const paper = await page.request.get(
    new URL(await page.getByRole("link", { name: "打印服务协议" }).getAttribute("href"), base).href,
  );
  assert.equal(paper.headers()["content-type"], "application/pdf");
  writeFileSync(join(artefacts, "identity-legal-agreement.pdf"), await paper.body());

  await page.getByRole("button", { name: "办理下一家" }).click();
  await page.getByText("经办人（受委托）").click();
  await page.getByLabel("到场人身份证号码").fill(people.lin.number);
  await page.getByLabel("单位名称").fill(windowed.name);
  await page.getByLabel("统一社会信用代码").fill(windowed.code);
  await page.getByLabel("法定代表人姓名").fill(people.wei.name);
  await page.getByLabel("法定代表人身份证号码").fill(people.wei.number);
  const until = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
  await page.getByRole("combobox", { name: "授权期限至" }).fill(until);
  await page.keyboard.press("Enter");
  for (const paper of ["到场人身份证", "法定代表人身份证", "授权委托书", "单位证照"])
    await page.getByText(paper, { exact: true }).click();
  await web.shot(page, "identity-legal-window");
  await submit.click();
  await page.getByText("已通知法定代表人").waitFor();
  await page.context().close();
});

test("a unit is taken out of use at the desk and comes back when the head approves", async () => {
  const as = async (account, path) => {
    const page = await web.open(`${base}/healthz`, 1366, 768);
    const data = { account, password: "demo1234", code: CODE };
    assert.equal((await page.request.post(`${base}/api/v1/staff/sessions`, { data })).status(), 200);
    await page.goto(`${base}/staff/people${path}`);
    return page;
  };
  const desk = await as("zhuce", "");
  await desk.getByRole("button", { name: "单位账号" }).click();
  await desk.getByLabel("统一社会信用代码").fill(windowed.code.toLowerCase());
  await desk.getByRole("button", { name: "查找" }).click();
  const card = desk.getByRole("region", { name: "单位账号信息" });
  await card.getByText("魏*", { exact: true }).waitFor();
  await card.getByText("1 人").waitFor();
  const because = async (what, why) => {
    await card.getByRole("button", { name: what }).click();
    await desk.getByRole("dialog").getByRole("textbox").fill(why);
    await desk.getByRole("dialog").getByRole("button", { name: what }).click();
  };
  await because("停用账号", "提交虚假材料");
  await card.getByText("任何人都不能代该单位办事").waitFor();

  const own = await phone("/login");
  await signIn(own, "wei");
  await own.getByRole("heading", { name: "魏*，您好" }).waitFor();
  const act = async () => {
    const found = await (await own.request.get(`${base}/api/v1/legal-persons`)).json();
    return found.legalPersons.some((l) => l.code === windowed.code);
  };
  assert.equal(await act(), false, "its representative doesn't speak for it");

  await because("申请启用", "已整改");
  await card.getByText("由审批人批准").waitFor();
  await web.shot(desk, "identity-unit-enabling");
  assert.equal(await desk.getByRole("button", { name: "批准启用" }).count(), 0, "the desk doesn't approve");
  const head = await as("fuze", "/units");
  const waits = head.getByRole("listitem").filter({ hasText: windowed.name });
  await waits.getByText("已整改").waitFor();
  await web.shot(head, "identity-units-waiting");
  await waits.getByRole("button").click();
  await head.getByRole("dialog").getByRole("button", { name: "批准启用" }).click();
  await waits.waitFor({ state: "detached" });
  assert.equal(await act(), true, "its representative speaks for it again");
  for (const page of [desk, own, head]) await page.context().close();
});

test("items are kept and dropped without scripts", async () => {
  const signed = await phone("/login");
  await signIn(signed, "sun");
  await signed.getByRole("heading", { name: "孙*，您好" }).waitFor();
  const cookies = await signed.context().cookies();
  const plain = await web.browser.newContext({
    viewport: { width: 375, height: 812 },
    locale: "zh-CN",
    javaScriptEnabled: false,
  });
  const page = await plain.newPage();
  await page.goto(`${base}/items/business-licence`);
  await page.getByRole("button", { name: "收藏", exact: true }).click();
  await page
    .getByRole("heading", { name: "登录" })
    .waitFor({ state: "attached", timeout: 2000 })
    .catch(() => {});
  assert.equal(new URL(page.url()).pathname, "/login", "who isn't signed in is asked to");
  await plain.addCookies(cookies);
  await page.goto(`${base}/items/business-licence`);
  await page.getByRole("button", { name: "收藏", exact: true }).click();
  await page.getByText("已收藏：").waitFor();
  await web.shot(page, "identity-favourites");
  await signed.goto(`${base}/favourites`);
  await fits(signed, "favourites");
  await page.getByRole("button", { name: /^取消收藏/ }).click();
  await page.getByText("还没有收藏").waitFor();
  await plain.close();
  await signed.context().close();
});

test("phone, record, copy and end of an account are in its owner's hands", async () => {
  const page = await phone("/login?next=/account");
  await signIn(page, "sun");
  await page.getByRole("heading", { name: "账号安全" }).waitFor();
  await page.getByText("更换手机号").first().click();
  await page.getByLabel("原手机收到的验证码").fill(CODE);
  await page.getByLabel("新手机号码").fill("13900009199");
  await page.getByLabel("新手机收到的验证码").fill(CODE);
  await fits(page, "account-phone");
  await page.getByRole("button", { name: "更换手机号" }).click();
  await page.getByText("已更换为新手机号").waitFor();
  await page.getByText("139****9199").first().waitFor();
  await page.getByText("下载我的信息").first().click();
  const form = page.getByRole("form", { name: "下载我的信息" });
  await form.getByLabel("短信验证码").fill(CODE);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    form.getByRole("button", { name: "下载", exact: true }).click(),
  ]);
  const copy = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.equal(copy.person.number, people.sun.number);
  assert.equal(copy.person.phone, "13900009199");
  assert.ok(copy.further.messages.length > 0 && Array.isArray(copy.further.appointments), "of all contexts");
  await page.getByText("登录和操作记录").click();
  await page.getByRole("listitem").filter({ hasText: "注册" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: "更换手机号" }).waitFor();
  await web.shot(page, "identity-account-record");
  await page.getByText("停用账号").first().click();
  const end = page.getByRole("form", { name: "停用账号" });
  await end.getByLabel("短信验证码").fill(CODE);
  await end.getByRole("checkbox").check();
  await end.getByRole("button", { name: "停用账号" }).click();
  await page.getByText("账号已停用").waitFor();
  people.sun.phone = "13900009199";
  await signIn(page, "sun");
  await page.getByText("该账号已停用").waitFor();
  await page.context().close();
});

test("the pages of one's space are large for the elderly", async () => {
  const page = await phone("/login?next=/units");
  await page.context().addCookies([{ name: "elder", value: "1", url: base }]);
  await page.reload();
  await fits(page, "login-elder", 60);
  await page.getByRole("button", { name: "单位登录" }).click();
  await page.getByRole("button", { name: "电子营业执照" }).click();
  await page.getByAltText("电子营业执照二维码").waitFor();
  await fits(page, "legal-licence-elder", 60);
  await page.getByRole("button", { name: "个人登录" }).click();
  await signIn(page, "wei");
  await page.getByRole("button", { name: "谁可以代办" }).first().click();
  await page.getByRole("button", { name: "授权给别人" }).click();
  await fits(page, "unit-grant-elder", 60);
  await page.goto(`${base}/account`);
  await page.getByText("停用账号").first().click();
  await fits(page, "account-elder", 60);
  await page.context().close();
});

test("a city without provers says which ways are open", async () => {
  const page = await web.open(`${bare}/register`, 375, 812);
  await page.getByText("网上自助注册暂未开通").waitFor();
  await web.shot(page, "identity-closed");
  const answer = await fetch(`${bare}/api/v1/registration-ways`);
  assert.deepEqual(await answer.json(), { proofs: [], legal: false, demo: false });
  await page.context().close();
});

test("while the province is down it says so, and people sign in here", async () => {
  province.closeAllConnections();
  await new Promise((done) => province.close(done));
  province = undefined;
  await until("the province is missed", async () => {
    const answer = await fetch(`${base}/province/sign-in`, { redirect: "manual" });
    return answer.headers.get("location")?.includes("province-away");
  });
  const page = await phone("/login?next=/account");
  await page.getByRole("link", { name: "用省政务服务网账号登录" }).click();
  await page.getByText("省平台登录暂时连不上").waitFor();
  await web.shot(page, "identity-province-away");
  await signIn(page, "wei");
  await page.getByRole("heading", { name: "账号安全" }).waitFor();
  await page.context().close();
});
