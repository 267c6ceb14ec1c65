// Holds every built page to its budget: the gzipped bytes a browser loads for
// the largest page of a workspace, in kB. Ticket machines load over slow disks
// and old processors, so theirs is the smallest.
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
  "firmware-profiles/web": 100,
};
let over = false;

for (const [workspace, budget] of Object.entries(budgets)) {
  const dist = join(root, workspace, "dist");
  if (!existsSync(dist)) continue;
  for (const page of readdirSync(dist).filter((name) => name.endsWith(".html"))) {
    const kb = loaded(dist, page) / 1000;
    if (kb <= budget) continue;
    console.error(`${workspace}/${page}: ${kb.toFixed(1)} kB, allowed are ${budget} kB`);
    over = true;
  }
}
if (over) process.exit(1);

/** loaded sums the page and every script and style that it names, or that those import. */
function loaded(dist, page) {
  const seen = new Set();
  const todo = [page];
  let bytes = 0;
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file) || !existsSync(join(dist, file))) continue;
    seen.add(file);
    const data = readFileSync(join(dist, file));
    bytes += gzipSync(data).length;
    const text = data.toString("utf8");
    for (const [, name] of text.matchAll(/["'](?:\.\/|\.\.\/|\/)?(?:assets\/)?([\w.-]+\.(?:js|css))["']/g)) {
      todo.push(`assets/${name}`);
    }
  }
  return bytes;
}
