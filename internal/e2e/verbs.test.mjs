// What staff do with a task beside saying yes or no: giving it back, handing it
// on, asking others first, taking a passed one back, returning it across
// branches that run side by side, asking the applicant, and ending it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "./support/hall.mjs";
import { openWorkspace } from "./support/workspace.mjs";

let work;
let clerk;
const pages = {};
before(async () => {
  work = await openWorkspace("verbs", 13110);
});
after(() => work?.close());

/** What somebody asks the platform herself. */
async function ask(page, method, path, data, type) {
  const headers = type ? { "content-type": type } : undefined;
  const answer = await page.request.fetch(`${work.base}/api/v1${path}`, { method, data, headers });
  const text = await answer.text();
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`);
  return text.startsWith("{") ? JSON.parse(text) : undefined;
}

/** Accepts a food licence at the window: three departments look at it side by side. */
async function accepted() {
  const made = await ask(clerk, "POST", "/acceptance/cases", {
    item: "food-licence",
    answers: { what: "restaurant", cold: "no", agent: "self" },
    name: "郭伟",
    idNumber: "330100197802140528",
    phone: "13800000106",
  });
  const at = `/acceptance/cases/${made.id}`;
  const values = {
    ...made.values,
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
  await ask(clerk, "PUT", `${at}/values`, { values, edition: made.edition });
  const findings = made.materials.map((m) => ({ material: m.id, result: "ok" }));
  await ask(clerk, "POST", `${at}/reviews`, { findings });
  const { caseNo } = await ask(clerk, "POST", `${at}/accept`, { originals: true, hall: "demo", window: "3" });
  return { id: made.id, caseNo, materials: made.materials };
}

/** The page of somebody of the staff, who stays signed in. */
const as = async (account) => {
  pages[account] ??= await work.as(account, "/staff/tasks");
  return pages[account];
};

/** Opens somebody's task of a case from a view of the work list. */
async function open(account, view, { caseNo }, name = /./) {
  const page = await as(account);
  await page.goto(`${work.base}/staff/tasks?view=${view}`);
  await page.getByRole("textbox", { name: "办件编号、事项、经办人" }).fill(caseNo);
  await page
    .getByRole("row", { name: new RegExp(caseNo) })
    .filter({ hasText: name })
    .getByRole("link")
    .first()
    .click();
  await page.getByRole("region", { name: "我的意见" }).waitFor();
  return page;
}

const verb = (page, label) => page.getByRole("button", { name: new RegExp(`^${label}\\s*[A-Z]?$`) });

/** Does a verb: fills in what its dialog asks, and confirms. */
async function act(page, label, { confirm = label, to, words, fill } = {}) {
  await verb(page, label).click();
  const dialog = page.getByRole("dialog");
  if (to) {
    // A list that is still opening moves under the mouse.
    await until(`${to} is chosen`, async () => {
      if ((await dialog.getByRole("status").first().innerText()).includes(to)) return true;
      await dialog.getByRole("combobox", { name: "交给谁" }).click({ force: true });
      await page
        .getByRole("option", { name: to })
        .first()
        .click({ timeout: 2000 })
        .catch(() => {});
      return false;
    });
  }
  await fill?.(dialog);
  if (words) await dialog.getByRole("textbox", { name: words[0] }).fill(words[1]);
  const answered = page.waitForResponse(
    (r) => r.request().method() === "POST" && /\/tasks\/[^/]+\/[a-z-]+$/.test(r.url()),
  );
  await dialog.getByRole("button", { name: confirm, exact: true }).click();
  const answer = await answered;
  assert.ok(answer.ok(), `${label}: ${await answer.text()}`);
  await dialog.waitFor({ state: "detached" });
}

/** Claims a task and passes it. */
async function pass(account, of, view = "claimable", name = /./) {
  const page = await open(account, view, of, name);
  if (view === "claimable") await verb(page, "领取").click();
  await act(page, "同意");
}

test("a task is given back, handed on, asked about, and shared with others", async () => {
  clerk = await work.as("shouli");
  const one = await accepted();
  pages.one = one;
  const mine = /市场监管局审查/;
  let page = await open("shenpi", "claimable", one, mine);
  await verb(page, "领取").click();
  await act(page, "退还");
  page = await open("shenpi", "claimable", one, mine);
  await verb(page, "领取").click();
  await act(page, "转办", { to: "首岱", words: [/附言/, "我已回避"] });
  let chief = await open("shoudai", "mine", one, mine);
  await chief.getByRole("button", { name: "意见与经过" }).click();
  await chief.getByText("我已回避").waitFor();
  await act(chief, "委派", { to: "沈丕" });
  page = await open("shenpi", "mine", one, mine);
  await page.getByRole("textbox", { name: /^意见/ }).fill("现场布局与图纸一致。");
  await act(page, "同意");
  chief = await open("shoudai", "mine", one, mine);
  await chief.getByRole("button", { name: "意见与经过" }).click();
  await chief.getByText("现场布局与图纸一致。").first().waitFor();
  await act(chief, "加签", { to: "魏岱" });
  chief = await open("shoudai", "mine", one, mine);
  await act(chief, "加签", { to: "萧岱" });
  chief = await open("shoudai", "mine", one, mine);
  const seats = chief.getByRole("region", { name: "本环节各方意见" });
  await seats.getByText("萧岱").waitFor();
  await work.web.shot(chief, "task-seats");
  await seats.locator("p", { hasText: "萧岱" }).getByRole("button", { name: "减签" }).click();
  await chief.getByRole("dialog").getByRole("button", { name: "减签" }).click();
  await until(
    "one is left",
    async () => !(await seats.innerText()).includes("萧岱") || (await seats.getByText("不需要").count()) > 0,
  );
  await act(chief, "同意");
  const added = await open("weidai", "mine", one, mine);
  await act(added, "同意");
  await work.web.shot(added, "task-added");
});

test("a case crosses to a private network as codes, and what was found there comes back", async () => {
  const two = await accepted();
  const page = await open("shenpi", "claimable", two, /市场监管局审查/);
  await verb(page, "领取").click();
  await verb(page, "同意").waitFor();
  await page.getByRole("button", { name: "专网二维码" }).click();
  const dialog = page.getByRole("dialog", { name: "与专网交换" });
  const codes = (of) => of.locator("[data-code]").evaluateAll((list) => list.map((li) => li.dataset.code));
  await dialog.getByRole("img").first().waitFor();
  const out = await codes(dialog);
  await work.web.shot(page, "carry-out");

  // The page is one file, carried to a computer without a network.
  const link = dialog.getByRole("link", { name: /下载专网电脑用的网页/ });
  const file = await page.request.get(new URL(await link.getAttribute("href"), work.base).href);
  assert.equal(file.status(), 200);
  const folder = mkdtempSync(join(tmpdir(), "smarthall-carry-"));
  writeFileSync(join(folder, "bridge.html"), await file.body());
  const far = await work.web.open(`file://${join(folder, "bridge.html")}`, 1280, 900);
  const scanner = far.getByRole("textbox", { name: "光标留在此框内扫描" });
  for (const code of [...out].reverse()) {
    await scanner.fill(code);
    await scanner.press("Enter");
  }
  await far.getByText("东湖市小雨餐饮管理有限公司").waitFor();
  await far
    .getByRole("button", { name: "复制 经营者名称" })
    .or(far.getByRole("button", { name: /^复制 / }))
    .first()
    .waitFor();
  await far.getByRole("radio", { name: "同意", exact: true }).check();
  await far.getByRole("textbox", { name: "办理意见" }).fill("专网系统核查无不良记录，同意。");
  await far.getByRole("textbox", { name: /^文号/ }).fill("东市监〔2026〕12号");
  await far.getByRole("textbox", { name: "经办人" }).fill("沈丕");
  await far.getByRole("button", { name: "生成结果二维码" }).click();
  await far.locator("[data-code]").first().waitFor();
  const home = await codes(far);
  await work.web.shot(far, "carry-far");
  await far.close();
  rmSync(folder, { recursive: true, force: true });

  await dialog.getByRole("button", { name: "扫码带回" }).click();
  const back = dialog.getByRole("textbox", { name: "光标留在此框内扫描" });
  await back.fill(out[0]);
  await back.press("Enter");
  if (out.length === 1) await dialog.getByText("这不是办理结果二维码。").waitFor();
  for (const code of home) {
    await back.fill(code);
    await back.press("Enter");
  }
  await dialog.getByText("专网系统核查无不良记录，同意。").waitFor();
  await work.web.shot(page, "carry-back");
  await dialog.getByRole("button", { name: "填入意见" }).click();
  await dialog.waitFor({ state: "detached" });
  const opinion = page.getByRole("textbox", { name: /^意见/ });
  assert.match(
    await opinion.inputValue(),
    /^专网系统核查无不良记录，同意。\n文号：东市监〔2026〕12号\n（专网系统办理：沈丕，/,
  );
  await act(page, "同意"); // nothing was done before
});

test("what was passed is taken back, the applicant is asked, and one branch is done again", async () => {
  const { one } = pages;
  // Taken back, as long as nobody has looked at what comes after.
  await pass("xiaoshen", one);
  let page = await open("xiaoshen", "done", one);
  const before = page.url();
  await act(page, "拿回");
  await page.waitForURL((url) => url.href !== before);
  await page.getByText(one.caseNo).first().waitFor();
  await act(page, "同意");

  // The applicant is asked for something more: the clock stands until it is there.
  page = await open("weishen", "claimable", one);
  await verb(page, "领取").click();
  await act(page, "要求补正", {
    confirm: "发出补正告知",
    fill: (dialog) =>
      dialog.getByRole("textbox", { name: "需要补正的第 1 项" }).fill("从业人员健康证明的原件"),
  });
  const held = await ask(clerk, "GET", `/acceptance/cases/${one.id}`);
  assert.deepEqual([held.state, held.missing], ["supplementing", ["从业人员健康证明的原件"]]);
  await ask(clerk, "POST", `/acceptance/cases/${one.id}/submit`, {});
  assert.equal((await ask(clerk, "GET", `/acceptance/cases/${one.id}`)).state, "accepted");
  await pass("weishen", one, "mine");

  // From where all meet back into one of the branches; the others stand.
  const chief = await open("shoudai", "claimable", one);
  await verb(chief, "领取").click();
  await act(chief, "退回", {
    fill: async (dialog) => {
      await dialog.getByText("消防救援大队审查").first().click();
      await dialog.getByText(/退回“消防救援大队审查”.*之后的环节也重新办理/).waitFor();
    },
    words: ["退回的原因", "疏散通道宽度未写明"],
  });
  page = await open("xiaoshen", "mine", one);
  await page.getByRole("button", { name: "意见与经过" }).click();
  await page.getByText("疏散通道宽度未写明").first().waitFor();
  await work.web.shot(page, "task-again");
  const trail = page.getByRole("list", { name: "办理流程" }).getByRole("listitem");
  const states = await trail.evaluateAll((list) => list.map((li) => `${li.innerText} ${li.className}`));
  assert.equal(
    states.filter((s) => /卫生健康局审查|市场监管局审查/.test(s) && /done/.test(s)).length,
    2,
    String(states),
  );
  await act(page, "同意");
  page = await open("shoudai", "claimable", one);
  await verb(page, "领取").click();
  await act(page, "同意");
  assert.equal((await ask(clerk, "GET", `/acceptance/cases/${one.id}`)).result, "approved");
});

test("a licence is found by its holder's number, suspended with a reason and restored", async () => {
  const page = await as("shoudai");
  await page.goto(`${work.base}/staff/licences`);
  await page.getByLabel("证照编号、标识，或持证主体的证件号码").fill("330100197802140528");
  await page.getByRole("button", { name: "查询" }).click();
  await page
    .getByRole("row", { name: /食品经营许可证/ })
    .first()
    .getByRole("button", { name: "详情" })
    .click();
  const licence = page.getByRole("dialog", { name: "食品经营许可证" });
  const why = page.getByRole("dialog").filter({ hasText: "请写明理由" });
  const became = licence.getByRole("list", { name: "状态记录" });
  for (const [verb, words] of [
    ["暂停", "经营场所正在整改"],
    ["恢复", "整改已完成"],
  ]) {
    await licence.getByRole("button", { name: verb }).click();
    await why.locator("textarea").fill(words);
    await why.getByRole("button", { name: verb }).click();
    await became.getByText(words).waitFor();
  }
  await work.web.shot(page, "licence-states");
});

test("a chief representative ends a case, with the reason in writing", async () => {
  const two = await accepted();
  const chief = await open("shoudai", "claimable", two);
  await verb(chief, "领取").click();
  await verb(chief, "终止").click();
  const dialog = chief.getByRole("dialog");
  assert.ok(await dialog.getByRole("button", { name: "终止办件" }).isDisabled(), "not without a reason");
  await dialog.getByRole("button", { name: "取消" }).click();
  await dialog.waitFor({ state: "detached" });
  await act(chief, "终止", { confirm: "终止办件", words: ["终止的原因", "申请人已注销登记"] });
  const over = await ask(clerk, "GET", `/acceptance/cases/${two.id}`);
  assert.deepEqual([over.state, over.reason], ["terminated", "申请人已注销登记"]);
  assert.ok(over.documents.some((d) => d.kind === "termination"));
  const page = await as("weishen");
  await page.goto(`${work.base}/staff/tasks?view=claimable`);
  await page.getByRole("textbox", { name: "办件编号、事项、经办人" }).fill(two.caseNo);
  await page.getByText(/没有符合筛选的任务|没有待领取的任务/).waitFor();
});

test("a list goes on beyond its first page, and is searched as a whole", async () => {
  const names = ["郭伟", "林小雨"];
  const make = (i) =>
    ask(clerk, "POST", "/acceptance/cases", {
      item: "food-licence",
      answers: { what: "restaurant", cold: "no", agent: "self" },
      name: names[i % 2],
      idNumber: i % 2 ? "330100199005200128" : "330100197802140528",
      phone: "13800000106",
    });
  for (let i = 0; i < 60; i += 10) await Promise.all(Array.from({ length: 10 }, (_, k) => make(i + k)));
  await clerk.goto(`${work.base}/staff/acceptance`);
  await clerk.getByRole("button", { name: "在办" }).click();
  const rows = clerk.getByRole("region", { name: "等待处理" }).getByRole("listitem");
  const more = clerk.getByRole("button", { name: /再显示一些/ });
  await more.waitFor();
  const first = await rows.count();
  await more.click();
  await until("the rest is shown", async () => (await rows.count()) > first);
  await work.web.shot(clerk, "list-more");
  const page = await as("weishen");
  await page.goto(`${work.base}/staff/tasks?view=done`);
  await page.getByRole("textbox", { name: "办件编号、事项、经办人" }).fill("没有这样的事项");
  await page.getByText("没有符合筛选的任务").waitFor();
});

test("what holds for cases to come is set where an item and a body are kept", async () => {
  const reviewer = await work.as("shenhe", "/staff/items/all/food-licence");
  const panel = reviewer.getByRole("region", { name: "办理设置" });
  await panel.getByText("先缴费、后作出决定").click();
  await panel.getByText("开通绿色通道").click();
  await panel.getByRole("spinbutton").fill("3");
  await panel.getByLabel("开通理由").fill("重点项目");
  await work.web.shot(reviewer, "item-settings");
  await panel.getByRole("button", { name: "保存设置" }).click();
  await reviewer.getByText("办理设置已保存").waitFor();
  await reviewer.reload();
  await until("it is kept", async () => (await panel.getByLabel("开通理由").inputValue()) === "重点项目");
  assert.ok(await panel.getByRole("checkbox", { name: /先缴费/ }).isChecked());
  const admin = await work.as("admin", "/staff/members/organisations");
  await admin
    .getByRole("row", { name: /东湖区市场监督管理局/ })
    .getByRole("button", { name: "修改" })
    .click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("发文字头").fill("东市监");
  await dialog.getByText(/东市监受〔/).waitFor();
  await work.web.shot(admin, "organisation-prefix");
  const saved = admin.waitForResponse(
    (r) => r.url().includes("/document-prefixes/") && r.request().method() === "PUT",
  );
  await dialog.getByRole("button", { name: "保存" }).click();
  assert.equal((await saved).status(), 204);
});
