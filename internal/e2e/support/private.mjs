// What a kiosk keeps of a person who has gone: nothing, on the page, behind it,
// or a step back.
import assert from "node:assert/strict";

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
  assert.equal(await steps(page), before, "there is no step back to the person");
}
