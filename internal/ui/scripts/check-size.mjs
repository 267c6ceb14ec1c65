// Holds every built page to its budget: the gzipped bytes a browser loads before
// it shows the page, in kB; what a page fetches later, when somebody goes there,
// doesn't count. What it fetches ahead, once it stands, has a budget of its own. Ticket machines load over slow disks and old processors, so
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
/** AHEAD are chunks that a page fetches as soon as it stands, and their budget together. */
const AHEAD = {
  "kiosk-agent/web": {
    budget: 30,
    chunks: [
      "ServicesView",
      "PhoneView",
      "ResultView",
      "VisitsView",
      "CodeView",
      "PriorityView",
      "StaffView",
      "HelpDialog",
    ],
  },
};
/** IMPORT finds `from"./x.js"` and `import"./x.js"`, but no `import("./x.js")`. */
const IMPORT = /(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g;
let over = false;

for (const workspace of Object.keys(budgets)) {
  const dist = join(root, workspace, "dist");
  if (!existsSync(dist)) continue;
  for (const page of readdirSync(dist).filter((name) => name.endsWith(".html"))) {
    const budget = budgets[`${workspace}/${page}`] ?? budgets[workspace];
    const kb = sum(dist, loaded(dist, [page]));
    if (kb <= budget) continue;
    console.error(`${workspace}/${page}: ${kb.toFixed(1)} kB, allowed are ${budget} kB`);
    over = true;
  }
  const ahead = AHEAD[workspace];
  if (ahead) checkAhead(workspace, dist, ahead);
}
if (over) process.exit(1);

/** checkAhead holds what the first page fetches ahead to its budget, without what it has already. */
function checkAhead(workspace, dist, { budget, chunks }) {
  const assets = readdirSync(join(dist, "assets"));
  const missing = chunks.filter((name) => !assets.some((a) => a.startsWith(`${name}-`) && a.endsWith(".js")));
  const named = assets.filter((a) => chunks.some((name) => a.startsWith(`${name}-`)));
  const first = loaded(dist, ["index.html"]);
  const kb = sum(
    dist,
    [
      ...loaded(
        dist,
        named.map((a) => `assets/${a}`),
      ),
    ].filter((file) => !first.has(file)),
  );
  if (missing.length === 0 && kb <= budget) return;
  console.error(
    `${workspace}: ${kb.toFixed(1)} kB are fetched ahead, allowed are ${budget} kB; missing: ${missing}`,
  );
  over = true;
}

/** sum is how large files are gzipped, in kB. */
function sum(dist, files) {
  return (
    [...files].reduce((bytes, file) => bytes + gzipSync(readFileSync(join(dist, file))).length, 0) / 1000
  );
}

/** loaded are the files and every script and style that they name, or that those import at once. */
function loaded(dist, files) {
  const seen = new Set();
  const todo = [...files];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file) || !existsSync(join(dist, file))) continue;
    seen.add(file);
    const text = readFileSync(join(dist, file), "utf8");
    const named = file.endsWith(".html") ? /(?:src|href)=["'][^"']*?([\w.-]+\.(?:js|css))["']/g : IMPORT;
    for (const [, name] of text.matchAll(named)) todo.push(`assets/${name}`);
  }
  return seen;
}
