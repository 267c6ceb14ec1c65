// Boards and strips made in the layout editor: a template is changed by hand,
// published and given to a screen; calls appear in it; it goes on without its
// hall and changes with the clock.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { choose, signInWall } from "./support/pages.mjs";

let hall;
let web;
let desk;
let board;
/** A weather service: what it says, and how many asked. */
const weather = { status: 200, body: '{"now":{"text":"多云","temp":8.5}}', asked: 0 };
let station;
before(async () => {
  station = createServer((_, res) => {
    weather.asked++;
    res.writeHead(weather.status, { "content-type": "application/json" }).end(weather.body);
  });
  await new Promise((listening) => station.listen(12690, "127.0.0.1", listening));
  process.env.SMARTHALL_FEED_HOSTS = "127.0.0.1:12690";
  [hall, web] = await Promise.all([
    startHall("layouts", 12600, {}, { clock: "2026-11-23T10:20:00+08:00" }),
    openBrowser(),
  ]);
});
after(async () => {
  await web?.close();
  station?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

const post = (path, body) => hall.api(path, { method: "POST", body: JSON.stringify(body ?? {}) });

/** Takes a ticket for tax and calls it at a window; resolves with its number. */
async function callNext(window) {
  await post("/tickets", { service: "tax", channel: "staff" });
  return (await post(`/windows/${window}/call-next`)).ticket.number;
}

const block = (id) => desk.locator(`[data-block="${id}"]`);
const boxOf = async (id) => (await block(id).getAttribute("aria-label")).match(/\d+/g).map(Number);

test("a layout is made from a template by mouse and keyboard", async () => {
  desk = await web.open(`${hall.urls.hall}/admin`, 1440, 900);
  await signInWall(desk, "admin");
  await desk.getByRole("link", { name: "屏幕版式" }).click();
  await desk.getByRole("button", { name: "+ 等候区大屏" }).click();
  const [x, y] = await boxOf("b1");
  const at = await block("b1").boundingBox();
  await desk.mouse.move(at.x + 20, at.y + 10);
  await desk.mouse.down();
  await desk.mouse.move(at.x + 120, at.y + 10, { steps: 4 });
  await desk.mouse.up();
  const moved = await boxOf("b1");
  assert.ok(moved[0] > x + 50 && Math.abs(moved[1] - y) <= 10, `dragged from ${x},${y} to ${moved}`);
  await desk.keyboard.press("ArrowRight");
  assert.equal((await boxOf("b1"))[0], moved[0] + 10);
  await desk.keyboard.press("Shift+ArrowLeft");
  assert.equal((await boxOf("b1"))[2], moved[2] - 10);
  for (let i = 0; i < 3; i++) await desk.keyboard.press("Control+z");
  assert.deepEqual((await boxOf("b1")).slice(0, 2), [x, y], "three steps are undone");
  for (let i = 0; i < 3; i++) await desk.keyboard.press("Control+y");
  const settings = desk.getByRole("complementary", { name: "设置" });
  await settings.getByRole("textbox").first().fill("东湖大厅 今日叫号");
  await desk.getByText("有未保存的修改").waitFor();
  await web.shot(desk, "layout-editor");
});

test("what was not saved survives the tab", async () => {
  desk.once("dialog", (d) => d.accept());
  await desk.reload();
  await desk.getByText("已恢复上次没有保存的修改").waitFor();
  await desk.locator(".look").getByText("东湖大厅 今日叫号").waitFor();
});

test("published and given to a board, it shows there, and calls appear in it", async () => {
  board = await web.open(`${hall.urls.display}/healthz`);
  await board.clock.install();
  await board.goto(`${hall.urls.display}/board`);
  await board.getByRole("heading", { name: "东湖区政务服务中心" }).waitFor();
  await desk.getByRole("button", { name: "发布", exact: true }).click();
  await desk.getByText("第 1 版已发布").waitFor();
  await desk.getByRole("button", { name: "全部版式" }).click();
  await desk.getByRole("button", { name: "屏幕安排" }).click();
  await desk.locator('[data-screen="board"]').getByRole("button", { name: "添加安排" }).click();
  await desk.getByRole("button", { name: "保存并生效" }).click();
  await desk.getByText("屏幕安排已生效").waitFor();
  await board.getByText("东湖大厅 今日叫号").waitFor();
  await post("/windows/4/sign-in", { staff: "li" });
  const number = await callNext("4");
  const hero = board.getByTestId("hero");
  await hero.getByText(number).waitFor();
  await hero.getByText("4号窗口").waitFor();
  await web.shot(board, "layout-board");
  await until("the board has acknowledged the call", async () => {
    const [call] = (await hall.api("/board")).calls;
    return call.acks?.some((a) => a.channel === "board" && a.device === "board");
  });
});

test("a strip says its pages in turn, and what it says is what was drawn", async () => {
  await desk.getByRole("button", { name: "版式", exact: true }).click();
  await desk.getByRole("button", { name: "+ 条屏 64×16" }).click();
  await desk.getByLabel("第 2 页文字").first().fill("{unit}{window}号");
  for (const i of [0, 1]) await desk.getByRole("spinbutton").nth(i).fill("1");
  await desk.locator('canvas[data-text="A012"]').waitFor();
  await desk.getByRole("button", { name: "发布", exact: true }).click();
  await desk.getByText("第 1 版已发布").waitFor();
  const { layouts } = await hall.api("/layouts");
  const strip = layouts.find((l) => l.draft.kind === "strip").id;
  const page = layouts.find((l) => l.draft.kind === "screen").id;
  // At noon the board is another one: the double window screen, say.
  const noon = await post("/layouts", {
    layout: {
      id: "n",
      name: "午间",
      kind: "screen",
      width: 1920,
      height: 1080,
      blocks: [
        { id: "t", kind: "text", x: 0, y: 0, w: 1900, h: 500, set: { text: "午间值班窗口照常" }, style: {} },
      ],
    },
  });
  const put = (path, body) => hall.api(path, { method: "PUT", body: JSON.stringify(body) });
  await put(`/layouts/${noon.id}/published`, { rev: noon.rev });
  const { rev } = await hall.api("/layouts/screens");
  const plan = await put("/layouts/screens", {
    rev,
    voice: [],
    screens: [
      {
        screen: "board",
        slots: [{ layout: page }, { layout: noon.id, from: "12:00", to: "13:30", priority: 1 }],
      },
      { screen: "display-1/strip-1", slots: [{ layout: strip }] },
    ],
  });
  assert.equal(plan.screens?.length, 2, JSON.stringify(plan));
  await post("/windows/1/sign-in", { staff: "wang" });
  const shows = (text) =>
    hall.sim.until("display-1-strip-1", `the strip shows ${text}`, (d) => d.display.text === text);
  await shows("1号窗口");
  const number = await callNext("1");
  await shows(number);
  await shows("市场监督管理局1号");
  await shows(number);
  await board.getByTestId("hero").getByText(number).waitFor();
});

test("a strip is divided by mouse and keyboard, and its card shows what was drawn", async () => {
  await desk.getByRole("button", { name: "全部版式" }).click();
  await desk.getByRole("button", { name: "+ 条屏 64×16" }).click();
  await choose(desk, desk, "点数", "192×16");
  const called = desk.getByRole("region", { name: "叫号时" });
  await called.getByRole("button", { name: "分区", exact: true }).first().click();
  const area = (n) => called.locator(`[data-area="${n}"]`);
  const placeOf = async (n) => (await area(n).getAttribute("aria-label")).match(/\d+/g).map(Number).slice(1);
  assert.deepEqual(await placeOf(2), [96, 0, 96, 16]);
  // The number needs less than half of the strip, the way to the window more.
  await area(1).focus();
  for (let i = 0; i < 3; i++) await desk.keyboard.press("Shift+ArrowLeft");
  assert.deepEqual(await placeOf(1), [0, 0, 93, 16]);
  const drag = async (n, handle, dots) => {
    await area(n).focus();
    const at = await area(n).locator(`.${handle}`).boundingBox();
    const wide = (await area(n).boundingBox()).width / (await placeOf(n))[2];
    await desk.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
    await desk.mouse.down();
    await desk.mouse.move(at.x + at.width / 2 + dots * wide, at.y + at.height / 2, { steps: 5 });
    await desk.mouse.up();
  };
  await drag(1, "e", -61);
  assert.deepEqual(await placeOf(1), [0, 0, 32, 16]);
  await drag(2, "w", -64);
  assert.deepEqual(await placeOf(2), [32, 0, 160, 16], "it snaps to its neighbour");
  await called.getByLabel("分区 2 文字").fill("请到{window}号窗口办理{service}");
  await desk.locator(".area canvas").nth(1).waitFor();
  await web.shot(desk, "layout-strip-areas");
  // An area on another is refused, here and by the hall.
  await drag(2, "w", -20);
  await called.getByText("和别的分区重叠").first().waitFor();
  await desk.getByRole("button", { name: "发布", exact: true }).click();
  await desk.getByText("的第 2 个分区和第 1 个分区重叠").waitFor();
  await desk.keyboard.press("Control+z");
  await desk.getByRole("button", { name: "发布", exact: true }).click();
  await desk.getByText("第 1 版已发布").waitFor();
  await desk.getByRole("button", { name: "全部版式" }).click();
  await desk.getByRole("button", { name: "屏幕安排" }).click();
  const { layouts } = await hall.api("/layouts");
  const divided = layouts.find((l) => l.draft.kind === "strip" && l.draft.width === 192).id;
  const plan = await hall.api("/layouts/screens");
  const slots = [{ layout: divided }];
  const screens = [
    ...plan.screens.filter((s) => s.screen !== "display-1/strip-1"),
    { screen: "display-1/strip-2", slots },
    { screen: "display-1/strip-3", slots },
  ];
  await hall.api("/layouts/screens", {
    method: "PUT",
    body: JSON.stringify({ rev: plan.rev, voice: [], screens }),
  });
  await desk.getByRole("button", { name: "版式", exact: true }).click();
  await desk.getByRole("button", { name: "屏幕安排" }).click();
  await desk.locator('[data-screen="display-1/strip-3"]').getByText("只能同时显示 1 个分区").waitFor();
  assert.equal(await desk.locator('[data-screen="display-1/strip-2"]').getByText("只能同时显示").count(), 0);
  await post("/windows/2/sign-in", { staff: "zhao" });
  const number = await callNext("2");
  const shown = await hall.sim.until("display-1-strip-2", "the strip shows both areas", (d) =>
    d.display.areas?.some((a) => a.text === number),
  );
  assert.deepEqual(
    shown.display.areas.map(({ x, y, width, height }) => [x, y, width, height]),
    [
      [0, 0, 32, 16],
      [32, 0, 160, 16],
    ],
  );
  assert.match(shown.display.areas[1].text, /^请到2号窗口办理/);
});

test("the weather is fetched from an address that is allowed, tried first, and shown on a screen", async () => {
  await desk.getByRole("button", { name: "素材", exact: true }).click();
  const sources = desk.getByRole("region", { name: "定时获取的来源" });
  await sources.getByText("允许的主机：127.0.0.1:12690").waitFor();
  await sources.getByRole("button", { name: "+ 添加来源" }).click();
  const url = sources.getByLabel("网址", { exact: true });
  await url.fill("http://127.0.0.1:22/");
  await sources.getByRole("button", { name: "试一试" }).click();
  await sources.getByText("还不允许从 127.0.0.1:22 获取").waitFor();
  await url.fill("http://127.0.0.1:12690/now");
  await sources.getByLabel("标题").fill("今日天气");
  await sources.getByLabel("文字", { exact: true }).fill("{/now/wind}");
  await sources.getByRole("button", { name: "试一试" }).click();
  await sources.getByText("没有取到可用的内容：内容里没有 /now/wind").waitFor();
  await sources.getByLabel("文字", { exact: true }).fill("{/now/text} {/now/temp}℃");
  await sources.getByRole("button", { name: "试一试" }).click();
  await sources.locator(".look").getByText("今日天气 多云 8.5℃").waitFor();
  await web.shot(desk, "layout-sources");
  await sources.getByRole("button", { name: "保存", exact: true }).click();
  await sources.getByText(/\d\d:\d\d 已更新/).waitFor();
  const feed = await hall.api("/layouts/feeds");
  assert.equal(feed.feeds[0].text, "多云 8.5℃");
  const shown = await post("/layouts", {
    layout: {
      id: "w",
      name: "天气",
      kind: "screen",
      width: 1920,
      height: 1080,
      blocks: [
        {
          id: "f",
          kind: "feed",
          x: 0,
          y: 0,
          w: 1900,
          h: 300,
          set: { feed: "weather", format: "line" },
          style: {},
        },
      ],
    },
  });
  await hall.api(`/layouts/${shown.id}/published`, {
    method: "PUT",
    body: JSON.stringify({ rev: shown.rev }),
  });
  const plan = await hall.api("/layouts/screens");
  const screens = [...plan.screens, { screen: "window-3", slots: [{ layout: shown.id }] }];
  await hall.api("/layouts/screens", {
    method: "PUT",
    body: JSON.stringify({ rev: plan.rev, voice: [], screens }),
  });
  const window3 = await web.open(`${hall.urls.display}/window?window=3`);
  await window3.getByText("今日天气 多云 8.5℃").waitFor();
  // What comes wrong later changes nothing on the screen, and the desk says so.
  weather.body = "<html>busy</html>";
  const before = weather.asked;
  await sources.getByRole("button", { name: "修改" }).click();
  await sources.getByLabel("标题").fill("天气");
  await sources.getByRole("button", { name: "保存", exact: true }).click();
  await sources.getByText("屏幕上保留上次的内容").waitFor();
  assert.ok(weather.asked > before);
  await window3.getByText("今日天气 多云 8.5℃").waitFor();
  await window3.close();
});

test("without its hall a screen keeps its last state and says so, even started anew", async () => {
  const shown = await board.getByTestId("hero").locator("b").textContent();
  assert.equal((await hall.stop("hall-server")).code, 0);
  await board.clock.fastForward(20_000);
  await board.getByText(/数据更新于 \d\d:\d\d/).waitFor();
  await board.getByTestId("hero").getByText(shown).waitFor();
  await web.shot(board, "layout-away");
  assert.equal((await hall.stop("display-1")).code, 0);
  hall.start("display-1");
  await until("the display is back", async () => {
    try {
      return (await fetch(`${hall.urls.display}/healthz`)).ok;
    } catch {
      return false;
    }
  });
  await board.reload();
  await board.getByText("东湖大厅 今日叫号").waitFor();
  await board.getByTestId("hero").getByText(shown).waitFor();
});

test("at noon the screen changes by the clock", async () => {
  hall.start("hall-server", "2026-11-23T12:10:00+08:00");
  await board.getByText("午间值班窗口照常").waitFor();
  assert.equal(await board.getByText("东湖大厅 今日叫号").count(), 0);
});
