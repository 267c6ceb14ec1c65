// Takes pictures of every state of the kiosk, in both orientations and both
// sizes of type: node kiosk-agent/web/tests/shots.mjs [folder]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { mockAgent } from "../../../internal/ui/tests/mock-agent.mjs";
import { appointment, card, held, snapshot, ticket } from "./fixture.mjs";

const out = process.argv[2] ?? "var/shots";
mkdirSync(out, { recursive: true });
const dist = join(import.meta.dirname, "..", "dist");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

for (const [way, width, height] of [
  ["portrait", 1080, 1920],
  ["landscape", 1280, 720],
]) {
  for (const elder of [false, true])
    await visit(`kiosk-${way}${elder ? "-elder" : ""}`, { width, height }, elder);
}
await browser.close();

async function visit(name, viewport, elder) {
  let paper = "printed";
  let given = {};
  let visits = { appointments: [], tickets: [] };
  const agent = await mockAgent({
    dist,
    snapshot: () => snapshot(),
    onCommand: (type, body, send) => {
      if (type === "visits.find") return { visits };
      if (type === "appointment.checkIn")
        return {
          ticket: { ...ticket("social"), number: "E003", slotAt: appointment("", 0).from, print: "printed" },
        };
      if (type === "ticket.rejoin") return { ticket: visits.tickets[1] };
      if (type !== "ticket.take") return {};
      if (body.authoriser)
        return { error: { status: 403, code: "staff.password", detail: "账号或口令不对" } };
      if (body.service === "estate") {
        return {
          error: {
            status: 409,
            code: "ticket.exists",
            detail: "您已取过“不动产转移登记”的号 A007，请留意叫号",
          },
        };
      }
      const t = { ...ticket(body.service), ...given };
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
    if (small.length > 0) console.log(`${name}-${step}: below 60 px: ${small.join(", ")}`);
  };
  await page.goto(agent.url);
  await page.getByRole("heading", { name: "请把身份证放在读卡区" }).waitFor();
  if (elder) await page.getByRole("button", { name: "长者模式" }).click();
  await page.waitForTimeout(3200);
  await shot("home");
  agent.send("link.changed", { online: false, since: new Date().toISOString() });
  await shot("home-away");
  const alone = { online: false, since: new Date().toISOString(), offline: { available: true } };
  agent.send("link.changed", alone);
  await shot("home-alone");
  agent.send("link.changed", { online: true, since: new Date().toISOString() });
  await page.getByRole("button", { name: /手机号取号/ }).click();
  for (const d of "1385678") await page.getByRole("button", { name: d, exact: true }).click();
  await shot("phone");
  agent.send("card.read", { ...card, elderly: elder });
  await page.getByText("王*，您好").waitFor();
  await shot("services");
  agent.send("link.changed", alone);
  await shot("services-alone");
  agent.send("link.changed", { online: true, since: new Date().toISOString() });
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
  given = { number: "LA001", offline: true, ahead: 0, waitMinutes: undefined, url: undefined };
  paper = "printed";
  await page.getByRole("button", { name: "完成" }).click();
  agent.send("link.changed", alone);
  agent.send("card.read", { ...card, session: "next", elderly: elder });
  await page.getByRole("button", { name: /企业设立登记/ }).click();
  await page.getByText("请取走号票").waitFor();
  await shot("result-alone");
  await page.getByRole("button", { name: "完成" }).click();
  agent.send("link.changed", { online: true, since: new Date().toISOString() });
  given = {};
  // Who wants few choices checks in with her card.
  if (!elder) {
    await page.getByRole("button", { name: /预约签到/ }).click();
    for (const d of "20613370") await page.getByRole("button", { name: d, exact: true }).click();
    await shot("code");
    await page.getByRole("button", { name: "字母" }).click();
    await shot("code-letters");
    await page.getByRole("button", { name: "查预约" }).click();
    await page.getByRole("dialog").waitFor();
    await shot("code-unknown");
    await page.getByRole("button", { name: "返回首页" }).click();
  }
  visits = {
    appointments: [
      appointment("a1", 10),
      appointment("a2", 150, { service: "tax", serviceName: "发票领用与税务登记" }),
    ],
    tickets: [
      held("medical", "F007", "waiting", { appointment: "x", slotAt: appointment("", 0).from }),
      held("license", "A009", "missed"),
    ],
  };
  agent.send("card.read", { ...card, session: "visits", elderly: elder });
  await page.getByText("您今天的预约和号码").waitFor();
  await shot("visits");
  await page.getByRole("button", { name: "取消预约" }).first().click();
  await shot("cancel");
  await page.getByRole("button", { name: "确认取消" }).click();
  await page.getByText("已取消预约").waitFor();
  await shot("cancelled");
  visits = { appointments: [appointment("a1", 10)], tickets: [] };
  agent.send("card.read", { ...card, session: "booked", elderly: elder });
  await page.getByRole("button", { name: /签到取号/ }).waitFor();
  await shot("booked");
  await page.getByRole("button", { name: /签到取号/ }).click();
  await page.getByText("号码不变").waitFor();
  await shot("again");
  visits = { appointments: [], tickets: [] };
  agent.send("card.read", { ...card, session: "class", elderly: elder });
  await page.getByRole("switch", { name: "不用语音叫我" }).click();
  await page.getByRole("button", { name: "优先办理" }).click();
  await shot("classes");
  await page.getByRole("button", { name: /孕妇优先/ }).click();
  await shot("services-class");
  await page.getByRole("button", { name: /企业设立登记/ }).click();
  await page.keyboard.type("li");
  await page.getByRole("button", { name: "输入口令" }).click();
  await page.keyboard.type("demo1234");
  await shot("staff");
  await page.getByRole("button", { name: "符号" }).click();
  await page.getByRole("button", { name: "确认优先取号" }).click();
  await page.getByText("账号或口令不对").waitFor();
  await shot("staff-wrong");
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
    .filter((b) => b.offsetHeight < 60 || b.offsetWidth < 60)
    .map((b) => `${b.textContent.trim() || b.ariaLabel} ${b.offsetWidth}×${b.offsetHeight}`);
}
