// Takes pictures of every screen in its states, to be looked at by a person:
// node tests/shots.mjs FOLDER (after npm run build).
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const folder = process.argv[2] ?? "../../var/shots/display";
mkdirSync(folder, { recursive: true });
const mock = await startMock();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

async function shot(name, path, { width = 1920, height = 1080, act } = {}) {
  const tab = await browser.newPage({ viewport: { width, height } });
  tab.on("console", (m) => m.type() === "error" && console.log(name, m.text()));
  tab.on("pageerror", (e) => console.log(name, e.message));
  await tab.goto(mock.url + path);
  await tab.getByRole("heading", { level: 1 }).waitFor();
  if (act) await act(tab);
  await tab.screenshot({ path: `${folder}/${name}.png`, fullPage: path === "/" });
  await tab.close();
}

const fresh = (number, window) => ({
  ...mock.page.hall.calls[0],
  id: `c-${number}`,
  ticket: `t-${number}`,
  number,
  recall: 0,
  window,
  windowNumber: window,
  at: new Date(Date.parse(mock.page.hall.calls[0].at) + 9000).toISOString(),
});

await shot("screens", "/", { width: 1280, height: 800 });
await shot("board", "/board");
await shot("board-zone", "/board?zone=B");
await shot("board-720", "/board", { width: 1280, height: 720 });
await shot("board-call", "/board?sound=1", {
  act: async (tab) => {
    mock.send("ticket.called", fresh("D022", "5"));
    await tab.getByText("D022").first().waitFor();
    await tab.waitForTimeout(450);
  },
});
for (const n of ["1", "2", "6", "8", "11", "12"]) await shot(`window-${n}`, `/window?window=${n}`);
await shot("window-shared", "/window?screen=C1", { width: 1280, height: 720 });
await shot("window-bar", "/window?window=2", { width: 1920, height: 360 });
console.log(`${mock.heard.length} messages from the pages`);
await browser.close();
mock.close();
