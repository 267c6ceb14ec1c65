// The hall's plan through the real programs: the way at a kiosk, on the plan and
// in three dimensions, on a phone, and the plan redrawn by an administrator.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, startHall, until } from "./support/hall.mjs";
import { signInWall } from "./support/pages.mjs";

const port = 12200;
let hall;
let web;
let kiosk;
before(async () => {
  [hall, web] = await Promise.all([
    startHall("floor", port),
    openBrowser(["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]),
  ]);
  kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Opens the floor guide on the kiosk. */
async function openGuide() {
  await kiosk.getByRole("button", { name: /^楼层图/ }).click();
  await kiosk.getByRole("heading", { name: "您要去哪里？" }).waitFor();
}

/** What a page's plan shows, in pixels: the way, and a counter's outline. */
const drawnWay = (page) =>
  page.evaluate(() => {
    const points = (el) =>
      el
        .getAttribute("points")
        .trim()
        .split(/\s+/)
        .map((p) => p.split(",").map(Number));
    const way = [...document.querySelectorAll(".way .line")].map(points);
    const solid = [...document.querySelectorAll("polygon.counter, polygon.room, polygon.wall")];
    const svg = document.querySelector(".plan svg");
    const hits = [];
    for (const line of way)
      for (let i = 1; i < line.length; i++)
        for (let k = 0; k <= 200; k++) {
          const p = svg.createSVGPoint();
          p.x = line[i - 1][0] + ((line[i][0] - line[i - 1][0]) * k) / 200;
          p.y = line[i - 1][1] + ((line[i][1] - line[i - 1][1]) * k) / 200;
          if (solid.some((s) => s.isPointInFill(p))) hits.push([p.x, p.y]);
        }
    return { way, hits, solid: solid.length };
  });

/** Every text of the plan is clear of every other, as the browser has set it. */
const overlaps = (page) =>
  page.evaluate(() => {
    const boxes = [...document.querySelectorAll(".plan text.label, .plan text.name")].map((el) => [
      el.textContent,
      el.getBBox(),
    ]);
    const found = [];
    for (const [i, [a, x]] of boxes.entries())
      for (const [b, y] of boxes.slice(i + 1))
        if (
          x.x < y.x + y.width - 3 &&
          y.x < x.x + x.width - 3 &&
          x.y < y.y + y.height - 4 &&
          y.y < x.y + x.height - 4
        )
          found.push(`${a} / ${b}`);
    return found;
  });

test("a kiosk draws the way to a window, round all counters, and says it", async () => {
  await openGuide();
  assert.deepEqual(await overlaps(kiosk), [], "texts on the plan don't overlap");
  await web.shot(kiosk, "floor-goals");
  await kiosk.getByRole("button", { name: "找窗口" }).click();
  await kiosk.getByRole("button", { name: /^11 号窗口 户政 ?一楼/ }).click();
  await kiosk.getByRole("heading", { name: "去 11 号窗口 户政" }).waitFor();
  const { way, hits, solid } = await drawnWay(kiosk);
  assert.equal(way.length, 1);
  assert.ok(way[0].length >= 2 && solid > 5);
  assert.deepEqual(hits, [], "the way crosses nothing");
  const steps = await kiosk.getByRole("region", { name: "怎么走" }).getByRole("listitem").allInnerTexts();
  assert.match(steps[0], /\d+ 米/);
  assert.match(steps.at(-1), /到达 11 号窗口/);
  await kiosk.getByText("您在这里").waitFor();
  await web.shot(kiosk, "floor-way");
});

test("she takes the way along on paper", async () => {
  await kiosk.getByRole("button", { name: "打印路线" }).click();
  await kiosk.getByText("路线已打印，请取走").waitFor();
  const { tickets } = await hall.sim.device("kiosk-1-printer");
  assert.equal(tickets.length, 1);
  const paper = await hall.sim.picture("kiosk-1-printer", 1);
  assert.equal(paper.subarray(1, 4).toString(), "PNG");
  writeFileSync(join(artefacts, "screenshots", "floor-paper.png"), paper);
  await web.shot(kiosk, "floor-printed");
});

test("the hall can be walked in three dimensions, and one comes back to the plan", async () => {
  await kiosk.getByRole("button", { name: "实景导航" }).click();
  const canvas = kiosk.locator("canvas");
  await canvas.waitFor();
  const colours = async () => {
    const png = (await canvas.screenshot()).toString("base64");
    return kiosk.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const pen = Object.assign(document.createElement("canvas"), { width: 120, height: 120 }).getContext(
        "2d",
      );
      pen.drawImage(image, 0, 0, 120, 120);
      const { data: dots } = pen.getImageData(0, 20, 120, 60);
      const seen = new Set();
      for (let i = 0; i < dots.length; i += 4)
        seen.add(`${dots[i] >> 3},${dots[i + 1] >> 3},${dots[i + 2] >> 3}`);
      return seen.size;
    }, png);
  };
  await until("the hall is painted", async () => (await colours()) > 30);
  await kiosk.getByRole("button", { name: "带我走" }).click();
  const frames = async () => Number((await canvas.getAttribute("data-cost"))?.split(" ")[0] ?? 0);
  await until("somebody is led", async () => (await frames()) > 5);
  await web.shot(kiosk, "floor-walk");
  console.log(`frames, mean and worst time in ms: ${await canvas.getAttribute("data-cost")}`);
  await kiosk.getByRole("button", { name: "看平面图" }).click();
  await kiosk.getByRole("heading", { name: "去 11 号窗口 户政" }).waitFor();
  await kiosk.getByRole("button", { name: "换个目的地" }).click();
});

test("a phone shows which windows are open and the way from the entrance", async () => {
  const phone = await web.open(`${hall.urls.hall}/plan?windows=3,8`, 375, 812);
  await phone.getByRole("heading", { name: /^\d+ 号窗口/ }).waitFor();
  assert.match(await phone.getByRole("region", { name: "怎么走" }).innerText(), /到达 [38] 号窗口/);
  assert.deepEqual((await drawnWay(phone)).hits, []);
  await phone.getByLabel("走电梯（轮椅、婴儿车）").check();
  await phone.getByLabel("到哪里").selectOption("office-door");
  await phone.getByRole("button", { name: "乘电梯到二楼" }).waitFor();
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 375, `the page is ${wide} pixels wide`);
  await web.shot(phone, "floor-phone");
  await phone.context().close();
});

test("an administrator moves a window, and the kiosk shows it where it is now", async () => {
  const place = () => kiosk.locator('[data-place="w11"]').getAttribute("transform");
  const was = await place();
  const admin = await web.open(`${hall.urls.hall}/admin#plan`, 1366, 768);
  await signInWall(admin, "admin");
  await admin.getByRole("button", { name: "平面图" }).click();
  const window11 = admin.getByRole("button", { name: "11 号窗口 户政" }).first();
  await window11.waitFor();
  const box = await window11.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await admin.mouse.move(x, y);
  await admin.mouse.down();
  await admin.mouse.move(x, y + 30, { steps: 3 });
  await admin.mouse.move(x, y + 60, { steps: 3 });
  await admin.mouse.up();
  await admin.getByText("有改动未保存").waitFor();
  await web.shot(admin, "floor-admin");
  await admin.getByRole("button", { name: "撤销" }).click();
  await admin.getByText("与大厅一致").waitFor();
  await admin.getByRole("button", { name: "重做" }).click();
  await admin.getByRole("button", { name: "保存平面图" }).click();
  await admin.getByRole("dialog").locator("[data-confirm]").click();
  await admin.getByText("与大厅一致").waitFor();
  await until("the kiosk shows the window elsewhere", async () => (await place()) !== was);
  const token = hall.token("--role", "admin", "--name", "admin");
  const file = await (
    await fetch(`${hall.urls.hall}/api/v1/hall/config`, { headers: { Authorization: `Bearer ${token}` } })
  ).text();
  assert.match(file, /# 平面图/, "the file's comments are kept");
  await admin.context().close();
});
