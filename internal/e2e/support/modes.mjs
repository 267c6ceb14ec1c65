// A kiosk's page in every way that somebody may want it: upright and lying
// screens, large type, half the height, high contrast, English; and what is
// wrong with it there for whoever touches and reads it.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { artefacts, root } from "./hall.mjs";

/**
 * The ways, each with the buttons below the page that are pressed for it. The
 * others are combinations that add nothing to measure; they are for the eye.
 */
const MODES = [
  { name: "upright", each: true, size: [1080, 1920], press: [] },
  { name: "elder", each: true, size: [1080, 1920], press: ["elder"] },
  { name: "wheel", each: true, size: [1080, 1920], press: ["wheel"] },
  { name: "wheel-elder", size: [1080, 1920], press: ["wheel", "elder"] },
  { name: "contrast", size: [1080, 1920], press: ["contrast"] },
  { name: "english", size: [1080, 1920], press: ["english"] },
  { name: "english-elder", size: [1080, 1920], press: ["english", "elder"] },
  { name: "english-wheel-elder", each: true, size: [1080, 1920], press: ["english", "wheel", "elder"] },
  { name: "lying", size: [1920, 1080], press: [] },
  { name: "lying-elder", each: true, size: [1920, 1080], press: ["elder"] },
  { name: "lying-english", each: true, size: [1920, 1080], press: ["english"] },
  { name: "lying-small", size: [1280, 720], press: [] },
];

/** BUTTONS are found by their words in either language. */
const BUTTONS = {
  elder: /^(长者模式|标准模式|Large type|Standard)$/,
  wheel: /^(轮椅模式|Wheelchair)$/,
  contrast: /^(高对比度|High contrast)$/,
  english: /^English$/,
  chinese: /^中文$/,
};

/** Chinese words of the pages: none of them stands on a page in English. */
const WORDS = ["terminal", "."].flatMap((scope) =>
  Object.values(
    JSON.parse(readFileSync(join(root, "kiosk-agent/web/src", scope, "zh-CN.json"), "utf8")),
  ).flatMap((text) => text.split(/\{[^}]*\}/).filter((part) => /[\u3400-\u9fff]{5}/.test(part))),
);

/**
 * Looks at a page in every mode and returns what is wrong there, each line with
 * its mode. LOOK in the environment keeps a picture of each as what-MODE.png.
 */
export async function inModes(page, what, inside) {
  const wrong = [];
  const on = new Set();
  const large = page.locator(".kiosk > footer").getByRole("button", { name: /^(标准模式|Standard)$/ });
  if (await large.isVisible()) await large.click();
  for (const mode of MODES.filter((m) => m.each || process.env.LOOK)) {
    const [width, height] = mode.size;
    const now = page.viewportSize();
    // A screen that lies has no lower half to put things in, nor the button for it.
    await wear(page, on, mode.press);
    if (now.width !== width) await page.setViewportSize({ width, height });
    await still(page);
    const found = await page.evaluate(measure, {
      inside,
      half: on.has("wheel"),
      words: on.has("english") ? WORDS : [],
    });
    wrong.push(...found.map((f) => `${mode.name}: ${f}`));
    if (process.env.LOOK) {
      const folder = join(artefacts, "screenshots/modes");
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${what}-${mode.name}.png`) });
    }
  }
  const [first] = MODES;
  await page.setViewportSize({ width: first.size[0], height: first.size[1] });
  await wear(page, on, []);
  await still(page);
  return wrong;
}

/** Presses what makes the page as it is wanted. */
async function wear(page, on, wanted) {
  const foot = page.locator(".kiosk > footer");
  const press = (name) =>
    foot.getByRole("button", { name: BUTTONS[name] }).evaluate((button) => button.click());
  for (const name of [...on].filter((n) => !wanted.includes(n))) {
    on.delete(name);
    await press(name === "english" ? "chinese" : name);
  }
  for (const name of wanted.filter((n) => !on.has(n))) {
    on.add(name);
    await press(name);
  }
  await foot.getByRole("button", { name: BUTTONS[on.has("english") ? "chinese" : "english"] }).waitFor();
}

/** Waits until the page stands still. */
async function still(page) {
  await page.evaluate(async () => {
    for (const a of document.getAnimations()) if (a.effect?.getTiming().iterations !== Infinity) a.finish();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}

/** Runs on the page: what can't be touched or read as it should. */
function measure({ inside, half, words }) {
  /** A finger's width, of a screen that is 1080 pixels wide or high. */
  const LEAST = (59.5 / 1080) * Math.min(innerWidth, innerHeight);
  const wrong = [];
  /** While somebody types, the keys take the place of what leads on. */
  const typing = document.querySelector(`${inside}.typing`) !== null;
  const scope = [document.querySelector(inside), document.querySelector(".kiosk > footer")].filter(Boolean);
  const name = (e) =>
    `${e.tagName.toLowerCase()} "${(e.innerText || e.ariaLabel || e.name || "").trim().replace(/\s+/g, " ").slice(0, 30)}"`;

  /** seen is the part of a box that isn't cut off by what it scrolls in. */
  function seen(e) {
    let { left, top, right, bottom } = e.getBoundingClientRect();
    for (let up = e.parentElement; up; up = up.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(up);
      const box = up.getBoundingClientRect();
      if (overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      if (overflowY !== "visible") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    return { left, top: Math.max(0, top), right, bottom: Math.min(innerHeight, bottom) };
  }
  /** above tells what stays in sight while the page scrolls below it. */
  const above = (e) => e.closest(".onward, .pager, .keys") !== null;
  const whole = (e) => (e.matches("input[type=radio], input[type=checkbox]") ? (e.closest("label") ?? e) : e);
  const targets = [
    ...new Set(
      scope
        .flatMap((s) => [
          ...s.querySelectorAll(
            "button, select, textarea, input:not([type=file]), canvas[role=img], a[href]",
          ),
        ])
        .filter((e) => e.checkVisibility())
        .map(whole),
    ),
  ];
  const places = [];
  for (const e of targets) {
    const box = e.getBoundingClientRect();
    const part = seen(e);
    if (box.height < LEAST || box.width < LEAST)
      wrong.push(`${Math.round(box.width)} x ${Math.round(box.height)} px: ${name(e)}`);
    if (!typing && e.matches(".onward, .onward *, .pager *") && part.bottom - part.top < box.height - 1)
      wrong.push(`leads on, and isn't seen whole: ${name(e)}`);
    if (part.right - part.left < 1 || part.bottom - part.top < 1) continue; // scrolled away
    if (half && part.top < innerHeight / 2 - 1)
      wrong.push(`at ${Math.round(part.top)}, above the lower half: ${name(e)}`);
    if (box.right > innerWidth + 1 || box.left < -1) wrong.push(`beside the screen: ${name(e)}`);
    if (e.matches("button") && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
      wrong.push(`its words don't fit: ${name(e)}`);
    for (const other of places) {
      const w = Math.min(part.right, other.part.right) - Math.max(part.left, other.part.left);
      const h = Math.min(part.bottom, other.part.bottom) - Math.max(part.top, other.part.top);
      if (w > 2 && h > 2 && !e.contains(other.e) && !other.e.contains(e) && !above(e) && !above(other.e))
        wrong.push(`${name(e)} lies over ${name(other.e)}`);
    }
    places.push({ e, part });
  }
  // Nobody types into what the keys lie over, or looks for answers that no sign of is seen.
  const field = document.activeElement?.closest("input:not([type=radio], [type=checkbox]), textarea");
  const answer = document.querySelector(`${inside} .question :is(.tick, input, select, textarea)`);
  for (const e of [field, typing ? undefined : answer].filter((e) => e?.checkVisibility())) {
    const { left, top, width, height } = e.getBoundingClientRect();
    const met = document.elementFromPoint(left + width / 2, top + Math.min(height, LEAST) / 2);
    if (!met || !e.contains(met)) wrong.push(`out of sight: ${name(e)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the screen");
  for (const s of scope) {
    for (const e of s.querySelectorAll("*")) {
      if (!e.checkVisibility() || e.closest("svg, .visually-hidden") || e.offsetWidth === 1) continue;
      const { overflowX } = getComputedStyle(e);
      if (
        overflowX === "visible" &&
        e.scrollWidth > e.clientWidth + 2 &&
        e.clientWidth > 0 &&
        e.children.length === 0
      )
        wrong.push(`wider than its place: ${name(e)}`);
      if (overflowX !== "visible" && overflowX !== "clip" && e.scrollWidth > e.clientWidth + 2)
        wrong.push(`scrolls sideways: ${name(e)}`);
    }
    const text = s.innerText;
    for (const word of words) if (text.includes(word)) wrong.push(`Chinese in English: ${word}`);
  }
  return [...new Set(wrong)];
}
