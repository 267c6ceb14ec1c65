import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
const base = process.argv[2] ?? "http://127.0.0.1:9990";
const axe = readFileSync("/work/main/node_modules/axe-core/axe.min.js", "utf8");
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const pages = { home: "/", find: "/items", search: "/search?q=" + encodeURIComponent("营业执照"), item: "/items/business-licence", situation: "/items/business-licence?s-owner=person&s-premises=rented", theme: "/themes/p-social", package: "/packages/restaurant", halls: "/halls", hall: "/halls/demo", notices: "/notices", notice: "/notices/n0", ask: "/ask?item=business-licence", missing: "/nothing", help: "/help", query: "/query", bodies: "/departments", agencies:"/agencies", themes: "/themes", print: "/items/business-licence/print", feedback: "/feedback" , empty: "/search?q=zzzz"};
const sizes = { wide: [1920, 1080, 0], mid: [1280, 720, 0], phone: [375, 812, 0], elder: [1280, 800, 1], elderphone: [375, 812, 1], contrast: [1280, 800, 2] };
const only = process.argv[3]?.split(",");
const osize = process.argv[4]?.split(",");
for (const [sn, [w, h, mode]] of Object.entries(sizes)) {
  if (osize && !osize.includes(sn)) continue;
  const c = await b.newContext({ viewport: { width: w, height: h }, locale: "zh-CN" });
  if (mode) await c.addCookies([{ name: mode === 1 ? "elder" : "contrast", value: "1", url: base }]);
  const p = await c.newPage();
  p.on("console", (m) => m.type() === "error" && console.log("console", sn, m.text()));
  p.on("pageerror", (e) => console.log("pageerror", sn, e.message));
  for (const [n, path] of Object.entries(pages)) {
    if (only && !only.includes(n)) continue;
    await p.goto(base + path);
    const over = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) console.log("overflow", sn, n, over, await p.evaluate(() => [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right)).join("; ")));
    await p.screenshot({ path: `/tmp/shots/${n}-${sn}.png`, fullPage: !process.env.FOLD });
    await p.evaluate(axe);
    const r = await p.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
    for (const v of r.violations) console.log(sn, n, v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 140));
    const min = mode === 1 ? 60 : 48;
    const small = await p.evaluate((min) => [...document.querySelectorAll("a[href],button,select,summary,label.check,.options label,input[type=search]")].filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height < min - 0.5 && !e.closest("p:not(.words):not(.buttons):not(.files):not(.chosen),dd,h1,h2,h3,h4,.skip") && !(e.matches("input")) ; }).map((e) => e.outerHTML.slice(0, 80) + " " + e.getBoundingClientRect().height), min);
    if (small.length) console.log("small", sn, n, small.length, small.slice(0, 3));
  }
  await c.close();
}
await b.close();
