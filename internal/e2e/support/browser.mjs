// Debian's Chromium, driven as people use it.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { artefacts } from "./hall.mjs";

/**
 * The browser without its own windows and menus takes half the processor time;
 * it has no viewer of PDF files: one in a page's frame becomes a download there,
 * and the frame stays empty.
 */
const WITHOUT_WINDOWS = ["/usr/bin/chromium-headless-shell"];
const WHOLE = ["/usr/bin/chromium", "/usr/bin/google-chrome"];
const browserFor = (viewer) =>
  process.env.CHROMIUM ?? [...(viewer ? [] : WITHOUT_WINDOWS), ...WHOLE].find(existsSync);

/** The font that our own documents are set in: the first of the pages' list. */
const FONT = join(import.meta.dirname, "../../fonts/dist/NotoSansSC.ttf");

/** Gives a context's pages that font, whichever the machine has. */
async function bringFont(context) {
  const url = "https://font.invalid/NotoSansSC.ttf";
  await context.route(url, (route) =>
    route.fulfill({ path: FONT, contentType: "font/ttf", headers: { "Access-Control-Allow-Origin": "*" } }),
  );
  await context.addInitScript((from) => {
    document.fonts.add(new FontFace("Noto Sans SC", `url(${from})`));
  }, url);
}

/** What each page has asked for and not got yet, and how often it has asked. */
const asked = new WeakMap();

/** Notes what a page asks for from now on. */
function note(page) {
  const now = { underway: new Set(), times: 0 };
  asked.set(page, now);
  page.on("request", (r) => {
    now.underway.add(r);
    now.times++;
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (r) => now.underway.delete(r));
}

/**
 * Waits until a page that open has opened has all that it asked for, and has
 * drawn that without asking for more; three seconds at most, as a page that
 * listens for news never has all.
 */
export async function loaded(page) {
  const now = asked.get(page);
  for (const end = Date.now() + 3000; Date.now() < end; ) {
    const times = now.times;
    await page.evaluate(async () => {
      for (let i = 0; i < 3; i++)
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 10)));
    });
    if (now.underway.size === 0 && now.times === times) return;
  }
}

/**
 * Opens a browser, with more arguments if need be; pages that report an error make the test fail by errors.
 * With ownFont pages look the same on every machine, with viewer PDF files open as pages.
 */
export async function openBrowser(more = [], { ownFont = false, viewer = false } = {}) {
  const browser = await chromium.launch({
    executablePath: browserFor(viewer),
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      ...more,
    ],
  });
  const errors = [];
  const shots = join(artefacts, "screenshots");
  mkdirSync(shots, { recursive: true });

  return {
    browser,
    errors,
    /** Opens url as a screen of width × height pixels. */
    async open(url, width = 1920, height = 1080) {
      const context = await browser.newContext({
        viewport: { width, height },
        locale: "zh-CN",
        timezoneId: "Asia/Shanghai",
        bypassCSP: ownFont,
      });
      if (ownFont) await bringFont(context);
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      note(page);
      page.on("pageerror", (err) => errors.push(`${url}: ${err.message}`));
      page.on("console", (m) => {
        // A link that is down on purpose is reported by the browser itself.
        if (m.type() === "error" && !/WebSocket|ERR_CONNECTION|Failed to load resource/.test(m.text())) {
          errors.push(`${url}: ${m.text()}`);
        }
      });
      await page.goto(url);
      return page;
    },
    /** Keeps what page shows as NAME.png. */
    shot: (page, name) => page.screenshot({ path: join(shots, `${name}.png`) }),
    close: () => browser.close(),
  };
}
