// Takes pictures of every state of the kiosk, in both orientations and both
// sizes of type: node kiosk-agent/web/tests/shots.mjs [folder]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { mockAgent } from "../../../internal/ui/tests/mock-agent.mjs";
import { card, snapshot, ticket } from "./fixture.mjs";

const out = process.argv[2] ?? "var/shots";
mkdirSync(out, { recursive: true });
const dist = join(import.meta.dirname, "..", "dist");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

for (const [way, width, height] of [
  ["portrait", 1080, 1920],
  ["landscape", 1920, 1080],
]) {
  for (const elder of [false, true])
    await visit(`kiosk-${way}${elder ? "-elder" : ""}`, { width, height }, elder);
}
await browser.close();

async function visit(name, viewport, elder) {
  let paper = "printed";
  const agent = await mockAgent({
    dist,
    snapshot: () => snapshot(),
    onCommand: (type, body, send) => {
      if (type !== "ticket.take") return {};
      if (body.service === "estate") {
        return {
          error: {
            status: 409,
            code: "ticket.exists",
            detail: "您已取过“不动产转移登记”的号 A007，请留意叫号",
          },
        };
      }
      const t = ticket(body.service);
      if (paper) setTimeout(() => send("print.done", { job: "1", ticket: t.id, outcome: paper }), 60);
      return { ticket: t };
    },
  });
  const page = await browser.newPage({ viewport });
  const errors = [];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  const shot = async (step) => {
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(out, `${name}-${step}.png`) });
    const over = await page.evaluate(overflowing);
    if (over.length > 0) console.log(`${name}-${step}: overflows: ${over.join(", ")}`);
    const small = await page.evaluate(tooSmall);
    if (small.length > 0) console.log(`${name}-${step}: below 96 px: ${small.join(", ")}`);
  };
  await page.goto(agent.url);
  await page.getByRole("heading", { name: "请把身份证放在读卡区" }).waitFor();
  if (elder) await page.getByRole("button", { name: "长者模式" }).click();
  await page.waitForTimeout(3200);
  await shot("home");
  agent.send("link.changed", { online: false, since: new Date().toISOString() });
  await shot("home-away");
  agent.send("link.changed", { online: true, since: new Date().toISOString() });
  await page.getByRole("button", { name: /手机号取号/ }).click();
  for (const d of "1385678") await page.getByRole("button", { name: d, exact: true }).click();
  await shot("phone");
  agent.send("card.read", { ...card, elderly: elder });
  await page.getByText("王*，您好").waitFor();
  await shot("services");
  if (elder) await page.getByRole("button", { name: "下一页" }).click();
  else {
    await page.getByRole("button", { name: /不动产转移登记/ }).click();
    await page.getByRole("dialog").waitFor();
    await shot("refused");
    await page.getByRole("button", { name: "重新选择" }).click();
    await page.getByRole("button", { name: "下一页" }).click();
  }
  await shot("services-2");
  await page.getByRole("button", { name: "上一页" }).click();
  paper = "";
  await page.getByRole("button", { name: /企业设立登记/ }).click();
  await page.getByText("正在打印…").waitFor();
  await shot("printing");
  agent.send("print.done", { job: "1", ticket: ticket("license").id, outcome: "printed" });
  await shot("result");
  agent.send("print.done", { job: "1", ticket: ticket("license").id, outcome: "failed" });
  await shot("no-paper");
  if (errors.length > 0) console.log(`${name}: ${errors.join("\n")}`);
  await page.close();
  await agent.close();
}

function overflowing() {
  const out = [];
  for (const el of document.querySelectorAll("#app *")) {
    const r = el.getBoundingClientRect();
    const text = el.className?.baseVal ?? el.className ?? "";
    if (r.width === 0 || el.closest("svg")) continue;
    if (r.right > innerWidth + 1 || r.bottom > innerHeight + 1) out.push(`${el.tagName}.${text} off screen`);
    else if (
      el.children.length > 0 &&
      el.scrollHeight > el.clientHeight + 12 &&
      el.clientHeight > 0 &&
      getComputedStyle(el).display !== "inline"
    ) {
      out.push(`${el.tagName}.${text} ${el.scrollHeight}>${el.clientHeight}`);
    }
  }
  return out.slice(0, 8);
}

function tooSmall() {
  return [...document.querySelectorAll("button")]
    .filter((b) => b.offsetHeight < 96 || b.offsetWidth < 96)
    .map((b) => `${b.textContent.trim() || b.ariaLabel} ${b.offsetWidth}×${b.offsetHeight}`);
}
