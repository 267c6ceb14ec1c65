// Looks at a page as a careful visitor would: does anything run off the screen,
// is a word cut off, can a finger hit it, does axe find a barrier.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { programScopes, scopeTexts } from "../../ui/scripts/scopes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Whatever axe calls serious or critical makes the test fail. */
const GRAVE = ["serious", "critical"];

/**
 * Fails if something on page is cut off or off the screen, if words stand
 * outside the button that they are on, or if a target is smaller than target pixels; where is what the page shows. With target 0 none
 * is measured.
 */
export async function checkLayout(page, where, target = 0) {
  const size = page.viewportSize();
  const at = `${where} at ${size.width}×${size.height}`;
  const found = await page.evaluate(inspect, target);
  assert.deepEqual(found, [], at);
}

/** Fails if anything that is touched begins above the middle of page, is off it or is too small, or if the title is cut off. */
export async function checkLow(page, where) {
  const { width, height } = page.viewportSize();
  const boxes = await page
    .getByRole("button")
    .or(page.getByRole("switch"))
    .evaluateAll((all) =>
      all
        .filter((b) => b.getClientRects().length > 0)
        .map((b) => ({ text: b.textContent.trim(), ...b.getBoundingClientRect().toJSON() })),
    );
  assert.ok(boxes.length > 0, where);
  for (const b of boxes) {
    assert.ok(b.top >= height / 2, `${where}: ${b.text} begins at ${b.top}`);
    assert.ok(b.left >= 0 && b.right <= width, `${where}: ${b.text} is off the screen`);
    assert.ok(b.width > 59.5 && b.height > 59.5, `${where}: ${b.text} is ${b.width} by ${b.height}`);
  }
  const hidden = await page
    .locator("main h1")
    .evaluateAll((all) =>
      all.map((h) => h.closest("main").getBoundingClientRect().top - h.getBoundingClientRect().top),
    );
  for (const px of hidden) assert.ok(px < 2, `${where}: ${Math.round(px)} px of the title are cut off`);
}

/** The rules of axe that say something else once a page's colours are others. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];
const OF_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Fails if axe finds a serious barrier on page. With coloursOnly just the
 * colours are looked at: for a page that was checked whole in its other theme.
 */
export async function checkAxe(page, where, { coloursOnly = false } = {}) {
  // It is half a million letters long: a page that has it isn't sent it again.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  await still(page);
  const run = { levels: GRAVE, runOnly: coloursOnly ? OF_COLOURS : OF_ALL };
  const grave = await page.evaluate(async ({ levels, runOnly }) => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], runOnly });
    return violations
      .filter((v) => levels.includes(v.impact))
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.any[0]?.message ?? ""}`));
  }, run);
  assert.deepEqual(grave, [], where);
}

/** Waits, a second at most, until what moves or fades has come to its end: colours on their way are nobody's. */
const still = (page) =>
  page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((a) => a.playState === "running" && Number.isFinite(a.effect?.getComputedTiming().endTime));
    const late = new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.race([late, Promise.allSettled(ending.map((a) => a.finished))]);
  });

/** Runs in the page: every fault in words. */
function inspect(target) {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);

  const styles = new Map();
  const styleOf = (e) => {
    if (!styles.has(e)) styles.set(e, getComputedStyle(e));
    return styles.get(e);
  };
  /** Elements for screen readers are clipped on purpose; a way past the menu comes when it has the focus. */
  const hidden = (e) =>
    e.closest(".visually-hidden,.skip:not(:focus),[aria-hidden=true],svg,script,style") !== null ||
    (e.offsetWidth === 1 && e.offsetHeight === 1) ||
    !e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (e) =>
    `${e.tagName.toLowerCase()}.${[...e.classList].join(".")} “${(e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 40)}”`;
  const scrolls = (e) => /auto|scroll/.test(styleOf(e).overflowY) || /auto|scroll/.test(styleOf(e).overflowX);
  const cuts = (e) => /hidden|clip/.test(styleOf(e).overflowX) || /hidden|clip/.test(styleOf(e).overflowY);

  /** A line of notices that moves past shows all of itself in time. */
  const moving = document
    .getAnimations()
    .filter((a) => a.effect?.getTiming().iterations === Number.POSITIVE_INFINITY && !a.effect.pseudoElement)
    .map((a) => a.effect.target);
  const passes = (e) => moving.some((m) => m.contains(e));

  /** The text's own boxes, one per line. */
  const lines = (e) => {
    const range = document.createRange();
    return [...e.childNodes]
      .filter((n) => n.nodeType === 3 && n.textContent.trim())
      .flatMap((n) => {
        range.selectNodeContents(n);
        return [...range.getClientRects()];
      })
      .filter((r) => r.width > 0);
  };
  for (const e of document.body.querySelectorAll("*")) {
    const boxes = hidden(e) || passes(e) ? [] : lines(e);
    if (boxes.length === 0) continue;
    // What can be scrolled to is not lost; whatever cuts it before is.
    let box = e;
    while (box && box !== root && !cuts(box) && !scrolls(box)) box = box.parentElement;
    const scrolled = box && box !== root && scrolls(box);
    const edge =
      !box || box === root || box === document.body
        ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight }
        : box.getBoundingClientRect();
    const wholePage = (!box || box === root) && root.scrollHeight > root.clientHeight && !cuts(document.body);
    const lost = boxes.find(
      (r) =>
        r.right > edge.right + 1.5 ||
        r.left < edge.left - 1.5 ||
        (!scrolled &&
          !wholePage &&
          (r.bottom - r.height * 0.2 > edge.bottom + 1.5 || r.top + r.height * 0.2 < edge.top - 1.5)),
    );
    if (
      lost &&
      !(scrolled && styleOf(box).overflowX !== "hidden" && /auto|scroll/.test(styleOf(box).overflowX))
    )
      faults.push(`cut off: ${name(e)}`);
    const target = e.closest("button, a[href], [role=button], [role=option]");
    const own = target && getComputedStyle(target).display !== "inline" && target.getBoundingClientRect();
    const beside =
      own &&
      boxes.find((r) => {
        const slack = r.height * 0.2 + 1.5; // a line's box is higher than its letters
        return (
          r.bottom > own.bottom + slack ||
          r.top < own.top - slack ||
          r.right > own.right + 1.5 ||
          r.left < own.left - 1.5
        );
      });
    if (beside) {
      const far = Math.max(beside.bottom - own.bottom, beside.right - own.right, own.top - beside.top);
      faults.push(`outside its button by ${Math.round(far)} px: ${name(e)}`);
    }
  }
  if (target > 0) {
    for (const e of document.querySelectorAll(
      "button, a[href], input, select, textarea, [role=button], summary",
    )) {
      if (hidden(e) || e.disabled || e.type === "hidden") continue;
      // A label's whole area is the target of what it holds, and a frame that of its field.
      const frame = "label, .el-input__wrapper, .el-select__wrapper, .el-input-number";
      const r = (e.closest(frame) ?? e).getBoundingClientRect();
      if (r.width < target - 0.5 || r.height < target - 0.5)
        faults.push(`too small: ${name(e)} ${Math.round(r.width)}×${Math.round(r.height)}`);
    }
  }
  return faults;
}

/** p50 and p95 of times in milliseconds, in words. */
export function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (p) => sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)]?.toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${sorted.length} times)`;
}

const ACCENTS = Object.fromEntries(
  [..."ABCDEGHIKLNOPRSTUWYZabcdeghiklnoprstuwyz"].map((c, i) => [
    c,
    [..."ÅβÇÐÉĜĤÎĶĻÑÖÞŔŠŢÛŴÝŽåƀćðéĝĥîķļñöþŕšţûŵýž"][i],
  ]),
);

/**
 * The texts of a workspace's pages as a language that is longer than ours:
 * English with accents, a third longer, placeholders kept.
 */
export function pseudo(workspace) {
  const texts = {};
  for (const scope of programScopes(workspace)) {
    const english = scopeTexts(scope, "en.json");
    for (const [key, text] of Object.entries(english)) {
      const long = text.replace(/\{[^{}]*\}|[A-Za-z]/g, (m) => ACCENTS[m] ?? m);
      texts[key] = long + "ö".repeat(Math.ceil(text.replace(/\{[^{}]*\}/g, "").length * 0.3));
    }
  }
  return texts;
}
