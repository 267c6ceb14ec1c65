// A flow from its drawing to a decision: an editor draws a step more, the centre
// publishes it, and a case runs by it through the hands of those who examine it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let work;
let base;
let web;
let as;
before(async () => {
  work = await openWorkspace("flow", 9111, { viewer: true });
  ({ base, web, as } = work);
});
after(() => work?.close());

/** Nothing serious for axe; what a third party draws inside its canvas is its own. */
async function accessible(page, where) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(350); // colours that change under the mouse come to rest
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    return violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
  });
  assert.deepEqual(found, [], where);
}

/** What somebody asks the platform herself. */
function asking(page) {
  return async (method, path, data, type) => {
    const answer = await page.request.fetch(`${base}/api/v1${path}`, {
      method,
      data,
      headers: type ? { "content-type": type } : undefined,
    });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    const text = await answer.text();
    return text.startsWith("{") ? JSON.parse(text) : undefined;
  };
}

/** What a restaurant fills in; names and numbers are nobody's. */
const restaurant = {
  name: "东湖市小雨餐饮管理有限公司",
  code: "91330102DEM000101H",
  representative: "林小雨",
  phone: "13800000101",
  years: "5",
  address: { region: "330102", area: "东湖市东湖区", street: "人民路 100 号" },
  area: 180,
  kitchen: 60,
  seats: 80,
  delivery: false,
  items: ["hot", "drink"],
  water: "public",
  manager: { name: "郭伟", number: "330100197802140528", phone: "13800000106" },
  staff: [{ name: "郭伟", number: "330100197802140528", job: "厨师", health: "2027-06-30" }],
};

/** Accepts cases of a food licence at the window; their first material is a page, the second a picture. */
async function acceptCases(n) {
  const clerk = await as("shouli");
  const ask = asking(clerk);
  const numbers = [];
  for (let i = 0; i < n; i++) {
    const made = await ask("POST", "/acceptance/cases", {
      item: "food-licence",
      answers: { what: "restaurant", cold: "no", agent: "self" },
      name: "郭伟",
      idNumber: "330100197802140528",
      phone: "13800000106",
    });
    const at = `/acceptance/cases/${made.id}`;
    await ask("PUT", `${at}/values`, { values: { ...made.values, ...restaurant }, edition: made.edition });
    const page = await (await clerk.request.get(`${base}/api/v1${at}/form.pdf`)).body();
    const picture = await clerk.screenshot();
    for (const [k, m] of made.materials.entries()) {
      const ending = k === 1 ? "png" : "pdf";
      const name = encodeURIComponent(`${m.name}.${ending}`);
      const file = await ask(
        "POST",
        `/files?name=${name}`,
        k === 1 ? picture : page,
        "application/octet-stream",
      );
      await ask("PUT", `${at}/materials/${m.id}`, k === 2 ? { paper: true } : { files: [file.id] });
      await ask("POST", `${at}/materials/${m.id}/review`, { result: "ok" });
    }
    await ask("PUT", `${at}/delivery`, { way: "collect" });
    await ask("POST", `${at}/submit`, {});
    const accepted = await ask("POST", `${at}/accept`, { originals: true, hall: "demo", window: "3" });
    numbers.push({ id: made.id, caseNo: accepted.caseNo });
  }
  await clerk.context().close();
  return numbers;
}

/** Chooses one of an Element Plus select. */
async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label }).click({ force: true }); // its own text lies above it
  await page.getByRole("option", { name: option }).first().click();
}

test("a step is drawn, what is wrong is shown at its place, and the reviewer publishes it", async () => {
  const editor = await as("shenbian", "/staff/flows");
  await editor.getByRole("heading", { level: 1, name: "审批流程" }).waitFor();
  await accessible(editor, "flows");
  await web.shot(editor, "flows");
  await editor.getByRole("button", { name: "以此新建：一审一核" }).click();
  const review = editor.locator('[data-element-id="review"]');
  await review.click();
  await editor.locator(".djs-context-pad").getByTitle("后加环节").click();
  const name = editor.getByLabel("名称", { exact: true });
  await until("the new step is chosen", async () => (await name.inputValue()) === "新环节");
  await name.fill("法制审核");
  await editor.getByLabel("岗位名称（选填）").fill("法制机构");
  await editor.getByText("可以挂起").click();
  await accessible(editor, "the designer");
  assert.ok(await editor.locator(".bjs-powered-by").isVisible(), "the editor's watermark stays");

  // A step that nothing leads to: told at the step and in the list, and there is no way to propose it.
  const canvas = await editor.getByRole("region", { name: "流程图" }).boundingBox();
  await editor.getByTitle("办理环节").first().click();
  await editor.mouse.click(canvas.x + 420, canvas.y + 120);
  await editor.keyboard.press("Escape"); // its name as it is
  await editor.locator(".finding.severe").first().waitFor();
  await editor.getByRole("button", { name: /^检查/ }).click();
  await editor.getByText("“新环节”之后没有去处").first().waitFor();
  await web.shot(editor, "flow-findings");
  await editor.getByText("“新环节”之后没有去处").first().click();
  await editor.getByRole("complementary").getByRole("button", { name: "删除" }).click();
  await editor.locator(".finding.severe").first().waitFor({ state: "detached" });

  await editor.getByRole("button", { name: "试运行" }).first().click();
  await editor.getByRole("checkbox", { name: "法制审核" }).locator("..").click();
  await editor.getByRole("button", { name: "试运行" }).last().click();
  const run = editor.getByRole("status").filter({ hasText: "结果" });
  await run.waitFor();
  assert.match(await run.textContent(), /审查.*同意.*法制审核.*不同意.*核准.*同意.*结果：准予.*4 个工作日/s);
  await web.shot(editor, "flow-trial");

  const title = editor.getByLabel("流程名称");
  await title.fill("食品经营三级审批");
  await until("the name stands", async () => (await title.inputValue()) === "食品经营三级审批");
  await editor.getByRole("button", { name: "保存" }).click();
  await editor.waitForURL(/flows\/(?!new)/);
  await editor.getByRole("button", { name: "提交审核" }).click();
  const dialog = editor.getByRole("dialog");
  await dialog.getByRole("textbox").fill("重大许可增加法制审核");
  await dialog.getByRole("button", { name: "提交审核" }).click();
  await editor.getByText("等待牵头部门审核").waitFor();
  const path = new URL(editor.url()).pathname;
  await editor.context().close();

  const reviewer = await as("zhongxin", "/staff/flows");
  await reviewer
    .getByRole("row", { name: /食品经营三级审批.*待我审核/ })
    .getByRole("link")
    .click();
  await reviewer.waitForURL((url) => url.pathname === path);
  await reviewer.getByText("重大许可增加法制审核").waitFor();
  await reviewer.getByText("法制审核").first().waitFor();
  await web.shot(reviewer, "flow-review");
  await reviewer.getByRole("button", { name: "发布" }).click();
  await reviewer.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  await reviewer.getByRole("button", { name: "事项", exact: true }).click();
  await reviewer.getByRole("combobox", { name: "查找事项" }).fill("食品经营");
  await reviewer.getByRole("option", { name: "食品经营许可证核发（新办）" }).click();
  await reviewer.getByRole("button", { name: "指定" }).click();
  await reviewer.getByRole("dialog").getByRole("button", { name: "指定" }).click();
  await reviewer.getByText("已指定").waitFor();
  await reviewer.getByText("食品经营许可证核发（新办）").first().waitFor();
  await accessible(reviewer, "a flow to be read");
  await reviewer.context().close();
});

test("what is typed while the designer loads or stores stays", async () => {
  const editor = await as("shenbian", "/staff/flows");
  let release;
  const held = new Promise((r) => {
    release = r;
  });
  await editor.route("**/api/v1/organisations", async (r) => {
    await held;
    await r.continue();
  });
  await editor.getByRole("button", { name: "以此新建：一审一核" }).click();
  await editor.getByRole("heading", { level: 1, name: "新建流程" }).waitFor();
  const title = editor.getByLabel("流程名称");
  assert.equal(await title.count(), 0, "nothing can be typed into before all of it is there");
  release();
  await title.fill("甲流程");
  const review = editor.locator('[data-element-id="review"]');
  await review.click();
  await editor.locator(".djs-context-pad").getByTitle("后加环节").click();
  const steps = editor.locator(".djs-shape");
  const drawn = await until("the step is drawn", async () => {
    const n = await steps.count();
    return (await editor.getByLabel("名称", { exact: true }).inputValue()) === "新环节" && n;
  });
  assert.equal(await title.inputValue(), "甲流程");

  let store;
  const storing = new Promise((r) => {
    store = r;
  });
  await editor.route("**/api/v1/flows", async (r) => {
    if (r.request().method() === "POST") await storing;
    await r.continue();
  });
  await editor.getByRole("button", { name: "保存" }).click();
  await title.fill("乙流程");
  store();
  await editor.waitForURL(/flows\/(?!new)/);
  await until("the rest can be stored", () => editor.getByRole("button", { name: "保存" }).isEnabled());
  assert.equal(await title.inputValue(), "乙流程");
  assert.equal(await steps.count(), drawn, "the drawing is the one that was stored");
  await editor.getByRole("button", { name: "保存" }).click();
  await until("it is stored", () => editor.getByRole("button", { name: "保存" }).isDisabled());
  const id = new URL(editor.url()).pathname.split("/").at(-1);
  assert.equal((await asking(editor)("GET", `/flows/${id}`)).body.name, "乙流程");
  await editor.context().close();
});

/** Opens the task of a case from a view of the work list. */
async function open(page, view, caseNo) {
  await page.goto(`${base}/staff/tasks?view=${view}`);
  await page.getByRole("textbox", { name: "办件编号、事项、经办人" }).fill(caseNo);
  await page
    .getByRole("row", { name: new RegExp(caseNo) })
    .getByRole("link")
    .click();
  await page.getByRole("region", { name: "我的意见" }).waitFor();
}

/** Takes the keyboard out of whatever is typed into. */
const leave = (page) => page.getByRole("heading", { level: 1 }).click();

/** Says yes to the question before a verb; the next task or the list comes by itself. */
async function agree(page, label) {
  const before = page.url();
  await page.getByRole("dialog").getByRole("button", { name: label, exact: true }).click();
  await page.waitForURL((url) => url.href !== before);
}

test("a case runs by it: passed, returned straight to who asked, held, and decided", async () => {
  const [one, two] = await acceptCases(2);
  const page = await as("shenpi", "/staff/tasks?view=claimable");
  await page.getByText(two.caseNo).waitFor();
  await accessible(page, "the work list");
  await web.shot(page, "tasks");
  // By the keyboard alone: walk, claim, open, one opinion, pass.
  const search = page.getByRole("textbox", { name: "办件编号、事项、经办人" });
  for (const { caseNo } of [two, one]) {
    const claimed = page.waitForResponse((r) => r.url().endsWith("/claim"));
    await search.fill(caseNo);
    await leave(page);
    // At once, while the list is still that of before: the keys mean what is looked for.
    await page.keyboard.press("j");
    await page.keyboard.press("c");
    assert.equal((await claimed).status(), 200);
    await page.getByText("没有符合筛选的任务").waitFor();
  }
  await page.getByRole("button", { name: "我的任务" }).click();
  await page.getByText(one.caseNo).waitFor();
  await search.fill(one.caseNo); // she has others, which are due sooner
  await leave(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^同意/ }).waitFor();
  const sheet = page.locator("iframe");
  await until("the page of the first material is shown", () =>
    sheet.evaluate(
      (frame) => frame.contentDocument === null || frame.contentDocument.contentType === "application/pdf",
    ),
  );
  await until("the flow is drawn", () =>
    page
      .getByRole("region", { name: "办理流程" })
      .getByRole("img")
      .evaluate((img) => img.naturalWidth > 100),
  );
  await accessible(page, "a task");
  await web.shot(page, "task");
  await page.keyboard.press("j");
  await until("the picture of the second material is shown", () =>
    page.getByRole("img", { name: /png$/ }).evaluate((img) => img.naturalWidth > 100),
  );
  await page.getByRole("button", { name: "表单", exact: true }).click();
  await page.getByText("东湖市东湖区 人民路 100 号").waitFor();

  // What was typed is there after a look elsewhere.
  const opinion = page.getByRole("textbox", { name: /^意见/ });
  await opinion.fill("现场已核查，");
  await page.reload();
  await opinion.waitFor();
  assert.equal(await opinion.inputValue(), "现场已核查，");
  await leave(page);
  await page.keyboard.press("1");
  await leave(page);
  await page.keyboard.press("p");
  await page.getByText(/办件随后转到“法制审核”（.*法制机构/).waitFor();
  await accessible(page, "the question before a verb");
  await web.shot(page, "task-pass");
  await agree(page, "同意");
  await page.getByRole("button", { name: /^同意/ }).waitFor(); // the next one comes by itself

  // A refusal needs its reason.
  await open(page, "mine", two.caseNo);
  await page.keyboard.press("r");
  const question = page.getByRole("dialog");
  await question.getByText("不同意的理由").waitFor();
  assert.ok(await question.getByRole("button", { name: "不同意", exact: true }).isDisabled());
  await question.getByRole("button", { name: "取消" }).click();
  await question.waitFor({ state: "detached" });

  // Suspended with a reason and days, and resumed.
  await page.getByRole("button", { name: /^挂起/ }).click();
  await choose(page, "暂停原因", "现场勘验");
  await question.getByRole("button", { name: "暂停计时" }).click();
  await page.getByText("办件已暂停计时：现场勘验").waitFor();
  await page.getByRole("button", { name: /^恢复办理/ }).click();
  await question.getByRole("button", { name: "恢复办理" }).click();
  await page.getByRole("button", { name: /^挂起/ }).waitFor();

  // The chief representative returns the first case, straight back to her.
  const chief = await as("shoudai");
  await open(chief, "claimable", one.caseNo);
  await chief.getByRole("button", { name: /^领取/ }).click();
  await chief.getByRole("button", { name: /^退回/ }).click();
  await chief.getByText("重办后直接交回给我").click();
  await chief
    .getByRole("dialog")
    .getByText(/退回“审查”（沈丕.*办完直接交回给您/)
    .waitFor();
  await chief.getByRole("textbox", { name: "退回的原因" }).fill("请补充现场照片");
  await web.shot(chief, "task-return");
  await agree(chief, "退回");

  await open(page, "mine", one.caseNo);
  await page.getByRole("button", { name: "意见与经过" }).click();
  await page.getByText("请补充现场照片").waitFor();
  await page.keyboard.press("2");
  await leave(page);
  await page.keyboard.press("p");
  await question.waitFor();
  const before = page.url();
  await page.keyboard.press("Control+Enter");
  await page.waitForURL((url) => url.href !== before);

  // The legal step passes at once to the decision, which is told as such.
  await open(chief, "mine", one.caseNo);
  await chief.getByRole("button", { name: /^同意/ }).click();
  await agree(chief, "同意");
  await open(chief, "claimable", one.caseNo);
  await chief.getByRole("button", { name: /^领取/ }).click();
  await chief.getByText("本环节的意见就是决定").waitFor();
  await chief.getByRole("button", { name: /^同意/ }).click();
  await chief.getByText(/对本办件的决定：准予/).waitFor();
  await web.shot(chief, "task-decide");
  await agree(chief, "同意");
  const seen = await asking(chief)("GET", `/acceptance/cases/${one.id}`);
  assert.equal(seen.result, "approved");

  // More time is asked for by one and granted by another.
  await open(page, "mine", two.caseNo);
  await page.getByRole("button", { name: /^申请延期/ }).click();
  await page.getByRole("textbox", { name: "理由和依据" }).fill("需征求消防意见");
  await question.getByRole("button", { name: "提出申请" }).click();
  await page.getByText("等待首席代表批准").waitFor();
  await open(chief, "extensions", two.caseNo);
  await chief.getByRole("button", { name: /^审批延期/ }).click();
  await chief.getByRole("dialog").getByText("需征求消防意见").waitFor();
  await web.shot(chief, "task-extension");
  await agree(chief, "确定");
  await page.reload();
  await page.getByText("已批准延期").first().waitFor();
  await chief.context().close();
  await page.context().close();
});

test("a colleague stands in by date", async () => {
  const page = await as("shenpi", "/staff/tasks/deputies");
  await choose(page, "代办人", "首岱");
  await page.getByPlaceholder("开始日期").click();
  const days = page.locator(".el-date-table td.available");
  await days.and(page.locator(".today")).first().click();
  await days.last().click();
  await page.getByRole("button", { name: "确定" }).click();
  await page.getByText("已安排代办").waitFor();
  await accessible(page, "deputies");
  await web.shot(page, "deputies");
  await page.getByRole("button", { name: "取消代办" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "取消代办" }).click();
  await page.getByText("没有代办安排").waitFor();
  await page.context().close();
});
