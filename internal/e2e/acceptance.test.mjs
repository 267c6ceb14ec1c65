// The one-window desk: the ticket in front of a clerk at the counter goes on as
// a case at the platform's desk, with whose card was read and what was scanned;
// it is filled in, examined, accepted with one material that comes later,
// decided and handed out, by keys alone. Nothing that was typed is lost while
// the platform is away or somebody else types, too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const port = 10400;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const citizen = { name: "周样例", number: cardNumber("1979-03-08", false), phone: "13900000017" };
let hall;
let web;
let counter;
let desk;
let ticket;
/** A visit that was finished: two cases came of it. */
let over;

before(async () => {
  [hall, web] = await Promise.all([
    startHall(
      "acceptance",
      port,
      {
        "counter-3": {
          devices: [
            { id: "camera", profile: "pikvm/ustreamer", port: `http://127.0.0.1:${port + 40}` },
            { id: "labels", profile: "generic/tspl-203", port: `tcp://127.0.0.1:${port + 41}` },
          ],
        },
      },
      { platform: true },
    ),
    openBrowser([], { viewer: true }),
  ]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Takes a ticket for a social card, is called at window 3 and comes. */
async function serve() {
  const taken = await hall.api("/tickets", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${hall.token("--role", "kiosk", "--name", "e2e")}`,
      "Idempotency-Key": crypto.randomUUID(),
    },
    body: JSON.stringify({
      service: "social-card",
      channel: "phone",
      person: { name: citizen.name, phone: citizen.phone },
    }),
  });
  await counter.getByText(taken.number).first().waitFor();
  await usable(counter, "下一位");
  await counter.keyboard.press("F1");
  await usable(counter, "到达");
  await counter.keyboard.press("F3");
  await usable(counter, "完成");
  return taken;
}

const step = () => desk.getByRole("button", { name: /^下一步/ });
/** Waits until the next-step key says what it will do. */
const says = (what) =>
  desk.getByRole("button", { name: new RegExp(`^下一步：${what.source ?? `${what} `}`) }).waitFor();
/** Presses the next-step key once it says what it will do. */
async function next(what) {
  await says(what);
  await until(`${what} can be done`, () => step().isEnabled());
  await desk.keyboard.press("F2");
}
/** Chooses in the list that has the focus, by the arrow keys. */
async function choose(text) {
  for (let i = 0; i < 60; i++) {
    const at = await desk.evaluate(() => document.activeElement.selectedOptions?.[0]?.text ?? "");
    if (at.includes(text)) return;
    await desk.keyboard.press("ArrowDown");
  }
  throw new Error(`no option ${text}`);
}
const focused = (name) =>
  until(`the keyboard is at ${name}`, () =>
    desk.evaluate((n) => document.activeElement?.id.includes(n), name),
  );
const caseID = () => new URL(desk.url()).pathname.split("/").at(-1);
const asked = async (path, init = {}) =>
  (await desk.request.fetch(`${hall.urls.platform}/api/v1${path}`, init)).json();
const view = () => asked(`/acceptance/cases/${caseID()}`);
/** Reads a paper of the open case as text. */
async function paper(kind) {
  const v = await view();
  const { id } = v.documents.findLast((d) => d.kind === kind);
  const answer = await desk.request.get(
    `${hall.urls.platform}/api/v1/acceptance/cases/${v.id}/documents/${id}`,
  );
  assert.equal(answer.headers()["content-type"], "application/pdf");
  return execFileSync("pdftotext", ["-layout", "-", "-"], { input: await answer.body(), encoding: "utf8" });
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

/** Fills the general application form in by keys: whatever the next-step key leads to. */
async function fillIn(matter) {
  for (let n = 0; n < 6 && (await step().innerText()).includes("填写申请表"); n++) {
    await desk.keyboard.press("F2");
    const at = await until("the keyboard is in the form", () =>
      desk.evaluate(() => /-(kind|address|matter|declared)$/.exec(document.activeElement?.id)?.[1]),
    );
    if (at === "matter") await desk.keyboard.type(matter);
    else if (at === "address") await regions();
    else await desk.keyboard.press("Space");
  }
  await says(/审查第 1 项/);
}

/** Chooses where the applicant lives, province first. */
async function regions() {
  for (const [n, region] of ["浙江", "东湖市", "东湖区"].entries()) {
    await until("the regions are there", () =>
      desk.evaluate(() => (document.activeElement.options?.length ?? 0) > 1),
    );
    await choose(region);
    await desk.getByLabel(`所在地区，第 ${n + 2} 级`).waitFor();
    await desk.keyboard.press("Enter");
  }
}

test("the counter hands the visit over to the desk", async (t) => {
  await t.test("a card is read and a sheet is scanned at the counter", async () => {
    counter = await web.open(hall.urls.counters[2], 1366, 768);
    await signIn(counter, "zhao");
    ticket = await serve();
    await hall.sim.act("counter-3-reader", "lay", {
      card: "citizen",
      person: { name: citizen.name, number: citizen.number },
    });
    await counter.getByRole("region", { name: "证件" }).getByText("居民身份证").waitFor();
    const { sheets } = await hall.sim.device("counter-3-camera");
    await hall.sim.act("counter-3-camera", "lay-sheet", { sheet: sheets[0].id ?? sheets[0] });
    await counter.keyboard.press("F11");
    const preview = counter.getByRole("img", { name: "高拍仪画面" });
    await until("frames come", () => preview.evaluate((img) => img.naturalWidth > 100));
    await counter.keyboard.press("F11");
    const panel = counter.getByRole("region", { name: "材料", exact: true });
    await until(
      "the page is ready",
      async () => (await panel.getByRole("list", { name: "页面" }).locator("img").count()) === 1,
    );
    await panel.getByLabel("材料名称").fill("申请人照片");
    await counter.keyboard.press("Control+Enter");
    await panel.getByRole("link", { name: "申请人照片" }).waitFor();
    await counter.keyboard.press("Escape");
    await web.shot(counter, "acceptance-counter");
  });

  await t.test("Alt+S opens the desk, which knows who it is and what for", async () => {
    [desk] = await Promise.all([counter.context().waitForEvent("page"), counter.keyboard.press("Alt+s")]);
    desk.setDefaultTimeout(10_000);
    desk.on("pageerror", (err) => web.errors.push(`desk: ${err.message}`));
    await desk.getByLabel("工作账号").fill("shouli");
    await desk.getByLabel("密码").fill("demo1234");
    await desk.keyboard.press("Enter");
    await desk.getByLabel("6 位动态码").fill("246810");
    await desk.keyboard.press("Enter");
    await desk.getByText(ticket.number, { exact: true }).waitFor();
    await desk.getByText("已刷身份证").waitFor();
    assert.equal(await desk.getByLabel("姓名").inputValue(), citizen.name);
    assert.equal(await desk.getByLabel("身份证号码").inputValue(), citizen.number);
    assert.deepEqual(await serious(), []);
    await web.shot(desk, "acceptance-person");
  });

  await t.test("a page of the web that opens the desk is not heard", async () => {
    const stranger = await counter.context().newPage();
    await stranger.route("http://stranger.example/", (r) =>
      r.fulfill({ contentType: "text/html", body: "<title>stranger</title>" }),
    );
    await stranger.goto("http://stranger.example/");
    const [opened] = await Promise.all([
      counter.context().waitForEvent("page"),
      stranger.evaluate((url) => {
        const visit = {
          hall: "demo",
          window: "9",
          ticket: "x",
          number: "Z999",
          service: "tax",
          serviceName: "x",
          papers: [],
        };
        const desk = globalThis.open(url, "other");
        globalThis.addEventListener("message", () =>
          desk.postMessage({ type: "smarthall.visit", visit }, "*"),
        );
      }, `${hall.urls.platform}/staff/acceptance/visit`),
    ]);
    await opened.getByLabel("姓名").waitFor();
    await opened.waitForTimeout(500);
    assert.equal(await opened.getByText("Z999").count(), 0);
    await opened.close();
    await stranger.close();
  });
});

test("the case is accepted by keys, with one material that comes later", async (t) => {
  await t.test("the item of the service and its situation", async () => {
    await next("录入申请人");
    await focused("acceptance-phone");
    await desk.keyboard.type(citizen.phone);
    await next("选择事项");
    await says("选择情形");
    await desk.getByText("办哪一种？").waitFor();
    await desk.keyboard.press("2");
    await desk.getByText("办哪一种？").waitFor({ state: "detached" });
    await says("选择情形");
    await desk.keyboard.press("1");
    await next("开始受理");
    await desk.waitForURL(/\/acceptance\/cases\//);
  });

  await t.test("the form, prefilled from the card", async () => {
    await says("填写申请表");
    await fillIn("社会保障卡丢失，申请补卡。");
    const { values } = await until("it is stored", async () => {
      const v = await view();
      return v.values.declared === undefined ? undefined : v;
    });
    assert.equal(values.name, citizen.name, "from the card");
    assert.equal(values.matter, "社会保障卡丢失，申请补卡。");
    await web.shot(desk, "acceptance-form");
  });

  await t.test("materials are seen, scanned, and put off", async () => {
    await next(/审查第 1 项/);
    await desk.getByRole("complementary", { name: "参考" }).getByText("审查要点").first().waitFor();
    await desk.keyboard.press("Space"); // the button that says that it is good
    await says(/审查第 2 项《近期免冠照片》/);
    await desk.keyboard.press("a");
    await desk.getByRole("link", { name: /申请人照片/ }).waitFor();
    assert.equal((await view()).materials[1].files.length, 1, "the scanned document is the case's");
    await web.shot(desk, "acceptance-materials");
    assert.deepEqual(await serious(), []);
    await desk.keyboard.press("r");
    await says("受理");
  });

  await t.test("accepted, and the papers say what comes later and until when", async () => {
    await next("受理");
    const dialog = desk.getByRole("dialog", { name: "受理" });
    await dialog.getByText(/近期免冠照片.*前补交/).waitFor();
    await web.shot(desk, "acceptance-accept");
    await desk.keyboard.press("F2");
    await says("打印文书");
    const v = await view();
    assert.equal(v.state, "accepted");
    assert.match(v.caseNo, /\d{8}\d{4}$/);
    assert.deepEqual([v.hall, v.window, v.ticket], ["demo", "3", ticket.id]);
    const { due } = v.materials[1];
    const [year, month, day] = due.split("-").map(Number);
    const text = (await paper("deferred")).replaceAll(/\s/g, "");
    assert.match(text, /近期免冠照片/);
    assert.ok(text.includes(`${year}年${month}月${day}日`), "the last day");
    assert.match(await paper("acceptance"), new RegExp(v.caseNo));
    for (const width of [1920, 1366]) {
      await desk.setViewportSize({ width, height: width === 1920 ? 1080 : 768 });
      await web.shot(desk, `acceptance-accepted-${width}`);
    }
    assert.deepEqual(await serious(), []);
  });

  await t.test(
    "the label of the visit is the case's now: it opens it at every counter and the desk",
    async () => {
      const { number, id } = await view();
      await counter.getByRole("button", { name: /^打印标签/ }).click();
      await counter.getByText(`${ticket.number} 的标签已打印`).waitFor();
      const { labels } = await hall.sim.device("counter-3-labels");
      assert.deepEqual(labels.at(-1).codes, [{ kind: "code128", text: number }]);
      await hall.sim.act("counter-3-scanner", "scan", { text: number });
      await counter.getByText(`${ticket.number} 正在本窗口办理`).first().waitFor();
      await counter.keyboard.press("Escape");
      const other = await web.open(hall.urls.counters[0], 1366, 768);
      await signIn(other, "li");
      await hall.sim.act("counter-1-scanner", "scan", { text: number });
      await other.getByRole("dialog").getByText(number, { exact: true }).waitFor();
      await web.shot(other, "acceptance-scanned");
      const [opened] = await Promise.all([other.waitForEvent("popup"), other.keyboard.press("Enter")]);
      await until("it leads to the case", () => decodeURIComponent(opened.url()).includes(`q=${number}`));
      await other.context().close();
      const found = await desk.context().newPage();
      await found.goto(`${hall.urls.platform}/staff/acceptance?q=${number}`);
      await found.waitForURL((url) => url.pathname.endsWith(`/cases/${id}`));
      await found.close();
    },
  );

  await t.test("each press prints the next paper", async () => {
    for (const n of ["receipt", "acceptance", "deferred"]) {
      await says("打印文书");
      const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
      assert.match(page.url(), /\/documents\//, n);
      await page.close();
    }
  });

  await t.test("the material is brought: decided at once, and handed out by card", async () => {
    await next(/收第 2 项/);
    await desk.keyboard.press("o");
    await next("当场作出决定");
    await desk.getByRole("dialog", { name: "当场准予" }).waitFor();
    await desk.keyboard.press("F2");
    await says("打印文书");
    const [page] = await Promise.all([desk.context().waitForEvent("page"), desk.keyboard.press("F2")]);
    await page.close();
    await next("发放结果");
    const dialog = desk.getByRole("dialog", { name: "发放结果" });
    await dialog.getByText(`已刷身份证，与申请人${citizen.name}一致`).waitFor();
    await web.shot(desk, "acceptance-deliver");
    await desk.keyboard.press("F2");
    await until("it is over", async () => (await view()).state === "closed");
    await web.shot(desk, "acceptance-closed");
  });
});

test("nothing that was typed is lost", async (t) => {
  await t.test("a second item for the same person", async () => {
    await desk.getByRole("button", { name: "同一申请人再办一项" }).click();
    await next("选择事项");
    await desk.getByText("办哪一种？").waitFor();
    await desk.keyboard.press("1");
    await desk.getByText("办哪一种？").waitFor({ state: "detached" });
    await desk.keyboard.press("1");
    await next("开始受理");
    await says("填写申请表");
    await fillIn("首次申领社会保障卡。");
    await desk.getByText("已保存").waitFor();
  });

  const matter = () => desk.getByRole("textbox", { name: /申请事项|申请内容|事由/ }).first();
  await t.test("while the platform is away it is kept here, and stored after a reload", async () => {
    await desk.keyboard.press("Alt+3");
    await desk.route("**/values", (r) => r.abort());
    await matter().fill("首次申领社会保障卡，加急。");
    await desk.getByText("未能保存，内容在本机").waitFor();
    await web.shot(desk, "acceptance-away");
    await desk.unroute("**/values");
    await desk.reload();
    await until("it is stored", async () => (await view()).values.matter === "首次申领社会保障卡，加急。");
  });

  await t.test("what somebody else stored meanwhile is shown beside it", async () => {
    await desk.getByText("已保存").waitFor();
    const v = await view();
    await asked(`/acceptance/cases/${v.id}/values`, {
      method: "PUT",
      data: { values: { ...v.values, matter: "别人改的内容。" }, edition: v.edition },
    });
    await desk.keyboard.press("Alt+3");
    await matter().fill("我改的内容。");
    const dialog = desk.getByRole("dialog", { name: "内容有冲突" });
    await dialog.getByText("别人改的内容。").waitFor();
    await web.shot(desk, "acceptance-conflict");
    assert.deepEqual(await serious(), []);
    await dialog.getByLabel("我改的内容。").check();
    await dialog.getByRole("button", { name: "按所选保存" }).click();
    await until("mine is stored", async () => (await view()).values.matter === "我改的内容。");
  });
});

test("the one notice says all that is missing", async () => {
  await desk.keyboard.press("Alt+4");
  await desk.keyboard.press("1");
  await desk.keyboard.press("w");
  await desk.getByLabel("哪里有误、怎样改（申请人会看到）").fill("身份证已超过有效期，请换领后再来。");
  await desk.keyboard.press("Enter");
  await until("it is noted", async () => (await view()).materials[0].review === "wrong");
  await desk.keyboard.press("2");
  await desk.keyboard.press("q");
  await next("一次性告知");
  const dialog = desk.getByRole("dialog", { name: "一次性告知" });
  await dialog
    .getByRole("region", { name: "文书预览" })
    .getByText(/身份证已超过有效期/)
    .waitFor();
  await web.shot(desk, "acceptance-notice");
  await desk.keyboard.press("F2");
  await until("the applicant was told", async () => (await view()).state === "supplementing");
  const text = (await paper("supplement")).replaceAll(/\s/g, "");
  assert.match(text, /身份证已超过有效期/);
  assert.match(text, /近期免冠照片/);
});

test("a new ticket replaces the visit in the open desk", async () => {
  over = ticket;
  await usable(counter, "完成");
  await counter.keyboard.press("F8");
  await hall.sim.act("counter-3-reader", "lift");
  ticket = await serve();
  await counter.keyboard.press("Alt+s");
  await desk.getByText(ticket.number, { exact: true }).waitFor();
  assert.equal(await desk.getByLabel("姓名").inputValue(), "", "no card was read for this visit");
  assert.equal(counter.context().pages().length, 2, "it is the same window");
});

test("a draft from the portal goes on at the window by its code", async () => {
  const portal = await web.open(`${hall.urls.platform}/healthz`, 375, 812);
  const api = `${hall.urls.platform}/api/v1`;
  const login = await portal.request.post(`${api}/sessions`, {
    data: { account: "13800000101", password: "demo1234", code: "246810" },
  });
  assert.equal(login.status(), 200, await login.text());
  const draft = await (
    await portal.request.post(`${api}/cases`, {
      data: { item: "social-card", answers: { why: "first", who: "self" } },
    })
  ).json();
  const { code } = await (await portal.request.post(`${api}/cases/${draft.id}/handover`)).json();
  await desk.evaluate(() => document.activeElement.blur());
  await desk.keyboard.press("c");
  const dialog = desk.getByRole("dialog", { name: "网上草稿转到窗口" });
  await dialog.getByLabel("转办码").fill("00000000");
  await desk.keyboard.press("Enter");
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("转办码").fill(`CASE:${code}`);
  await desk.keyboard.press("Enter");
  await desk.waitForURL(new RegExp(draft.id));
  assert.equal((await view()).mode, "window");
  await web.shot(desk, "acceptance-taken");
});

test("the label of a visit that is over leads to the cases that came of it", async (t) => {
  const label = over.day.replaceAll("-", "") + over.number;

  await t.test("at another counter", async () => {
    const other = await web.open(hall.urls.counters[0], 1366, 768);
    await usable(other, "下一位"); // Li signed in there before
    await hall.sim.act("counter-1-scanner", "scan", { text: label });
    const dialog = other.getByRole("dialog", { name: "扫到一次来访的标签" });
    await dialog.getByText(`${over.day} ${over.number}`, { exact: true }).waitFor();
    await web.shot(other, "acceptance-label-over");
    const [opened] = await Promise.all([other.waitForEvent("popup"), other.keyboard.press("Enter")]);
    await until("it leads to its cases", () => opened.url().includes(label));
    await other.context().close();
  });

  await t.test("in the desk's search", async () => {
    const found = await desk.context().newPage();
    await found.goto(`${hall.urls.platform}/staff/acceptance`);
    await found.getByRole("searchbox").fill(label);
    await found.keyboard.press("Enter");
    const list = found.getByRole("region", { name: "待办" }).or(found.locator(".wait"));
    await until(
      "both cases are there",
      async () => (await list.first().locator("button.case").count()) === 2,
    );
    await web.shot(found, "acceptance-label-search");
    await found.close();
  });

  await t.test("at a kiosk, for whoever knows whose they are", async () => {
    const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
    await kiosk.getByRole("button", { name: /办件查询/ }).waitFor();
    await hall.sim.act("kiosk-1-scanner", "scan", { text: label });
    await kiosk.getByText(label).first().waitFor();
    await web.shot(kiosk, "acceptance-label-kiosk");
    for (const key of citizen.number.slice(-4))
      await kiosk.getByRole("button", { name: key, exact: true }).click();
    await kiosk.getByRole("button", { name: "查询", exact: true }).click();
    await kiosk.getByRole("heading", { name: /社会保障卡/ }).waitFor();
    await kiosk.context().close();
  });
});
