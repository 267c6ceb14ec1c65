import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = process.env.BASE ?? "http://127.0.0.1:19111";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
export async function as(account, path) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "zh-CN" });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  page.on("pageerror", (e) => console.log("PAGEERROR", e.message));
  page.on("console", (m) => m.type() === "error" && console.log("CONSOLE", m.text()));
  await page.request.post(`${base}/api/v1/staff/sessions`, { data: { account, password: "demo1234", code: "246810" }, headers: { origin: base } }).then(async (r) => { if (!r.ok()) console.log(r.status(), await r.text()); });
  await page.goto(base + path);
  return page;
}
export const shot = (page, name) => page.screenshot({ path: `/tmp/s_tasks/shots/${name}.png` });
export async function check(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }));
  for (const v of violations) console.log("AXE", name, v.id, v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " :: " + n.html.slice(0, 140)));
}
export { browser };
