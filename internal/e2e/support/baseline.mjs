// Compares how a page looks with how it looked when somebody last agreed, coarsely
// enough that another version of the browser or of a font changes nothing: where
// its main parts are, to two hundredths of the screen, and the colours of 64 cells
// across. UPDATE=1 keeps what is seen as the new baseline; the pictures are small,
// for a reviewer's eye.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { artefacts } from "./hall.mjs";

const kept = join(dirname(fileURLToPath(import.meta.url)), "../baselines");
const update = Boolean(process.env.UPDATE);

/** How many cells a picture is wide. */
const CELLS = 64;
/** How far a channel of a cell may be off, of 255, and the share of cells that may be further. */
const SHADE = 40;
const SHARE = 0.05;
/** How far an edge of a part may be off, in thousandths of the screen. */
const SHIFT = 20;

/** The parts of a page that are compared, by what they are and are called. */
const PARTS =
  "header, main, nav, footer, aside, h1, h2, section[aria-label], [role=region], dialog[open], .el-dialog";

/** Makes a comparer; it draws with a page of its own. */
export async function openBaselines(web) {
  mkdirSync(kept, { recursive: true });
  const seen = join(artefacts, "baselines");
  mkdirSync(seen, { recursive: true });
  const desk = await (await web.browser.newContext()).newPage();

  /** The picture as cells: a small PNG and its channels, row by row. */
  const coarse = (png) =>
    desk.evaluate(
      async ([data, width]) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const whole = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = document.createElement("canvas");
        canvas.width = width;
        canvas.height = Math.max(1, Math.round((whole.height * width) / whole.width));
        const ink = canvas.getContext("2d", { willReadFrequently: true });
        ink.imageSmoothingQuality = "high";
        ink.drawImage(whole, 0, 0, canvas.width, canvas.height);
        const { data: cells } = ink.getImageData(0, 0, canvas.width, canvas.height);
        return { png: canvas.toDataURL("image/png").split(",")[1], cells: [...cells] };
      },
      [png.toString("base64"), CELLS],
    );

  /** Compares what page shows with the baseline NAME, or keeps it as such. */
  async function compare(page, name) {
    const { width, height } = page.viewportSize();
    await page.evaluate(() => document.fonts.ready);
    const picture = await page.screenshot();
    const now = { size: [width, height], parts: await page.evaluate(partsOf, PARTS) };
    const small = await coarse(picture);
    const [file, image] = [join(kept, `${name}.json`), join(kept, `${name}.png`)];
    if (update) {
      writeFileSync(file, `${JSON.stringify(now)}\n`);
      writeFileSync(image, Buffer.from(small.png, "base64"));
      return;
    }
    assert.ok(existsSync(file) && existsSync(image), `${name} has no baseline; UPDATE=1 keeps one`);
    const was = JSON.parse(readFileSync(file, "utf8"));
    const before = await coarse(readFileSync(image));
    const faults = [...moved(was, now), ...repainted(before.cells, small.cells)];
    if (faults.length > 0) {
      writeFileSync(join(seen, `${name}.png`), picture);
      writeFileSync(join(seen, `${name}.small.png`), Buffer.from(small.png, "base64"));
    }
    assert.deepEqual(faults, [], `${name} looks otherwise (${seen}/${name}.png); UPDATE=1 accepts it`);
  }
  return compare;
}

/** Runs in the page: where its parts are, in thousandths of the screen, by their names. */
function partsOf(selector) {
  const parts = {};
  const times = {};
  for (const e of document.querySelectorAll(selector)) {
    if (e.closest(".visually-hidden,[aria-hidden=true]")) continue;
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const box = e.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || box.top >= innerHeight) continue;
    const tag = e.tagName.toLowerCase();
    const word = e.getAttribute("aria-label") ?? (/^h\d$/.test(tag) ? e.textContent.trim() : "");
    const name = `${tag} ${word.replace(/\d+/g, "#")}`.trim();
    times[name] = (times[name] ?? 0) + 1;
    const bottom = Math.min(box.bottom, innerHeight);
    parts[`${name} ${times[name]}`] = [
      box.left / innerWidth,
      box.top / innerHeight,
      box.right / innerWidth,
      bottom / innerHeight,
    ].map((x) => Math.round(x * 1000));
  }
  return parts;
}

/** What has come, gone or moved, in words. */
function moved(was, now) {
  const faults = [];
  if (String(was.size) !== String(now.size)) faults.push(`the screen is ${now.size}, was ${was.size}`);
  for (const name of new Set([...Object.keys(was.parts), ...Object.keys(now.parts)])) {
    const [a, b] = [was.parts[name], now.parts[name]];
    if (!a) faults.push(`new: ${name}`);
    else if (!b) faults.push(`gone: ${name}`);
    else if (a.some((x, i) => Math.abs(x - b[i]) > SHIFT)) faults.push(`moved: ${name} from ${a} to ${b}`);
  }
  return faults;
}

/** Whether too many cells have another colour, in words. */
function repainted(was, now) {
  if (was.length !== now.length) return ["the picture has another shape"];
  let off = 0;
  for (let i = 0; i < was.length; i += 4) {
    if ([0, 1, 2].some((c) => Math.abs(was[i + c] - now[i + c]) > SHADE)) off++;
  }
  const share = off / (was.length / 4);
  return share > SHARE ? [`${(share * 100).toFixed(1)} % of the cells have another colour`] : [];
}
