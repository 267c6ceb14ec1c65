// What a case costs and how its result comes home: a clerk takes it at the
// window with a promise in place of a paper, the fee notice is paid on the
// portal with the demo provider, the receipt is a paper, the books agree, and
// the parcel is followed to the door.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const citizen = { name: "林小雨", number: "330100199005200128", phone: "13800000101" };
let work;
let desk;
let portal;
before(async () => {
  work = await openWorkspace("money", 13120);
});
after(() => work?.close());

const step = () => desk.getByRole("button", { name: /^下一步/ });
async function next(what) {
  await desk.getByRole("button", { name: new RegExp(`^下一步：${what}`) }).waitFor();
  await until(`${what} can be done`, () => step().isEnabled());
  await desk.keyboard.press("F2");
}
const caseID = () => new URL(desk.url()).pathname.split("/").at(-1);
const look = async (id = caseID()) =>
  (await desk.request.get(`${work.base}/api/v1/acceptance/cases/${id}`)).json();
const words = (body) =>
  execFileSync("pdftotext", ["-raw", "-", "-"], { input: body, encoding: "utf8" }).replaceAll(/\s/g, "");

/** The answers to an item's questions: the first option of each. */
async function first(item) {
  const answers = {};
  for (;;) {
    const pairs = Object.entries(answers).map(([q, a]) => `${q}:${a}`);
    const query = pairs.length > 0 ? `?answers=${pairs.join(",")}` : "";
    const out = await (await desk.request.get(`${work.base}/api/v1/items/${item}/outcome${query}`)).json();
    if (!out.next) return answers;
    answers[out.next.id] = out.next.options[0].id;
  }
}

/** Begins a case of an item for the citizen, who stands at the window without a ticket. */
async function begin(item, answers) {
  await desk.goto(`${work.base}/staff/acceptance`);
  const made = await desk.request.post(`${work.base}/api/v1/acceptance/cases`, {
    data: { item, answers, ...{ name: citizen.name, idNumber: citizen.number, phone: citizen.phone } },
  });
  assert.equal(made.status(), 201, await made.text());
  const v = await made.json();
  const values = {
    ...v.values,
    kind: "person",
    address: { region: "330102", area: "东湖市东湖区", street: "湖滨路 1 号" },
    matter: "申请办理。",
    declared: true,
  };
  const stored = await desk.request.put(`${work.base}/api/v1/acceptance/cases/${v.id}/values`, {
    data: { values, edition: v.edition },
  });
  assert.equal(stored.status(), 200, await stored.text());
  await desk.goto(`${work.base}/staff/acceptance/cases/${v.id}`);
  await step().waitFor();
}

/** Looks at material after material by keys. */
async function examine() {
  for (;;) {
    const said = await until(
      "the key says something",
      async () => /下一步：(.+)/.exec(await step().innerText())?.[1],
    );
    if (!said.includes("审查第")) return;
    const [, name] = /《(.*)》/.exec(said);
    await desk.keyboard.press("F2");
    await until(`${name} is open`, async () => (await desk.locator("li.now").innerText()).includes(name));
    await desk.keyboard.press("o");
    await until(`${name} is done`, async () => !(await step().innerText()).includes(`《${name}》`));
  }
}

test("a promise takes a paper's place at the window", async () => {
  desk = await work.as("shouli", "/staff/acceptance");
  await begin("funeral-subsidy", await first("funeral-subsidy"));
  await desk.keyboard.press("Alt+4");
  const promise = desk.locator("li", { hasText: "可告知承诺" });
  await promise.getByRole("button").first().click();
  await promise.getByRole("button", { name: "告知承诺", exact: true }).click();
  await until(
    "the promise stands",
    async () => (await look()).materials.find((m) => m.need === "promise").source === "promise",
  );
  await desk.evaluate(() => document.activeElement.blur());
  await examine();
  await next("受理");
  await desk.getByRole("dialog", { name: "受理" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it is accepted", async () => (await look()).state === "accepted");
  const v = await look();
  const { id } = v.documents.find((d) => d.kind === "receipt");
  const paper = await desk.request.get(`${work.base}/api/v1/acceptance/cases/${v.id}/documents/${id}`);
  assert.match(words(await paper.body()), /告知承诺/);
  await work.web.shot(desk, "money-promise");
});

test("a fee notice is paid on the portal, and the receipt is a paper", async () => {
  await begin("resident-medical", await first("resident-medical"));
  await until("the materials wait to be examined", async () => (await step().innerText()).includes("审查第"));
  await examine();
  const to = desk.getByRole("group", { name: "结果送达" });
  await until("the decision is open", async () => {
    await desk.keyboard.press("Alt+5");
    return to.isVisible();
  });
  await to.getByRole("radio", { name: "邮寄" }).check();
  assert.equal(await to.getByLabel("收件人", { exact: true }).inputValue(), citizen.name);
  await to.getByLabel("详细地址").fill("短");
  assert.ok(await to.getByRole("button", { name: "保存收件信息" }).isDisabled(), "no parcel to nowhere");
  await to.getByLabel("详细地址").fill("东湖市东湖区湖滨路 1 号");
  await to.getByRole("button", { name: "保存收件信息" }).click();
  await to.getByText("已保存，办好后寄出").waitFor();
  await work.web.shot(desk, "money-delivery");
  assert.equal((await look()).delivery.way, "post");
  await desk.evaluate(() => document.activeElement.blur());
  await next("受理");
  await desk.getByRole("dialog", { name: "受理" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it is accepted", async () => (await look()).state === "accepted");
  await desk.getByRole("button", { name: /^下一步：打印文书/ }).waitFor();
  while ((await step().innerText()).includes("打印文书")) {
    const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
    await page.close();
  }
  await next("当场作出决定");
  await desk.getByRole("dialog", { name: "当场准予" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it is decided", async () => (await look()).state === "decided");
  const v = await look();
  assert.deepEqual([v.state, v.unpaid], ["decided", true]);
  const { id } = v.documents.find((d) => d.kind === "payment");
  const notice = await desk.request.get(`${work.base}/api/v1/acceptance/cases/${v.id}/documents/${id}`);
  assert.match(words(await notice.body()), /居民医保个人缴费400\.00/);

  portal = await work.web.open(`${work.base}/healthz`, 1280, 900);
  const login = await portal.request.post(`${work.base}/api/v1/sessions`, {
    data: { account: citizen.phone, password: "demo1234", code: "246810" },
  });
  assert.equal(login.status(), 200, await login.text());
  await portal.goto(`${work.base}/cases/${v.id}`);
  const money = portal.locator("#pay");
  await money.getByText("400.00").first().waitFor();
  await work.web.shot(portal, "money-owed");
  await money.getByRole("button").click();
  await portal.getByText("这是演示环境，不会发生真实扣款。").waitFor();
  await work.web.shot(portal, "money-demo");
  await portal.getByRole("button", { name: "模拟支付成功" }).click();
  await portal.waitForURL(`**/cases/${v.id}`);
  await money.getByText("已缴清").waitFor();
  const receipt = await portal.request.get(work.base + (await money.getByRole("link").getAttribute("href")));
  assert.equal(receipt.headers()["content-type"], "application/pdf");
  assert.match(words(await receipt.body()), /400\.00/);
  assert.equal((await look(v.id)).unpaid ?? false, false);
  await desk.reload();
  const taken = desk.getByRole("link", { name: "缴费票据" });
  await taken.waitFor();
  const same = await desk.request.get(work.base + (await taken.getAttribute("href")));
  assert.equal(same.headers()["content-type"], "application/pdf", "the clerk reads the same paper");
});

test("the books agree, and the parcel is followed", async () => {
  const books = await work.as("admin", "/staff/fees");
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
  await books.getByRole("combobox", { name: "日期" }).fill(today);
  await books.keyboard.press("Enter");
  await books.getByRole("button", { name: "核对" }).click();
  const row = books.getByRole("row", { name: new RegExp(`^${today}`) });
  await row.getByText("一致").waitFor();
  await row.getByText("400.00").waitFor();
  await work.web.shot(books, "money-books");

  // The carrier is given parcels a few times a minute.
  const parcel = portal.getByRole("region", { name: "结果送达" });
  await until("it is on its way", async () => {
    await portal.reload();
    await parcel.getByText("邮寄到您填写的地址。").waitFor();
    await portal.waitForLoadState("networkidle");
    return /运送中\s*演示速递\s*DEMO\w+/.test(await parcel.innerText());
  });
  const [tracking] = /DEMO\w+/.exec(await parcel.innerText());
  await work.web.shot(portal, "money-parcel");
  await desk.goto(`${work.base}/staff/fees/parcels`);
  await desk
    .getByRole("row", { name: new RegExp(tracking) })
    .getByText("寄递中")
    .waitFor();
  await work.web.shot(desk, "money-parcels");
});

/** Hands an application in on the portal, in a mode. */
async function applied(mode) {
  const api = `${work.base}/api/v1`;
  const ask = async (method, path, data) => {
    const answer = await portal.request.fetch(api + path, { method, data });
    assert.ok(answer.ok(), `${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const made = await ask("POST", "/cases", {
    item: "deed-tax",
    answers: await first("deed-tax"),
    mode,
  });
  assert.equal(made.mode, mode);
  await ask("PUT", `/cases/${made.id}/values`, {
    values: {
      ...made.values,
      kind: "person",
      address: { region: "330102", area: "东湖市东湖区", street: "湖滨路 1 号" },
      matter: "申报缴纳契税。",
      declared: true,
    },
    edition: made.edition,
  });
  if (mode === "online") await ask("PUT", `/cases/${made.id}/delivery`, { way: "electronic" });
  const v = await ask("POST", `/cases/${made.id}/submit`, {});
  await desk.goto(`${work.base}/staff/acceptance/cases/${v.id}`);
  await desk.getByRole("button", { name: /^下一步：审查第/ }).waitFor();
  return v.id;
}

/** Looks at what can be seen before anybody comes: what departments share is fetched. */
async function reviewed() {
  for (;;) {
    const said = await until(
      "the key says something",
      async () => /下一步：(.+)/.exec(await step().innerText())?.[1],
    );
    if (!said.includes("审查第")) break;
    const [, name] = /《(.*)》/.exec(said);
    await desk.keyboard.press("F2");
    const now = desk.locator("li.now", { hasText: name });
    await now.getByRole("button", { name: "合格" }).waitFor();
    if (await now.getByText("待核验（未接通共享）").count()) {
      await now.getByRole("button", { name: "调取共享数据" }).click();
      await now.getByText(/演示数据，不是真实登记信息/).waitFor();
      await desk.evaluate(() => document.activeElement.blur());
    }
    await desk.keyboard.press("o");
    await until(`${name} is done`, async () => !(await step().innerText()).includes(`《${name}》`));
  }
  const shared = (await look()).materials.filter((m) => m.source === "shared");
  assert.ok(shared.length > 0);
  for (const m of shared) assert.deepEqual([m.trust, m.record.demo], ["A", true], m.name);
}

/** Accepts the open case, and puts its papers away. */
async function accept() {
  await next("受理");
  await desk.getByRole("dialog", { name: "受理" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it is accepted", async () => (await look()).state === "accepted");
}

/** Decides the open case at once. */
async function decide() {
  await desk.getByRole("button", { name: /^下一步：打印文书/ }).waitFor();
  for (;;) {
    const said = await until(
      "the key says something",
      async () => (await step().innerText()).match(/下一步：(.+)/)?.[1],
    );
    if (!said.includes("打印文书")) break;
    const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
    await page.close();
  }
  await next("当场作出决定");
  await desk.getByRole("dialog", { name: "当场准予" }).waitFor();
  await desk.keyboard.press("F2");
  return until("it is decided", async () => {
    const v = await look();
    return v.state !== "accepted" && v;
  });
}

test("in 原件核验 the originals are compared at the end, before anything leaves the window", async () => {
  await applied("verification");
  await reviewed();
  await accept(); // what is only shown isn't asked for yet
  const v = await decide();
  assert.ok(v.originals > 0, "somebody has to see them");
  await desk.keyboard.press("Alt+5");
  assert.ok(await desk.getByRole("button", { name: "发放结果", exact: true }).isDisabled());
  await work.web.shot(desk, "money-originals");
  await desk.evaluate(() => document.activeElement.blur());
  for (let left = v.originals - 1; left >= 0; left--) {
    await desk.getByRole("button", { name: /^下一步：(打印文书|核对第)/ }).waitFor();
    while ((await step().innerText()).includes("打印文书")) {
      const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
      await page.close();
    }
    await next("核对第 . 项原件");
    await desk.locator("li.now").getByRole("button", { name: "原件已核对" }).waitFor();
    await work.web.shot(desk, "money-compare");
    await desk.keyboard.press("o");
    await until("it was compared", async () => ((await look()).originals ?? 0) === left);
  }
  const done = await look();
  if (done.state === "closed") return; // sent on line, once the last was seen
  await next("发放结果");
  const dialog = desk.getByRole("dialog", { name: "发放结果" });
  await dialog.getByLabel("怎样核验身份").fill("核对身份证原件");
  await desk.keyboard.press("F2");
  await until("it is over", async () => (await look()).state === "closed");
});

test("in 原件预审 nothing is accepted without the applicant", async () => {
  await applied("pre-review");
  await reviewed();
  await next("预审通过");
  await desk.getByRole("dialog", { name: "预审通过" }).waitFor();
  await desk.keyboard.press("F2");
  await until("it passed", async () => (await look()).state === "prepared");
  await next("确认申请人到场");
  const accepts = desk.getByRole("button", { name: "受理", exact: true });
  assert.ok(await accepts.isDisabled(), "not before she is there");
  await work.web.shot(desk, "money-present");
  await desk.keyboard.press("Space");
  await desk.evaluate(() => document.activeElement.blur());
  await examine();
  await accept();
  assert.equal((await decide()).originals, undefined);
});

test("in 全程网办 nobody is asked to come", async () => {
  await applied("online");
  await reviewed();
  await accept();
  const v = await decide();
  assert.equal(v.originals, undefined);
  assert.equal(v.guidance.visits, 0);
});
