// Checks the texts of every workspace that has a src/zh-CN.json: each key is
// used, each t("key") exists with its placeholders filled, and no Chinese
// stands in a template or script outside the text file. Keys built at run time
// (t(`state.${x}`)) count as used by their prefix. A folder below src with a
// zh-CN.json of its own is a scope of its own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const problems = [];

for (const workspace of workspaces) {
  const src = join(root, workspace, "src");
  if (existsSync(join(src, "zh-CN.json"))) for (const scope of scopes(src)) check(scope);
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}

/** scopes are a folder and all below it that have texts of their own. */
function scopes(dir) {
  const below = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scopes(join(dir, entry.name)));
  return existsSync(join(dir, "zh-CN.json")) ? [dir, ...below] : below;
}

function check(src) {
  const texts = JSON.parse(readFileSync(join(src, "zh-CN.json"), "utf8"));
  const used = new Set();
  const prefixes = [];
  for (const file of sources(src)) {
    const at = relative(root, file);
    const code = withoutComments(readFileSync(file, "utf8"));
    code.split("\n").forEach((line, i) => {
      if (/[\u3400-\u9fff\uff01-\uff5e]/.test(line))
        problems.push(`${at}:${i + 1}: text outside zh-CN.json: ${line.trim()}`);
    });
    for (const [, key, rest] of code.matchAll(/\bt\(\s*["']([^"']+)["']\s*([,)])/g)) {
      used.add(key);
      if (!(key in texts)) problems.push(`${at}: no text for ${key}`);
      else if (rest === ")" && /\{\w+\}/.test(texts[key]))
        problems.push(`${at}: ${key} needs its placeholders`);
    }
    for (const [, prefix] of code.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)) prefixes.push(prefix);
    for (const [, key] of code.matchAll(/["'`]([a-z][\w-]*(?:\.[\w-]+)+)["'`]/g)) used.add(key);
  }
  for (const key of Object.keys(texts)) {
    if (!used.has(key) && !prefixes.some((p) => key.startsWith(p))) {
      problems.push(`${relative(root, src)}/zh-CN.json: ${key} is never used`);
    }
  }
}

/** sources are a scope's scripts and components. */
function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return existsSync(join(path, "zh-CN.json")) ? [] : sources(path);
    return /\.(vue|ts)$/.test(entry.name) && !entry.name.endsWith(".gen.ts") ? [path] : [];
  });
}

function withoutComments(code) {
  const blank = (m) => m.replace(/[^\n]/g, " ");
  return code
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/^\s*\/\/.*$/gm, blank);
}
