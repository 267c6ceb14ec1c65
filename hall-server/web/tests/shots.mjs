// Takes pictures of the hall-server's pages in their states, to be looked at by
// a person: node tests/shots.mjs FOLDER (after npm run build).
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const folder = process.argv[2] ?? "../../var/shots/hall-server";
mkdirSync(folder, { recursive: true });
const mock = await startMock();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
const tab = await context.newPage();
tab.on("pageerror", (e) => console.log("page error", e.message));
const shot = (name) => tab.screenshot({ path: `${folder}/${name}.png` });
const size = (width, height) => tab.setViewportSize({ width, height });

// Without a session every page leads to the sign-in, and from there back.
await size(1280, 800);
await tab.goto(`${mock.url}/board?zone=`);
await tab.waitForURL(/\/login\?next=/);
await tab.getByLabel("账号").fill("admin");
await tab.getByLabel("口令", { exact: true }).fill("wrong");
await tab.getByRole("button", { name: "登录" }).click();
await tab.getByRole("alert").waitFor();
await shot("login");
await tab.getByLabel("口令", { exact: true }).fill("demo1234");
await tab.getByRole("button", { name: "登录" }).click();
await tab.waitForURL(/\/board/);

await size(1920, 1080);
await tab.getByRole("region", { name: "需要处理" }).waitFor();
await shot("board");
await size(1280, 720);
await shot("board-720");
await size(1920, 1080);
await tab.getByText("社会保障区").first().click();
await shot("board-zone");

await tab.goto(`${mock.url}/board`);
await tab.getByRole("region", { name: "需要处理" }).waitFor();
mock.send("device.changed", {
  ...mock.board.agents[0].devices[0],
  state: "paper_end",
  since: new Date(Date.parse(mock.board.now) + 1000).toISOString(),
  advice: "请装入 80 毫米热敏纸，光面朝上，合上机盖",
});
await tab.getByText("1 号取号机").waitFor();
await tab.waitForTimeout(600);
await shot("board-alarm");

await size(1366, 768);
await tab.goto(`${mock.url}/admin`);
await tab.getByRole("region", { name: "窗口" }).waitFor();
await tab.screenshot({ path: `${folder}/admin.png` });
await tab.getByRole("button", { name: "大厅配置" }).click();
const editor = tab.getByLabel("大厅配置（YAML）");
await tab.getByText("没有改动").waitFor();
const text = await editor.inputValue();
await editor.fill(
  text.replace("services: [tax]", "services: [taxes]").replace("[real-estate]", "[real-estat]"),
);
await shot("config-changed");
await editor.press("Control+s");
await tab.getByRole("alert").waitFor();
await tab.waitForTimeout(200);
await shot("config-mistakes");
await editor.fill(text.replace("示范大厅", "示范大厅，已改"));
await tab.getByRole("button", { name: "保存", exact: true }).click();
await tab.getByText(/已保存/).waitFor();
await shot("config-saved");
mock.hall.version++;
await editor.fill(`${text}\n`);
await tab.getByRole("button", { name: "保存", exact: true }).click();
await tab.getByRole("button", { name: /载入最新配置/ }).waitFor();
await shot("config-conflict");

await browser.close();
mock.close();
