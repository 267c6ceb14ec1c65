// What a kiosk keeps of a person who has gone: nothing, on the page, behind it,
// or a step back.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** steps is how many pages a browser can go back and forth through. */
export const steps = (page) => page.evaluate(() => history.length);

/** Fails if person, a pattern, is found on page or in what it keeps, or if there are more steps than before. */
export async function nothingOf(page, person, before) {
  const kept = await page.evaluate(async () => {
    const databases = (await indexedDB.databases?.()) ?? [];
    const caches = (await globalThis.caches?.keys()) ?? [];
    const fields = [...document.querySelectorAll("input, textarea, select")].map((e) => e.value);
    const stores = { ...localStorage, ...sessionStorage, state: history.state };
    return JSON.stringify([
      document.documentElement.outerHTML,
      fields,
      stores,
      document.cookie,
      databases,
      caches,
      location.href,
      document.title,
    ]);
  });
  assert.doesNotMatch(kept, person, "nothing of the person is on the page or kept");
  const asked = await page.evaluate(() => performance.getEntriesByType("resource").map((e) => e.name));
  assert.deepEqual(
    asked.filter((url) => /\/terminal\/|qr\.png|code=/.test(url)),
    [],
    "the browser's list of what was asked for names neither her session nor her codes",
  );
  const frames = await page.locator("iframe, video, canvas").count();
  assert.equal(frames, 0, "no camera, picture or signature is on the page");
  assert.equal(await steps(page), before, "there is no step back to the person");
}

/** Fails if what the page's scripts hold in memory, after a clean-up, has person, a pattern that the test itself never showed them. */
export async function forgotten(page, person) {
  const browser = await page.context().newCDPSession(page);
  const parts = [];
  browser.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk));
  await browser.send("HeapProfiler.collectGarbage");
  await browser.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await browser.detach();
  const { strings } = JSON.parse(parts.join(""));
  assert.ok(strings.length > 1000, "the memory was read");
  assert.deepEqual(
    strings.filter((s) => person.test(s)).map((s) => s.slice(0, 200)),
    [],
    "nothing of the person is in the page's memory",
  );
}

/** Fails if a file in folder, which is what a machine keeps on its disk, has person, a pattern, or a picture. */
export function nothingOnDisk(folder, person) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  assert.ok(files.length > 0, folder);
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    assert.doesNotMatch(bytes.toString("utf8"), person, `${name} on the disk`);
    for (const head of [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from("\x89PNG", "latin1")])
      assert.equal(bytes.includes(head), false, `${name} on the disk holds a picture`);
  }
}
