// The citizen's side on a telephone: applying on line with a network that goes
// and a sign-in that runs out, handing the draft on, the supplement, progress
// and result, and a package in one application.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { artefacts } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const photo = join(artefacts, "apply-photo.png");
const LIN = "330100199005200128"; // owns a restaurant
let city;
let phone;
let clerk;
let caseId;

before(async () => {
  city = await openWorkspace("apply", 9110);
  const context = await city.web.browser.newContext({
    viewport: { width: 375, height: 812 },
    locale: "zh-CN",
    hasTouch: true,
    isMobile: true,
  });
  context.setDefaultTimeout(20_000);
  phone = await context.newPage();
  phone.on("pageerror", (err) => city.web.errors.push(err.message));
  await phone.goto(`${city.base}/`);
  await phone.screenshot({ path: photo });
  clerk = await city.as("shouli");
});
after(async () => {
  rmSync(photo, { force: true });
  await city?.close();
});

/** Nothing serious for axe, nothing too small for a finger, nothing wider than the screen. */
async function fit(what) {
  await phone.waitForLoadState("networkidle");
  await phone.evaluate(axe);
  const found = await phone.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    const serious = violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
    const small = [...document.querySelectorAll("main :is(a, button, select, input:not([type=file]))")]
      .filter((e) => e.offsetParent)
      .map((e) => ({ e, box: (e.closest("label") ?? e).getBoundingClientRect() }))
      .filter(({ box }) => box.height < 47.5)
      .map(({ e, box }) => `${Math.round(box.height)} px: ${e.outerHTML.slice(0, 100)}`);
    const wide = document.documentElement.scrollWidth > 375 ? ["wider than the screen"] : [];
    return [...serious, ...small, ...wide];
  });
  await city.web.shot(phone, `apply-${what}`);
  assert.deepEqual(found, [], what);
}

/** Signs the telephone in by the page where it stands. */
async function signIn() {
  await phone.getByLabel("身份证号或手机号").fill(LIN);
  await phone.getByLabel(/^密码/).fill("demo1234");
  await phone.getByLabel("短信验证码").fill("246810");
  await phone.getByRole("button", { name: "登录", exact: true }).click();
}

/** Asks the platform as the clerk; data makes it a change. */
async function desk(path, data, page = clerk) {
  const url = `${city.base}/api/v1${path}`;
  const answer = data ? await page.request.post(url, { data }) : await page.request.get(url);
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** One step after the other: after a failure the rest has nothing to stand on. */
let broken = false;
const step = (name, work) =>
  test(name, async (context) => {
    if (broken) return context.skip("an earlier step failed");
    broken = true;
    try {
      await work();
    } catch (err) {
      await city.web.shot(phone, "apply-failure");
      throw err;
    }
    broken = false;
  });

const next = (name = "下一步") => phone.getByRole("button", { name }).click();

step("an application begins at the guide, through the sign-in, with the situation's questions", async () => {
  await phone.goto(`${city.base}/items/food-licence`);
  await phone.getByRole("link", { name: "在线办理" }).click();
  await fit("door");
  await next("登录并申请");
  await signIn();
  await phone.getByText("为谁申请？").waitFor();
  await fit("who");
  await phone.getByText("东湖市小雨餐饮管理有限公司").click();
  await next();
  await phone.getByRole("button", { name: "只卖预包装食品" }).click();
  await phone.getByText("这件事不适合您的情形").waitFor();
  await next("改上一题");
  await phone.getByRole("button", { name: "餐馆、饮品店" }).click();
  await phone.getByRole("button", { name: "不做" }).click();
  await phone.getByRole("button", { name: "法定代表人" }).waitFor();
  await fit("situation");
  await phone.getByRole("button", { name: "法定代表人" }).click();
  await phone.getByLabel("经营者名称").waitFor();
  assert.match(await phone.getByLabel("经营者名称").inputValue(), /小雨餐饮/, "what is known is filled in");
  caseId = new URL(phone.url()).searchParams.get("case");
  await fit("form");
});

step("nothing typed is lost: a dead network, a sign-in that ran out, another device", async () => {
  await phone.context().setOffline(true);
  await phone.getByLabel("经营场所面积").fill("120");
  await phone.getByText("暂时没有保存到网上").waitFor();
  await phone.context().setOffline(false);
  await phone.getByText("已自动保存").waitFor();

  await phone.context().clearCookies();
  await phone.getByLabel("其中食品处理区面积").fill("40");
  await phone.getByText("登录已过期").waitFor();
  await phone.getByRole("button", { name: "重新登录" }).click();
  await signIn();
  await phone.getByLabel("其中食品处理区面积").waitFor();
  assert.equal(await phone.getByLabel("其中食品处理区面积").inputValue(), "40");
  await phone.getByText("已自动保存").waitFor();

  const url = `${city.base}/api/v1/cases/${caseId}`;
  const stands = await (await phone.request.get(url)).json();
  await phone.request.put(`${url}/values`, {
    data: { values: { ...stands.values, seats: 9 }, edition: stands.edition },
  });
  await phone.getByLabel("经营场所面积").fill("130");
  await phone.getByText("两处填写的内容不一致").waitFor();
  await fit("clash");
  await phone.getByRole("button", { name: "用本机的" }).click();
  await phone.getByText("已自动保存").waitFor();
  const kept = await (await phone.request.get(url)).json();
  assert.equal(kept.values.area ?? Object.values(kept.values).find((v) => v === 130), 130);
});

step("the form says what is missing, and takes it", async () => {
  await next("保存，下一步");
  await phone.getByText(/有 \d+ 处需要修改/).waitFor();
  await fill();
  await next("保存，下一步");
  await phone.getByText("可以拍照或选择文件").waitFor();
});

/** Fills in what the form still asks. */
async function fill() {
  await phone.getByLabel("法定代表人（负责人）").fill("林小雨");
  await phone.getByRole("radio", { name: "5 年" }).check();
  const selects = phone.locator("form.fill select");
  for (let level = 0; level < (await selects.count()); level++) {
    await selects.nth(level).selectOption({ index: 1 });
    await phone.waitForLoadState("networkidle");
  }
  await phone.getByLabel("详细地址").fill("湖滨路100号");
  await phone.getByLabel("就餐座位").fill("30");
  await phone.getByRole("radio", { name: "否", exact: true }).check();
  await phone.getByRole("checkbox", { name: "热食类食品制售" }).check();
  await phone.getByRole("radio", { name: "市政供水" }).check();
  const manager = phone.getByRole("group", { name: "食品安全管理员" });
  await manager.getByLabel("姓名").fill("林小雨");
  await manager.getByLabel("身份证号码").fill(LIN);
  await manager.getByLabel("联系电话").fill("13800000101");
  await phone.getByRole("button", { name: "添加一行" }).click();
  const row = phone.getByRole("group", { name: "接触直接入口食品的从业人员" });
  await row.getByLabel("姓名").fill("林小雨");
  await row.getByLabel("身份证号码").fill(LIN);
  await row.getByLabel("岗位").fill("厨师");
  await row.getByLabel("健康证有效期至").fill("2027-11-01");
}

step("materials are photographed, delivery chosen, everything read back and handed in", async () => {
  const picks = phone.getByLabel(/^选择文件：/);
  for (let n = await picks.count(); n > 0; n--) {
    await picks.nth(n - 1).setInputFiles(photo);
    await phone
      .getByRole("link", { name: "apply-photo.png" })
      .nth((await picks.count()) - n)
      .waitFor();
  }
  await fit("materials");
  await next();
  await phone.getByRole("radio", { name: /邮寄/ }).check();
  await phone.getByLabel("详细地址").fill("东湖市东湖区湖滨路100号");
  await fit("delivery");
  await next();
  await phone.getByText("热食类食品制售").waitFor();
  await phone.getByRole("checkbox", { name: /真实有效/ }).check();
  await fit("check");

  await next("换个地方接着办");
  await phone.locator("dialog .code").waitFor();
  await fit("hand-over");
  const code = (await phone.locator("dialog .code").innerText()).replace(/\s/g, "");
  await next("知道了");
  const tablet = await phone.context().newPage();
  await tablet.goto(`${city.base}/apply`);
  await tablet.getByLabel("接续码（8 位）").fill(code.toLowerCase());
  await tablet.getByRole("button", { name: "继续填写" }).click();
  await tablet.getByLabel("就餐座位").waitFor();
  assert.equal(await tablet.getByLabel("就餐座位").inputValue(), "30", "the same draft elsewhere");
  await tablet.close();

  await next("提交申请");
  await phone.getByRole("heading", { name: "申请已提交" }).waitFor();
  await fit("done");
  assert.match(await phone.locator(".number").first().innerText(), /^SQ\d{14}$/);
});

step("the notice's supplement is given on the telephone and sent", async () => {
  const seen = await desk(`/acceptance/cases/${caseId}`);
  const findings = seen.materials.map((m) => ({
    material: m.id,
    result: m.id === "health" ? "wrong" : "ok",
    note: m.id === "health" ? "健康证照片不清楚，请重拍" : undefined,
  }));
  await desk(`/acceptance/cases/${caseId}/reviews`, { findings });
  await desk(`/acceptance/cases/${caseId}/notice`, {});
  await phone.goto(`${city.base}/my`);
  const cases = phone.getByRole("region", { name: "我的办件" });
  await cases.getByRole("button", { name: /小雨餐饮/ }).click();
  await phone.getByRole("heading", { name: /等您处理/ }).waitFor();
  await fit("my");
  await phone.getByRole("link", { name: "去补正" }).click();
  await phone.getByText("健康证照片不清楚，请重拍").last().waitFor();
  await fit("supplement");
  assert.ok(await phone.getByRole("button", { name: "提交补正" }).isDisabled());
  await phone
    .getByLabel(/^选择文件：/)
    .first()
    .setInputFiles(photo);
  await phone.getByText("材料已补齐，可以提交").waitFor();
  await next("提交补正");
  await phone.getByText("补正已提交").waitFor();
});

step("the case's page tells how far it is, and the number alone does too", async () => {
  const findings = [{ material: "health", result: "ok" }];
  await desk(`/acceptance/cases/${caseId}/reviews`, { findings });
  const accepted = await desk(`/acceptance/cases/${caseId}/accept`, {});
  await phone.goto(`${city.base}/cases/${caseId}`);
  await phone.getByText("已受理，正在办理").first().waitFor();
  const drawn = await phone
    .getByAltText("进度图")
    .evaluate((i) => i.complete || new Promise((r) => (i.onload = () => r(i.naturalWidth > 0))));
  assert.ok(drawn, "the picture is drawn");
  await phone.getByRole("link", { name: "打开受理通知书" }).waitFor();
  await fit("case");

  const { queryCode } = await (await phone.request.get(`${city.base}/api/v1/cases/${caseId}`)).json();
  await phone.goto(`${city.base}/`);
  await phone.getByRole("link", { name: "按编号查进度" }).click();
  await phone.getByLabel("办件编号或申请编号").fill(accepted.caseNo);
  await phone.getByLabel(/^查询码/).fill(queryCode);
  await next("查询");
  await phone.getByText("食品经营许可证核发").first().waitFor();
});

step("an application that nobody wants any more is taken back", async () => {
  await phone.goto(`${city.base}/cases/${caseId}`);
  await next("撤回申请");
  await phone.getByLabel("原因（可以不填）").fill("换地方开店");
  await next("确定撤回");
  await phone.getByText("您已撤回申请").first().waitFor();
});

step("how often one has to come is chosen at the beginning, and the application keeps to it", async () => {
  await phone.goto(`${city.base}/apply?item=food-licence`);
  await phone.getByText("怎样办理").waitFor();
  assert.ok(await phone.getByRole("radio", { name: /全程网办/ }).isChecked(), "the fewest visits first");
  await phone.getByRole("radio", { name: /原件核验/ }).check();
  await next();
  await phone.getByRole("button", { name: "餐馆、饮品店" }).click();
  await phone.getByRole("button", { name: "不做" }).click();
  await phone.getByRole("button", { name: "法定代表人" }).click();
  await phone.getByLabel("经营者名称").waitFor();
  const id = new URL(phone.url()).searchParams.get("case");
  const draft = await (await phone.request.get(`${city.base}/api/v1/cases/${id}`)).json();
  assert.equal(draft.mode, "verification");
  assert.equal(draft.guidance.visits, 1);
  await phone.goto(`${city.base}/apply?case=${id}&step=check`);
  await phone.getByText("原件核验").first().waitFor();
});

step("a package is one application, and items that share a form ask once", async () => {
  await phone.goto(`${city.base}/packages/retirement`);
  await phone.getByRole("link", { name: "一次申请" }).click();
  await phone.getByRole("radio", { name: /本人/ }).check();
  await next();
  const options = phone.locator(".option:enabled");
  const asked = phone.locator(".options, form.fill").first();
  for (let n = 0; n < 12 && !phone.url().includes("case="); n++) {
    await asked.waitFor();
    if ((await options.count()) > 0) await options.last().click();
    await phone.waitForLoadState("networkidle");
  }
  await phone.getByRole("radio", { name: "个人", exact: true }).waitFor();
  await fit("package");
  const id = new URL(phone.url()).searchParams.get("case");
  const draft = await (await phone.request.get(`${city.base}/api/v1/cases/${id}`)).json();
  assert.equal(draft.package, "retirement");
  assert.ok(!draft.who.legalName, "for herself");
});

step("large type holds on a telephone", async () => {
  await phone.context().addCookies([{ name: "elder", value: "1", url: city.base }]);
  await phone.goto(`${city.base}/my`);
  const cases = phone.getByRole("region", { name: "我的办件" });
  await cases.getByRole("link", { name: "接着填写", exact: true }).waitFor();
  await fit("my-elder");
  await phone.goto(`${city.base}/cases/${caseId}`);
  await phone.getByText("您已撤回申请").first().waitFor();
  await fit("case-elder");
  await phone.goto(`${city.base}/apply?item=social-transfer`);
  await phone.getByText("为谁申请？").waitFor();
  await fit("who-elder");
});
