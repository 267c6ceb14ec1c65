// Takes pictures of the console, to be looked at by a person:
// node tests/shots.mjs FOLDER [URL of a running simulator] (after npm run build).
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const folder = process.argv[2] ?? "../../var/shots/simulator";
mkdirSync(folder, { recursive: true });
const mock = process.argv[3] ? { url: process.argv[3], close() {} } : await startMock();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
tab.on("pageerror", (e) => console.log("page error", e.message));
await tab.goto(mock.url);
await tab.getByRole("article", { name: "kiosk-1-printer" }).waitFor();
await tab.waitForTimeout(300);
await tab.screenshot({ path: `${folder}/console.png`, fullPage: true });

const printer = tab.getByRole("article", { name: "kiosk-1-printer" });
await printer.getByRole("button", { name: "开盖" }).click();
await printer.getByText("机盖打开").waitFor();
const reader = tab.getByRole("article", { name: "kiosk-1-reader" });
await reader.getByText("指定姓名等").click();
await reader.getByLabel("姓名").fill("欧阳测试");
await reader.getByRole("button", { name: "居民身份证" }).click();
await reader.getByRole("button", { name: "校验错一次" }).click();
await tab.waitForTimeout(200);
await tab.screenshot({ path: `${folder}/console-acted.png` });
await browser.close();
mock.close();
