// What the staff at a window look up: an entry that a department writes and
// somebody else checks, found by two characters, doubted, and answered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let at;
before(async () => {
  at = await openWorkspace("knowledge", 9113);
});
after(() => at?.close());

/** Checks that everybody can use a page, and keeps a picture of it. */
async function clean(page, name) {
  // What the pointer is on is in another colour.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(400);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }),
  );
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`);
  assert.deepEqual(found, [], name);
  await at.web.shot(page, `knowledge-${name}`);
}

/** The row or answer that the API gives to whoever is signed in on a page. */
const get = async (page, path) => (await page.request.get(`${at.base}/api/v1/knowledge${path}`)).json();

test("what one writes and another checks is found, doubted and answered", { timeout: 120_000 }, async () => {
  const editor = await at.as("shenbian", "/staff/knowledge/drafts");
  await editor.getByRole("button", { name: "编写知识" }).click();
  await editor.getByLabel("标题").fill("外卖厨房的平面图怎么看");
  await editor
    .getByLabel("内容")
    .fill("先看出入口是否分开，再看备餐间面积是否标注，最后核对与现场照片是否一致。");
  await clean(editor, "edit");
  await editor.getByRole("button", { name: "提交审核" }).click();
  await editor.getByText("已提交，等待他人审核。").waitFor();

  const chief = await at.as("shoudai", "/staff/knowledge/drafts");
  await chief.getByRole("link", { name: "外卖厨房的平面图怎么看" }).click();
  await chief.getByRole("button", { name: "通过并发布" }).click();
  await chief.getByRole("heading", { level: 1, name: "外卖厨房的平面图怎么看" }).waitFor();

  const clerk = await at.as("shouli", "/staff/knowledge");
  await clerk.keyboard.press("Control+k");
  await clerk.keyboard.type("备餐");
  await clerk.getByText("共 1 条", { exact: true }).first().waitFor();
  await clean(clerk, "search");
  await clerk.getByRole("link", { name: "外卖厨房的平面图怎么看" }).click();
  await clerk.getByRole("button", { name: "过时" }).click();
  await clerk.getByLabel("哪里过时或有误").fill("新规定不再要求标注备餐间面积");
  await clean(clerk, "entry");
  await clerk.getByRole("button", { name: "提交给部门" }).click();
  await clerk.getByText("部门核实中").waitFor();

  await at.go(chief, "/staff/knowledge/todos", "待核实");
  await chief.getByRole("button", { name: "核实答复" }).click();
  await clean(chief, "todos");
  await chief.getByText("核实无误").click();
  await chief.getByLabel("部门答复").fill("本区细则仍要求标注，请继续核对。");
  await chief.getByRole("button", { name: "提交答复" }).click();
  await chief.getByText("没有待核实的知识").waitFor();

  await at.go(clerk, "/staff/knowledge/mine", "我的反映");
  await clerk.getByText("本区细则仍要求标注").waitFor();
  await clean(clerk, "mine");
  const desk = await at.as("zixun", "/staff/knowledge/statistics");
  await desk.getByRole("cell", { name: "东湖区市场监督管理局" }).waitFor();
  await clean(desk, "statistics");
});

test("the clerk sees the review points of the material in hand", async () => {
  const clerk = await at.as("shouli", "/staff/knowledge");
  const { hits } = await get(clerk, "/entries?kind=review&origin=item&limit=100");
  const point = hits.find((h) => h.material);
  assert.ok(point, "items bring review points");
  const points = await get(clerk, `/points?item=${point.item}&material=${point.material}`);
  assert.equal(points.material[0].id, point.id);
  assert.ok(points.item.every((e) => !e.material));
  await at.go(clerk, `/staff/knowledge/entries/${point.id}`, point.title);
  assert.equal(
    await clerk.getByRole("button", { name: "修订" }).count(),
    0,
    "an item's entry is changed with the item",
  );
});
