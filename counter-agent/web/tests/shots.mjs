// Takes pictures of every state of the clerk's page, light and dark:
// node counter-agent/web/tests/shots.mjs [folder]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { mockAgent } from "../../../internal/ui/tests/mock-agent.mjs";
import { called, card, queue, reason, serving, snapshot, window3 } from "./fixture.mjs";

const out = process.argv[2] ?? "var/shots";
mkdirSync(out, { recursive: true });
const dist = join(import.meta.dirname, "..", "dist");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

for (const [name, width, height, colorScheme] of [
  ["counter-light", 1366, 768, "light"],
  ["counter-dark", 1920, 1080, "dark"],
]) {
  await visit(name, { viewport: { width, height }, colorScheme });
}
await browser.close();

async function visit(name, options) {
  let win = window3({ state: "signed-out", clerk: undefined, staff: undefined });
  const agent = await mockAgent({
    dist,
    snapshot: () => snapshot(win),
    onCommand: (type) => {
      if (type === "window.signIn") win = window3();
      if (type === "window.callNext") win = window3({ state: "serving", ticket: called(0) });
      if (type === "ticket.arrive") win = window3({ state: "serving", ticket: serving(0) });
      if (type === "ticket.recall")
        return {
          error: {
            status: 409,
            code: "ticket.recall-too-soon",
            detail: "刚刚叫过 B012，请 8 秒后再重呼",
            state: "called",
          },
        };
      if (type === "ticket.finish") win = window3();
      if (type === "window.pause") win = window3({ state: "paused", text: "暂离窗口，请稍候" });
      if (type === "window.continue") win = window3();
      return { window: win, ticket: win.ticket, reason: win.ticket ? reason : undefined };
    },
  });
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  const shot = async (step) => {
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(out, `${name}-${step}.png`) });
    const over = await page.evaluate(
      () =>
        document.documentElement.scrollWidth > innerWidth ||
        document.documentElement.scrollHeight > innerHeight,
    );
    if (over) console.log(`${name}-${step}: the page scrolls`);
  };
  await page.goto(agent.url);
  await page.getByLabel("工号").fill("2003");
  await page.getByLabel("密码").fill("demo");
  await shot("sign-in");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "下一位 B013" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await shot("idle");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.getByRole("button", { name: "材料已补齐，继续办理" }).click();
  await shot("by-hand");
  await page.keyboard.press("Escape");
  await page.keyboard.press(" ");
  await page.getByText("为什么是这位").waitFor();
  await page.keyboard.press("F2");
  await page.getByRole("alert").waitFor();
  await shot("called");
  await page.keyboard.press("F3");
  agent.send("card.read", card);
  await page.getByText("3****************X").waitFor();
  await page.waitForTimeout(8000);
  await shot("serving");
  await page.keyboard.press("F8");
  await page.getByRole("heading", { name: "下一位 B013" }).waitFor();
  agent.send("rating.asked", {
    ticket: "x",
    number: "B012",
    until: new Date(Date.now() + 16_000).toISOString(),
  });
  await shot("rating");
  agent.send("rating.given", { ticket: "x", score: 5 });
  await shot("rated");
  await page.keyboard.press("F9");
  await page.getByRole("dialog").waitFor();
  await shot("pause");
  await page.getByRole("dialog").getByRole("button", { name: "暂停" }).click();
  await page.getByRole("heading", { name: "窗口已暂停" }).waitFor();
  agent.send("link.changed", { online: false, since: new Date().toISOString() });
  agent.send("queue.changed", queue({ waiting: [], total: 0 }));
  await shot("away");
  if (errors.length > 0) console.log(`${name}: ${errors.join("\n")}`);
  await context.close();
  await agent.close();
}
