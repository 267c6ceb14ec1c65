// What staff do with a task beside saying yes or no: giving it back, handing it
// on, asking others first, taking a passed one back, returning it across
// branches that run side by side, asking the applicant, and ending it.
import assert from "node:assert/strict";
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
