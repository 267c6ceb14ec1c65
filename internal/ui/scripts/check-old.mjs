// Holds the pages of kiosks and displays to what Chrome 87 can do. Vite writes
// newer syntax in an older way; a function that isn't there stays missing, and
// the page that calls it fails on the machines that halls have had for years.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const workspaces = ["kiosk-agent/web", "display/web"];

/** NEWER are calls that came after Chrome 87, with the version that brought them. */
const NEWER = [
  [/\bAbortSignal\s*\.\s*(?:timeout|any)\b/, "AbortSignal.timeout and any: 103, 116"],
  [/\bstructuredClone\s*\(/, "structuredClone: 98"],
  [/\bObject\s*\.\s*(?:hasOwn|groupBy)\b/, "Object.hasOwn and groupBy: 93, 117"],
  [/\bPromise\s*\.\s*(?:withResolvers|try)\b/, "Promise.withResolvers and try: 119, 128"],
  [/\.at\(\s*-/, "at: 92"],
  [/\.(?:findLast|findLastIndex)\s*\(/, "findLast: 97"],
  [/(?<![`"'\w])\w+\.(?:toSorted|toReversed|toSpliced)\s*\(/, "toSorted and its like: 110"],
  [/\bcrypto\s*\.\s*randomUUID\s*\(/, "crypto.randomUUID: 92"],
];

/** allowed says why a newer call may stand in a file nevertheless. */
function allowed(text, at, why) {
  const around = text.slice(Math.max(0, at - 160), at + 160);
  // Vue wraps these for reactive lists: it calls them only for whoever does.
  if (why.startsWith("toSorted")) return /\btoReversed\b/.test(around) && /\btoSpliced\b/.test(text);
  // Asked for first, with another way where it is missing.
  return why.startsWith("crypto") && /typeof [\w.]+randomUUID/.test(around);
}

let newer = false;
for (const workspace of workspaces) {
  const dist = join(root, workspace, "dist", "assets");
  if (!existsSync(dist)) continue;
  for (const file of readdirSync(dist).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join(dist, file), "utf8");
    for (const [call, why] of NEWER) {
      for (const found of text.matchAll(new RegExp(call, "g"))) {
        if (allowed(text, found.index, why)) continue;
        console.error(`${workspace}/${file}: ${found[0]} isn't in Chrome 87 (${why})`);
        newer = true;
      }
    }
  }
}
if (newer) process.exit(1);
