// Holds every built page to its budget: the gzipped bytes a browser loads before
// it shows the page, in kB; what a page fetches later, when somebody goes there,
// doesn't count. Ticket machines load over slow disks and old processors, so
// theirs is the smallest.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const budgets = {
  "kiosk-agent/web": 60,
  "counter-agent/web": 180,
  "display/web": 60,
  "hall-server/web": 200,
  "platform/web": 60,
  "platform/web/staff.html": 220,
  "firmware-profiles/web": 100,
};
/** IMPORT finds `from"./x.js"` and `import"./x.js"`, but no `import("./x.js")`. */
const IMPORT = /(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g;
let over = false;

for (const workspace of Object.keys(budgets)) {
  const dist = join(root, workspace, "dist");
  if (!existsSync(dist)) continue;
  for (const page of readdirSync(dist).filter((name) => name.endsWith(".html"))) {
    const budget = budgets[`${workspace}/${page}`] ?? budgets[workspace];
    const kb = loaded(dist, page) / 1000;
    if (kb <= budget) continue;
    console.error(`${workspace}/${page}: ${kb.toFixed(1)} kB, allowed are ${budget} kB`);
    over = true;
  }
}
if (over) process.exit(1);

/** loaded sums the page and every script and style that it names, or that those import at once. */
function loaded(dist, page) {
  const seen = new Set();
  const todo = [page];
  let bytes = 0;
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file) || !existsSync(join(dist, file))) continue;
    seen.add(file);
    const data = readFileSync(join(dist, file));
    bytes += gzipSync(data).length;
    const named = file.endsWith(".html") ? /(?:src|href)=["'][^"']*?([\w.-]+\.(?:js|css))["']/g : IMPORT;
    for (const [, name] of data.toString("utf8").matchAll(named)) todo.push(`assets/${name}`);
  }
  return bytes;
}
