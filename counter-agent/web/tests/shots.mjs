// Takes pictures of every view of the clerk's page, in Chinese and English, light
// and dark, and says what runs off the screen, is cut off or too small, and what
// axe finds:
// node counter-agent/web/tests/shots.mjs [folder] [language-theme-width, such as en-dark-1280]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { checkAxe, checkLayout } from "../../../internal/e2e/support/look.mjs";
import { mockAgent } from "../../../internal/ui/tests/mock-agent.mjs";
import * as is from "./fixture.mjs";

/** The smallest target, in pixels. */
const TARGET = 48;

const [out = "var/shots", only = ""] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const dist = join(import.meta.dirname, "..", "dist");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const [width, height] of [
  [1280, 720],
  [1366, 768],
  [1920, 1080],
]) {
  for (const lang of ["zh-CN", "en"]) {
    for (const theme of ["light", "dark"]) {
      const name = `${lang.slice(0, 2)}-${theme}-${width}`;
      if (name.includes(only)) await visit(name, lang, { viewport: { width, height }, colorScheme: theme });
    }
  }
}
await browser.close();

/** A sheet as a camera sees it. */
function sheet(tone) {
  const lines = "M120 160h600M120 260h600M120 340h420M120 420h600M120 500h520M120 580h600";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="840" height="1188"><rect width="840" height="1188" fill="${tone}"/><path d="${lines}" stroke="#333" stroke-width="18"/></svg>`;
}

async function visit(name, lang, options) {
  const state = { win: is.window3({ state: "signed-out", clerk: undefined, staff: undefined }), extra: {} };
  const snapshot = () => is.full(state.win, state.extra);
  const agent = await mockAgent({
    dist,
    snapshot,
    onCommand: (type, body) => {
      if (type === "window.signIn") state.win = is.window3();
      if (type === "ticket.recall") return { error: is.tooSoon };
      if (type === "papers.open") agent.send("papers.changed", is.papers(body.ticket, state.papers));
      if (type === "ticket.find") return { ticket: is.missed[0] };
      return {
        window: state.win,
        ticket: state.win.ticket,
        reason: state.win.ticket ? is.reason : undefined,
      };
    },
  });
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (e) => console.log(`${name}: ${e}`));
  await page.route(/\/papers\//, (route) =>
    route.fulfill({
      contentType: "image/svg+xml",
      body: sheet(/camera/.test(route.request().url()) ? "#b9c4b0" : "#fff"),
    }),
  );
  await page.route(/\/intake(\/|$)/, (route) => route.fulfill({ json: is.intake(route.request()) }));
  await page.route(/\/pad\/invitation/, (route) =>
    route.fulfill({ json: { urls: ["http://10.1.2.3:8083/pad#key"] } }),
  );

  /** Shows the page as the hall knows it now. */
  const show = async (win, extra = {}) => {
    Object.assign(state, { win, extra });
    agent.send("page.snapshot", snapshot());
    await page.waitForTimeout(80);
  };
  const look = async (step, target = TARGET) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: join(out, `${name}-${step}.png`) });
    for (const check of [() => checkLayout(page, step, target), () => checkAxe(page, step)]) {
      await check().catch((e) => console.log(`${name}-${step}: ${JSON.stringify(e.actual ?? e.message)}`));
    }
  };
  const keys = async (...all) => {
    for (const key of all) {
      await page.keyboard.press(key);
      await page.waitForTimeout(40);
    }
  };

  await page.goto(`${agent.url}?lang=${lang}`);
  await page.locator("[name=staff]").waitFor();
  await look("sign-in");
  await keys("Enter");
  await look("sign-in-missing");
  await page.keyboard.type("2003");
  await keys("Tab");
  await page.keyboard.type("demo");
  await keys("Enter");
  await page.getByText("B013").first().waitFor();
  await keys("ArrowDown", "ArrowDown");
  await look("waiting");
  await keys("Enter");
  await look("call");
  await keys("Escape", "3");
  await look("parked-list");
  await keys("2");
  await look("missed-list");
  await keys("1");
  await page.locator(".preferences .open").click();
  await look("preferences");
  await keys("Escape");
  await show(is.window3({ state: "serving", ticket: is.called(), post: 2 }), { refused: is.refused });
  await keys("F2");
  await look("called");
  await show(is.window3({ state: "serving", ticket: is.serving() }), { card: is.card });
  await keys("w", "m");
  await look("serving");
  await keys("F5");
  await look("transfer");
  await page.keyboard.type("yb");
  await look("transfer-typed");
  await keys("Escape", "F6");
  await look("park");
  await keys("Escape", "n");
  await look("note");
  await keys("Escape", "p");
  await look("reprint");
  await keys("Escape", "F10");
  await page.keyboard.type("B009");
  await keys("Enter");
  await look("find");
  await keys("Escape", "d");
  await look("day");
  await keys("Escape");
  const citizen = page.locator(".citizen button");
  await citizen.nth(0).click();
  await look("confirm");
  await keys("Escape");
  await keys("F11");
  await look("papers-camera");
  state.papers = { pages: is.pages(2), phone: is.phone, documents: is.documents };
  agent.send("papers.changed", is.papers(state.win.ticket.id, state.papers));
  await look("papers-page");
  await keys("e");
  await look("papers-corners");
  await keys("Escape", "Escape", "Alt+s");
  await look("intake");
  await keys("Enter");
  await page.waitForTimeout(100);
  await page.locator(".el-radio").first().click();
  await look("intake-ready");
  await page.locator(".el-select").first().click();
  await look("intake-select");
  await keys("Escape", "Escape", "Alt+a");
  await look("intakes");
  await keys("Escape");
  await show(is.window3({ state: "serving", ticket: is.serving() }), { pad: "away" });
  await citizen.nth(0).click();
  await look("invite");
  await keys("Escape");
  await show(is.window3());
  agent.send("rating.asked", {
    ticket: "x",
    number: "B012",
    until: new Date(Date.now() + 16_000).toISOString(),
  });
  await look("rating");
  agent.send("rating.given", { ticket: "x", score: 5 });
  await look("rated");
  await keys("F9");
  await look("pause");
  await keys("Escape");
  await show(is.window3({ state: "paused", text: "暂离窗口，请稍候" }), { away: true, actions: is.actions });
  await look("away");
  await page.close();

  const caller = await context.newPage();
  await caller.setViewportSize({ width: 320, height: 200 });
  for (const [step, win] of [
    ["caller-idle", is.window3()],
    ["caller-serving", is.window3({ state: "serving", ticket: is.serving() })],
  ]) {
    Object.assign(state, { win, extra: {} });
    await caller.goto(`${agent.url}caller.html?lang=${lang}`);
    await caller.waitForTimeout(400);
    await caller.screenshot({ path: join(out, `${name}-${step}.png`) });
    await checkLayout(caller, step, TARGET).catch((e) =>
      console.log(`${name}-${step}: ${JSON.stringify(e.actual ?? e)}`),
    );
  }
  await context.close();
  await agent.close();
}
