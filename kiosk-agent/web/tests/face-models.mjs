// Compares faces by the real models, as a kiosk's browser does: the pages that
// were built, the policies that the agent sends, and a camera that plays a film
// of one person. Run by hand after a change of the models or their packages:
//
//   npm run build -w kiosk-agent/web && node kiosk-agent/web/tests/face-models.mjs
//
// It isn't among the tests of every change: the models take some seconds on a
// small machine, and the samples of their package say nothing about accuracy.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const dist = new URL("../dist", import.meta.url).pathname;
const samples = join(createRequire(import.meta.url).resolve("@vladmandic/face-api"), "../../demo");
const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const THRESHOLD = 0.55;
const folder = mkdtempSync(join(tmpdir(), "smarthall-face-"));

// The policies of internal/webpages: WebAssembly on one page alone.
const strict =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'";
const loose = `${strict}; script-src 'self' 'wasm-unsafe-eval'`;
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".jpg": "image/jpeg",
};
const server = createServer((req, res) => {
  const path = new URL(req.url, "http://localhost").pathname;
  res.setHeader("Content-Security-Policy", path === "/face.html" ? loose : strict);
  res.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream");
  if (path === "/kiosk.html") return res.end("<!doctype html><title>kiosk</title>");
  const file = path.startsWith("/samples/") ? join(samples, path.slice(9)) : join(dist, path);
  if (!existsSync(file)) res.statusCode = 404;
  res.end(existsSync(file) ? readFileSync(file) : "");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;

/** Opens the kiosk's page; film is what its camera plays. */
async function open(film) {
  const args = ["--no-sandbox", "--disable-gpu"];
  if (film)
    args.push(
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${film}`,
    );
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage();
  await page.goto(`${origin}/kiosk.html`);
  return { browser, page };
}

/** Makes a film of a sample's middle: two pictures of it, as YUV 4:2:0. */
async function film(name) {
  const { browser, page } = await open();
  const rgba = await page.evaluate(async (url) => {
    const picture = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [960, 720];
    const ink = canvas.getContext("2d");
    ink.drawImage(picture, 0, 0, 960, (960 * picture.height) / picture.width);
    return btoa([...ink.getImageData(0, 0, 960, 720).data].map((c) => String.fromCharCode(c)).join(""));
  }, `/samples/${name}`);
  await browser.close();
  const px = Buffer.from(rgba, "base64");
  const [w, h] = [960, 720];
  const yuv = Buffer.alloc((w * h * 3) / 2);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [r, g, b] = px.subarray((y * w + x) * 4);
      yuv[y * w + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (x % 2 || y % 2) continue;
      const at = w * h + (y / 2) * (w / 2) + x / 2;
      yuv[at] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      yuv[at + (w * h) / 4] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  const file = join(folder, `${name}.y4m`);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), yuv]);
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(`YUV4MPEG2 W${w} H${h} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]),
  );
  return file;
}

/** What the camera sees, against each of some samples. */
async function compare(camera, photos) {
  const { browser, page } = await open(await film(camera));
  const looks = await page.evaluate(async (names) => {
    const waits = new Map();
    addEventListener("message", (e) => waits.get(e.data.id)?.(e.data));
    const frame = document.createElement("iframe");
    frame.src = "/face.html";
    const ready = new Promise((done) => waits.set(0, done));
    document.body.append(frame);
    const begun = await ready;
    if (!begun.ready) return begun;
    let last = 0;
    const ask = (what) =>
      new Promise((done) => {
        waits.set(++last, done);
        frame.contentWindow.postMessage({ id: last, ...what }, location.origin);
      });
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 960, height: 720 } });
    await video.play();
    const all = [];
    for (const name of names) {
      const photo = await createImageBitmap(await (await fetch(`/samples/${name}`)).blob());
      const { known } = await ask({ know: photo });
      const since = performance.now();
      const { look, failed } = await ask({ look: await createImageBitmap(video) });
      all.push({ name, known, failed, ...look, ms: Math.round(performance.now() - since) });
    }
    return all;
  }, photos);
  await browser.close();
  return looks;
}

try {
  const looks = await compare("sample2.jpg", ["sample2.jpg", "sample4.jpg", "sample5.jpg"]);
  console.table(looks);
  const [same, ...others] = looks;
  assert.equal(same.faces, 1, "one face before the camera");
  assert.ok(same.alike >= THRESHOLD, "the same person is alike");
  for (const o of others) assert.ok(o.known && o.alike < THRESHOLD, `${o.name} is somebody else`);
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
