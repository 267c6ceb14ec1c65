// The hall-server's pages for managers and administrators, light in English and
// dark in Chinese, at 1920×1080 and 1280×720: nothing is cut off, axe finds no
// barrier, and English says nothing in the server's Chinese. ALL=1 examines the
// other two as well, ONLY=NAME one page; screens.test.mjs has some of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { checkAxe, checkLayout } from "./support/look.mjs";
import { signInWall } from "./support/pages.mjs";

const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
];
const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "zh-CN" },
  ...(process.env.ALL
    ? [
        { theme: "light", language: "zh-CN" },
        { theme: "dark", language: "en" },
      ]
    : []),
];

/**
 * The pages, by name: where they are, and what shows that they are there. dense
 * ones shorten names on purpose; ours have no words but the page's, and names.
 */
const PAGES = {
  login: { path: "/login", shown: "form", ours: true },
  board: { path: "/board", shown: ".alarms li", ours: true },
  list: { path: "/board?view=list", shown: ".tile", dense: true, ours: true },
  overview: { path: "/admin", shown: ".overview", ours: true },
  strategy: { path: "/admin#strategy", shown: ".strategy", ours: true },
  appointments: { path: "/admin#appointments", shown: ".el-date-editor", ours: true },
  statistics: { path: "/statistics", shown: ".table table", ours: true },
  layouts: { path: "/layouts", shown: "main li .acts", ours: true },
  editor: { path: "/layouts#", shown: ".work" },
  plan: { path: "/admin#plan", shown: "main svg" },
  numbers: { path: "/admin#numbers", shown: "main table" },
  config: { path: "/admin#config", shown: "main textarea" },
  outbox: { path: "/outbox", shown: "main" },
  // All parts of the settings, and all of the layouts, each on one page.
  settings: { path: "/admin#settings", shown: ".settings .page section", walk: ".settings nav button" },
  screens: {
    path: "/layouts",
    shown: "main li .acts",
    walk: "header nav button",
    each: "main :is(section, table)",
  },
};

let hall;
let web;
let state;
let layout;
before(async () => {
  [hall, web] = await Promise.all([
    // A Monday at 10:20: the roster wants people, and windows 10 to 12 lack them.
    startHall("desks", 12_330, {}, { clock: "2026-11-23T10:20:00+08:00" }),
    openBrowser(),
  ]);
  const page = await web.open(`${hall.urls.hall}/board`);
  await signInWall(page, "admin");
  state = await page.context().storageState();
  await page.context().close();
  await happen();
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

const post = (path, body) => hall.api(path, { method: "POST", body: JSON.stringify(body ?? {}) });

/** A little of everything: a served visit, a call, a strategy, a jam, a page for a screen. */
async function happen() {
  await post("/windows/4/sign-in", { staff: "li" });
  await post("/windows/5/sign-in", { staff: "wang" });
  for (let i = 0; i < 3; i++) await post("/tickets", { service: "tax", channel: "staff" });
  await post("/tickets", {
    service: "real-estate",
    channel: "phone",
    person: { name: "王小明", phone: "13900000001" },
  });
  const { ticket } = await post("/windows/4/call-next");
  for (const verb of ["arrive", "finish"]) await post(`/tickets/${ticket.id}/${verb}`);
  await post("/windows/4/call-next");
  await post("/windows/5/call-next");
  await hall.api("/windows/strategy", {
    method: "PUT",
    body: JSON.stringify({
      windows: ["4"],
      strategy: { kind: "ratio", weights: { appointment: 2, "walk-in": 1 } },
    }),
  });
  await hall.sim.act("kiosk-1-printer", "paper-out");
  layout = await post("/layouts", {
    layout: {
      id: "n",
      name: "Board",
      kind: "screen",
      width: 1920,
      height: 1080,
      blocks: [{ id: "t", kind: "text", x: 0, y: 0, w: 900, h: 300, set: { text: "text" }, style: {} }],
    },
  });
  await until("the alarms ring", async () => {
    const kinds = (await hall.api("/board/alarms")).alarms.map((a) => a.kind);
    return kinds.includes("attendance") && kinds.includes("device");
  });
}

/** Opens a page as somebody signed in who has chosen a language and a theme. */
async function open(path, { theme, language }) {
  const keep = { "smarthall.theme": theme, "smarthall.board.theme": theme, "smarthall.language": language };
  const storage = {
    ...state,
    cookies: path === "/login" ? [] : state.cookies,
    origins: [
      {
        origin: hall.urls.hall,
        localStorage: Object.entries(keep).map(([name, value]) => ({ name, value })),
      },
    ],
  };
  const context = await web.browser.newContext({
    viewport: SIZES[0],
    storageState: storage,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (err) => web.errors.push(`${path}: ${err.message}`));
  await page.goto(hall.urls.hall + path);
  return page;
}

/** What people are called stays as it is written, and so do devices' models. */
const NAMES = /李敏|王强|系统管理员|冯雪|何军|许晴|王小明|王\*+|中文/gu;

async function examine(name, { path, shown, dense, ours, walk, each = shown }, look) {
  const page = await open(name === "editor" ? path + layout.id : path, look);
  await page.locator(shown).first().waitFor();
  const where = `${name}, ${look.language}, ${look.theme}`;
  if (!walk) await examineOne(page, where, { dense, ours }, look);
  for (const entry of walk ? await page.locator(walk).all() : []) {
    const part = `${name} ${await entry.innerText()}`;
    await entry.click();
    await page.waitForTimeout(100); // the part before is gone
    await page.locator(each).first().waitFor();
    await page.waitForLoadState("networkidle");
    await examineOne(page, `${part}, ${look.language}, ${look.theme}`, { dense, ours }, look);
  }
  await page.context().close();
}

async function examineOne(page, where, { dense, ours }, look) {
  await page.setViewportSize(SIZES[0]);
  await page.waitForFunction(
    (tag) => document.documentElement.lang === tag && !document.querySelector("[aria-busy=true]"),
    look.language,
  );
  await page.evaluate(() => document.fonts.ready);
  if (!dense) await checkLayout(page, where);
  await web.shot(page, `desk-${where.replaceAll(", ", "-").replaceAll(/[ /]/g, "_")}`);
  await page.setViewportSize(SIZES[1]);
  if (!dense) await checkLayout(page, where);
  await checkAxe(page, where);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), look.theme, where);
  if (look.language !== "en" || !ours) return;
  const text = await page.evaluate(() => {
    for (const model of document.querySelectorAll(".model")) model.remove();
    return document.body.innerText;
  });
  assert.deepEqual(text.replaceAll(NAMES, "").match(/.*\p{Script=Han}.*/gu) ?? [], [], where);
}

for (const look of LOOKS) {
  test(`every page in ${look.language}, ${look.theme}`, { concurrency: 3 }, async (t) => {
    const todo = Object.entries(PAGES).filter(([name]) => !process.env.ONLY || process.env.ONLY === name);
    await Promise.all(
      todo.map(([name, one]) => t.test(name, { timeout: 240_000 }, () => examine(name, one, look))),
    );
  });
}
