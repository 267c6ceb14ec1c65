// Every page of the staff's workspace by the rules of accessibility.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { loaded } from "./support/browser.mjs";
import { checkAxe, checkLayout } from "./support/look.mjs";
import { openWorkspace } from "./support/workspace.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let work;
before(async () => {
  work = await openWorkspace("staff-pages", 9998);
});
after(() => work?.close());

/** What axe finds serious on a page that has come to rest. */
async function faults(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    return found.violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
  });
}

test("no page that a menu doesn't lead to has a serious fault of accessibility", async () => {
  const pages = {
    xiaoxi: [
      ["/staff/messages/templates/identity.code", /./],
      ["/staff/messages/suppressed", "停发名单"],
    ],
    bianban: [
      ["/staff/items/all/tax-confirmation", /./],
      ["/staff/items/new", "新增事项"],
    ],
  };
  for (const [account, list] of Object.entries(pages)) {
    const page = await work.as(account);
    for (const [path, heading] of list) {
      await work.go(page, path, heading);
      await loaded(page);
      assert.deepEqual(await faults(page), [], path);
    }
    await page.context().close();
  }
  const editor = await work.as("bianban", "/staff/items/all/tax-confirmation");
  await editor.getByRole("button", { name: "变更" }).click();
  for (const section of [
    "基本信息",
    "办理要求",
    "申请材料",
    "收费",
    "情形问答",
    "流程与结果",
    "地点与咨询",
    "常见问题",
  ]) {
    await editor.getByRole("button", { name: section }).click();
    const entry = editor.locator("summary").first();
    if (await entry.count()) await entry.click();
    assert.deepEqual(await faults(editor), [], section);
  }
  await editor.context().close();
});

/** Accounts that may enter all areas between them. */
const EVERYBODY = [
  "shouli",
  "bianban",
  "shenhe",
  "shoudai",
  "zixun",
  "xiaoxi",
  "yuyue",
  "zhuce",
  "jiancha",
  "admin",
  "anquan",
  "shenji",
];
const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
];

test("every entry of every menu fits both sizes and has nothing small or faint, light and dark", async (t) => {
  const seen = new Set();
  /** The addresses of the menu, and of what an area's own page puts into a row of pages. */
  const entries = (page) =>
    page
      .locator(".frame nav a, main nav a, main [role=tablist] a")
      .evaluateAll((links) => links.map((a) => new URL(a.href).pathname));
  for (const account of EVERYBODY) {
    await t.test(account, { timeout: 240_000 }, async () => {
      const page = await work.as(account);
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.evaluate(() => localStorage.setItem("staff-theme", "light"));
      const todo = await entries(page);
      const wrong = [];
      /** look notes what a check finds, so that one run tells of all pages. */
      const look = (check) =>
        check.catch((err) => wrong.push(`${err.message.split("\n")[0]}: ${err.actual?.join("; ")}`));
      for (const path of todo) {
        if (seen.has(path) || !path.startsWith("/staff")) continue;
        seen.add(path);
        await page.goto(work.base + path);
        await page.getByRole("heading", { level: 1 }).first().waitFor();
        await loaded(page);
        for (const next of await entries(page)) if (!todo.includes(next)) todo.push(next);
        for (const size of SIZES) {
          await page.setViewportSize(size);
          await look(checkLayout(page, path));
        }
        await work.web.shot(page, `staff${path.replaceAll("/", "-")}`);
        await look(checkAxe(page, path));
        await page.evaluate(() => {
          document.documentElement.dataset.theme = "dark";
        });
        await look(checkAxe(page, `${path}, dark`, { coloursOnly: true }));
      }
      assert.deepEqual(wrong, []);
      await page.context().close();
    });
  }
  assert.ok(seen.size > 30, `only ${seen.size} pages were seen`);
});
