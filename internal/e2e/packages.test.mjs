// A package at the one window: the person before the clerk wants several things
// at once. One application is taken from the ticket, each paper is looked at
// once, every item goes to its own body, and all of it comes together again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const citizen = { name: "林样例", number: cardNumber("1990-05-12", true), phone: "13900000031" };
let work;
let desk;
before(async () => {
  work = await openWorkspace("packages", 13100);
});
after(() => work?.close());

/** A page of this machine that hands a visit over, as the counter's page does. */
async function counter(context, visit) {
  const page = await context.newPage();
  await page.route("http://127.0.0.1:13190/", (r) =>
    r.fulfill({ contentType: "text/html", body: "<title>counter</title>" }),
  );
  await page.goto("http://127.0.0.1:13190/");
  const [opened] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate(
      ([url, visit]) => {
        const desk = globalThis.open(url, "desk");
        globalThis.addEventListener("message", (e) => {
          if (e.data?.type === "smarthall.ready") desk.postMessage({ type: "smarthall.visit", visit }, "*");
        });
      },
      [`${work.base}/staff/acceptance/visit`, visit],
    ),
  ]);
  opened.on("pageerror", (err) => work.web.errors.push(`desk: ${err.message}`));
  opened.setDefaultTimeout(10_000);
  await opened.setViewportSize({ width: 1366, height: 768 });
  return opened;
}

const step = () => desk.getByRole("button", { name: /^下一步/ });
/** Presses the next-step key once it says what it will do. */
async function next(what) {
  await desk.getByRole("button", { name: new RegExp(`^下一步：${what}`) }).waitFor();
  await until(`${what} can be done`, () => step().isEnabled());
  await desk.keyboard.press("F2");
}
const says = (what) => desk.getByRole("button", { name: new RegExp(`^下一步：${what}`) }).waitFor();
const caseID = () => new URL(desk.url()).pathname.split("/").at(-1);
const look = async (id = caseID()) =>
  (await desk.request.get(`${work.base}/api/v1/acceptance/cases/${id}`)).json();
async function paper(v, kind) {
  const { id } = v.documents.findLast((d) => d.kind === kind);
  const answer = await desk.request.get(`${work.base}/api/v1/acceptance/cases/${v.id}/documents/${id}`);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  return execFileSync("pdftotext", ["-raw", "-", "-"], {
    input: await answer.body(),
    encoding: "utf8",
  }).replaceAll(/\s/g, "");
}
async function serious() {
  await desk.evaluate(axe);
  return desk.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
}

/** Looks at material after material, by keys, until nothing is left; one named is put off, one is missing. */
async function examine({ later, missing }) {
  for (;;) {
    const words = await until(
      "the key says something",
      async () => /下一步：(.+)/.exec(await step().innerText())?.[1],
    );
    if (!words.includes("审查第")) return;
    const [, name] = /《(.*)》/.exec(words);
    await desk.keyboard.press("F2");
    await until(`${name} is open`, async () => (await desk.locator("li.now").innerText()).includes(name));
    await desk.keyboard.press(name === later ? "r" : name === missing ? "q" : "o");
    await until(`${name} is done`, async () => !(await step().innerText()).includes(`《${name}》`));
  }
}

test("the ticket's service leads to the package, whose questions are asked once", async () => {
  const page = await work.as("shouli", "/staff/acceptance");
  desk = await counter(page.context(), {
    hall: "demo",
    window: "3",
    ticket: "01TICKET",
    number: "B007",
    service: "social-card",
    serviceName: "社会保障卡",
    holder: {
      kind: "居民身份证",
      name: citizen.name,
      number: citizen.number,
      address: "东湖市东湖区湖滨路1号",
    },
    papers: [],
  });
  await desk.getByText("B007", { exact: true }).waitFor();
  await desk.getByText("已刷身份证").waitFor();
  await desk.getByLabel("手机号码").fill(citizen.phone);
  await desk.keyboard.press("Alt+2");
  await desk.getByRole("heading", { name: "套餐（一件事）" }).waitFor();
  const choice = desk.getByRole("button", { name: /新生儿一件事/ });
  await choice.waitFor();
  assert.equal(
    await desk.getByRole("button", { name: /企业开办一件事/ }).count(),
    0,
    "what the service isn't about",
  );
  await work.web.shot(desk, "package-choice");
  await desk.evaluate(() => document.activeElement.blur());
  await desk.keyboard.press(await choice.locator("kbd").innerText());
  for (const [question, key] of [
    ["哪种情形？", "1"],
    ["父母办理了结婚登记吗？", "1"],
    ["给谁参保？", "2"],
    ["办哪一种？", "1"],
  ]) {
    await desk.getByText(question).waitFor();
    await desk.keyboard.press(key);
    await desk.getByText(question).waitFor({ state: "detached" });
  }
  await until("all is answered", async () => {
    if (await desk.getByText(/情形已明确/).isVisible()) return true;
    await desk.keyboard.press("1");
    return false;
  });
  assert.deepEqual(await serious(), []);
  await next("开始受理");
  await desk.waitForURL(/\/acceptance\/cases\//);
});

test("one form and each paper once; one item is refused, one lacks a paper, one gets it later", async () => {
  await next("填写申请表");
  await desk.getByRole("radio", { name: "个人" }).check();
  const selects = desk.locator("form select");
  for (const [n, region] of ["浙江", "东湖市", "东湖区"].entries()) {
    await until(`${region} can be chosen`, async () => (await selects.nth(n).innerText()).includes(region));
    const value = await selects.nth(n).locator("option", { hasText: region }).first().getAttribute("value");
    await selects.nth(n).selectOption(value);
  }
  await desk.getByLabel(/申请事项和理由/).fill("孩子出生后各项手续一次办理。");
  await desk.getByRole("radio", { name: "是", exact: true }).last().check();
  await until("the form is complete", async () => !(await step().innerText()).includes("填写申请表"));
  await until("it is stored", async () => (await look()).values.matter?.includes("一次办理"));
  const shared = (await look()).materials.find((m) => m.name === "居民身份证");
  assert.deepEqual(
    Object.keys(shared.items).sort(),
    ["maternity", "social-card"],
    "asked for once, for both",
  );
  await desk.evaluate(() => document.activeElement.blur());
  await examine({ later: "近期免冠照片", missing: "父母居民户口簿" });
  await work.web.shot(desk, "package-materials");
  await says("受理");
  await desk.keyboard.press("Alt+5");
  const parts = desk.getByRole("region", { name: "套餐中的事项" });
  await parts.getByText("一次性告知补正 · 父母居民户口簿").waitFor();
  await parts.getByText("容缺受理 · 近期免冠照片").waitFor();
  const accept = desk.getByRole("button", { name: "受理", exact: true });
  assert.ok(await accept.isEnabled());
  await parts.getByRole("button", { name: /^不予受理：生育津贴/ }).click();
  assert.ok(await accept.isDisabled(), "no refusal without a reason");
  await parts.getByRole("textbox", { name: /的理由/ }).fill("未参加生育保险，不符合申领条件");
  assert.deepEqual(await serious(), []);
  await work.web.shot(desk, "package-parts");
  await accept.click();
  const dialog = desk.getByRole("dialog", { name: "受理" });
  await dialog.getByText(/不予受理（未参加生育保险/).waitFor();
  await work.web.shot(desk, "package-accept");
  await desk.keyboard.press("F2");
  await says("打印文书");
  const v = await look();
  assert.deepEqual([v.state, v.stateWord, v.ticket], ["submitted", "各部门办理中", "01TICKET"]);
  assert.equal(v.children.length, 5);
  const of = (item) => v.children.find((c) => c.item === item);
  assert.deepEqual(
    ["birth-certificate", "birth-registration", "resident-medical", "social-card", "maternity"].map(
      (i) => of(i).state,
    ),
    ["accepted", "supplementing", "accepted", "accepted", "not-accepted"],
  );
  assert.equal(of("social-card").deferred, 1);
  const receipt = await paper(v, "receipt");
  for (const words of [
    ...v.children.map((c) => c.itemName),
    "容缺受理",
    "需补正",
    "未参加生育保险",
    "申请编号",
  ])
    assert.ok(receipt.includes(words.replaceAll(/\s/g, "")), words);
  await parts.getByText("容缺 1 项").waitFor();
  await work.web.shot(desk, "package-taken");
});

/** Goes to one of the package's items, does something there and comes back. */
async function within(name, what) {
  await desk.getByRole("region", { name: "套餐中的事项" }).getByRole("link", { name }).click();
  await desk.waitForTimeout(2000);
  await desk.getByRole("link", { name: "所属套餐" }).waitFor();
  await desk.evaluate(() => document.activeElement.blur());
  await what();
  await desk.keyboard.press("Alt+5");
  await desk.getByRole("link", { name: "所属套餐" }).click();
  await desk.getByRole("region", { name: "套餐中的事项" }).getByRole("link").first().waitFor();
}

/** Prints what wasn't printed yet. */
async function printed() {
  while ((await step().innerText()).includes("打印文书")) {
    const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
    await page.close();
  }
}

/** Decides an item of the package at the window. */
async function decide() {
  await next("当场作出决定");
  await desk.getByRole("dialog", { name: "当场准予" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it is decided", async () => (await look()).state === "decided");
}

test("the items come together: brought, supplemented, paid, decided, and handed out once", async () => {
  await printed();
  await within(/出生医学证明/, decide);
  await within(/社会保障卡/, async () => {
    await next("收第 2 项");
    await desk.keyboard.press("o");
    await decide();
  });
  await within(/医疗保险|医保/, decide);
  await within(/出生登记|户口/, async () => {
    await next("收第");
    await desk.keyboard.press("o");
    await next("补正收齐");
    await next("受理");
    await desk.getByRole("dialog", { name: "受理" }).waitFor();
    await desk.keyboard.press("F2");
    await says("打印文书");
    await printed();
    await decide();
  });
  await work.web.shot(desk, "package-decided");
  // What one item costs holds all of it back until it is paid.
  assert.equal((await look()).unpaid, true);
  await next("办理待缴费的事项");
  await desk.getByRole("link", { name: "所属套餐" }).waitFor();
  await printed();
  await next("登记缴费");
  await desk.getByRole("dialog").getByRole("textbox").fill("现金 0002");
  await desk.keyboard.press("F2");
  await until("it is paid", async () => !(await look()).unpaid);
  await desk.getByRole("link", { name: "所属套餐" }).click();
  await next("发放结果");
  await desk.getByRole("dialog", { name: "发放结果" }).waitFor();
  await desk.keyboard.press("F2");
  await until("all is over", async () => (await look()).state === "closed");
  const v = await look();
  assert.deepEqual([...new Set(v.children.map((c) => c.state))].sort(), ["closed", "not-accepted"]);
  const delivery = await paper(v, "delivery");
  for (const c of v.children) assert.ok(delivery.includes(c.itemName), c.itemName);
  await work.web.shot(desk, "package-closed");
  await desk.getByRole("button", { name: "待发" }).click();
  await desk.waitForLoadState("networkidle");
  assert.equal(await desk.getByRole("button", { name: new RegExp(citizen.name[0]) }).count(), 0);
});
