// Compares faces by the real models, as a kiosk's browser does: the pages that
// were built, the policies that the agent sends, and a camera that plays a film
// of nobody or of one person. The samples of the models' package say nothing
// about accuracy.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { root } from "./support/hall.mjs";

const dist = join(root, "kiosk-agent/web/dist");
const samples = join(createRequire(import.meta.url).resolve("@vladmandic/face-api"), "../../demo");
const THRESHOLD = 0.55;
const SIZE = { width: 960, height: 720 };
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
let origin;
before(async () => {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the kiosk's page; film is what its camera plays. Whatever is asked of another host fails the test. */
async function open(film, work) {
  const web = await openBrowser(
    film
      ? [
          "--use-fake-ui-for-media-stream",
          "--use-fake-device-for-media-stream",
          `--use-file-for-fake-video-capture=${film}`,
        ]
      : [],
  );
  try {
    const page = await web.open(`${origin}/kiosk.html`);
    const outside = [];
    page.on("request", (r) => r.url().startsWith(origin) || outside.push(r.url()));
    const done = await work(page);
    assert.deepEqual(outside, [], "nothing is asked of another host");
    assert.deepEqual(web.errors, [], "no page reported an error");
    return done;
  } finally {
    await web.close();
  }
}

/** Keeps two pictures of so many colours as a film, in YUV 4:2:0. */
function film(name, colour) {
  const { width: w, height: h } = SIZE;
  const yuv = Buffer.alloc((w * h * 3) / 2);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [r, g, b] = colour(x, y);
      yuv[y * w + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (x % 2 || y % 2) continue;
      const at = w * h + (y / 2) * (w / 2) + x / 2;
      yuv[at] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      yuv[at + (w * h) / 4] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  const file = join(folder, `${name}.y4m`);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), yuv]);
  const header = Buffer.from(`YUV4MPEG2 W${w} H${h} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(file, Buffer.concat([header, frame, frame]));
  return file;
}

/** A film of a sample's middle. */
async function filmOf(name) {
  const rgba = await open(undefined, (page) =>
    page.evaluate(
      async ({ url, width, height }) => {
        const picture = await createImageBitmap(await (await fetch(url)).blob());
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [width, height];
        const ink = canvas.getContext("2d");
        ink.drawImage(picture, 0, 0, width, (width * picture.height) / picture.width);
        return btoa(
          [...ink.getImageData(0, 0, width, height).data].map((c) => String.fromCharCode(c)).join(""),
        );
      },
      { url: `/samples/${name}`, ...SIZE },
    ),
  );
  const px = Buffer.from(rgba, "base64");
  return film(name, (x, y) => px.subarray((y * SIZE.width + x) * 4));
}

/** What the camera sees, against each of some samples. */
const compare = (camera, photos) =>
  open(camera, (page) =>
    page.evaluate(
      async ({ names, size }) => {
        const waits = new Map();
        addEventListener("message", (e) => waits.get(e.data.id)?.(e.data));
        const frame = document.createElement("iframe");
        frame.src = "/face.html";
        const ready = new Promise((done) => waits.set(0, done));
        document.body.append(frame);
        const begun = await ready;
        if (!begun.ready) throw new Error(begun.failed);
        let last = 0;
        const ask = (what) =>
          new Promise((done) => {
            waits.set(++last, done);
            frame.contentWindow.postMessage({ id: last, ...what }, location.origin);
          });
        const video = document.createElement("video");
        video.srcObject = await navigator.mediaDevices.getUserMedia({ video: size });
        await video.play();
        const all = [];
        for (const name of names) {
          const photo = await createImageBitmap(await (await fetch(`/samples/${name}`)).blob());
          const { known } = await ask({ know: photo });
          const { look, failed } = await ask({ look: await createImageBitmap(video) });
          all.push({ name, known, failed, ...look });
        }
        return all;
      },
      { names: photos, size: SIZE },
    ),
  );

test("the models load from the machine itself, and see nobody in an empty picture", async () => {
  // A wall with a shadow, as a camera sees it when nobody stands there.
  const wall = film("wall", (x, y) => [150 + x / 16, 145 + y / 12, 140]);
  const [seen] = await compare(wall, ["sample2.jpg"]);
  assert.equal(seen.failed, undefined);
  assert.ok(seen.known, "the photo has a face");
  assert.deepEqual([seen.faces, seen.alike], [0, 0], "the wall has none");
});

test("one person is alike herself, and not others", async () => {
  const [same, ...others] = await compare(await filmOf("sample2.jpg"), [
    "sample2.jpg",
    "sample4.jpg",
    "sample5.jpg",
  ]);
  assert.equal(same.faces, 1, "one face before the camera");
  assert.ok(same.alike >= THRESHOLD, `the same person is alike: ${same.alike}`);
  for (const o of others) assert.ok(o.known && o.alike < THRESHOLD, `${o.name} is somebody else: ${o.alike}`);
});
