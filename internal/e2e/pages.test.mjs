// The pages around the visit: administration, the simulators' console, and
// every screen at its size, with targets large enough for a finger.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signInWall } from "./support/pages.mjs";

let hall;
let web;
before(async () => {
  [hall, web] = await Promise.all([startHall("pages", 9380), openBrowser()]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

test("an administrator closes a service, and the kiosk says why", async () => {
  const admin = await web.open(`${hall.urls.hall}/admin`, 1440, 900);
  await signInWall(admin, "admin");
  await web.shot(admin, "admin-overview");
  await admin.getByRole("button", { name: "大厅配置" }).click();
  const editor = admin.getByRole("textbox", { name: /YAML/ });
  await until("the file is loaded", async () => (await editor.inputValue()).includes("东湖区"));
  const good = await editor.inputValue();

  await editor.fill(good.replace("zone: B\n    series: F", "zone: X\n    series: F"));
  await admin.getByRole("button", { name: "保存", exact: true }).click();
  await admin
    .getByText(/没有区域/)
    .first()
    .waitFor();
  await web.shot(admin, "admin-mistake");

  await editor.fill(good.replace("short: 社保卡\n", "short: 社保卡\n    closed: 今天系统升级，明天恢复\n"));
  await admin.getByRole("button", { name: "保存", exact: true }).click();
  await admin
    .getByText(/已保存/)
    .first()
    .waitFor();
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen" });
  await kiosk.getByText("今天系统升级，明天恢复").first().waitFor();
  await web.shot(kiosk, "kiosk-service-closed");
  await hall.sim.act("kiosk-1-reader", "lift");
});

test("every touch target is at least 48 px, and nothing runs off the screen", async () => {
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  await kiosk.getByText("请把身份证放在读卡区").waitFor();
  await checkTargets(kiosk, "home");
  await kiosk.getByRole("button", { name: "长者模式" }).click();
  await web.shot(kiosk, "kiosk-home-elder");
  await checkTargets(kiosk, "elder home");
  await hall.sim.act("kiosk-2-reader", "lay", { card: "citizen" });
  await kiosk.getByText("请选择要办理的业务").waitFor();
  await web.shot(kiosk, "kiosk-services-elder");
  await checkTargets(kiosk, "elder services");
  await hall.sim.act("kiosk-2-reader", "lift");
});

async function checkTargets(page, where) {
  const { width, height } = page.viewportSize();
  const boxes = await page.getByRole("button").evaluateAll((buttons) =>
    buttons
      .filter((b) => b.offsetParent)
      .map((b) => {
        const { x, y, width, height } = b.getBoundingClientRect();
        return { text: b.textContent.trim(), x, y, width, height };
      }),
  );
  assert.ok(boxes.length > 0);
  for (const b of boxes) {
    assert.ok(b.width >= 48 && b.height >= 48, `${where}: ${b.text} is ${b.width}×${b.height}`);
    assert.ok(
      b.x >= 0 && b.y >= 0 && b.x + b.width <= width && b.y + b.height <= height,
      `${where}: ${b.text} is off the screen`,
    );
  }
}

test("the console lays a card and draws the paper", async () => {
  const consolePage = await web.open(hall.urls.console, 1600, 1000);
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  await kiosk.getByText("请把身份证放在读卡区").waitFor();
  await consolePage
    .getByRole("article", { name: "kiosk-1-reader" })
    .getByRole("button", { name: "居民身份证", exact: true })
    .click();
  await kiosk.getByRole("button", { name: "下一页" }).click();
  await kiosk.getByRole("button", { name: /医疗保险业务/ }).click();
  await kiosk.getByText("请取走号票").waitFor();
  await consolePage.getByText("医疗保险业务").first().waitFor();
  await web.shot(consolePage, "console");
});
