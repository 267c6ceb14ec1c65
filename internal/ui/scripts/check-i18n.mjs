// Checks the texts of every workspace that has a src/zh-CN.json: each key is
// used, each t("key") exists with its placeholders filled, and no Chinese
// stands in a template or script outside the text file. Keys built at run time
// (t(`state.${x}`)) count as used by their prefix. A folder below src with a
// zh-CN.json of its own is a scope of its own. A translation beside it (en.json)
// has the same keys and placeholders and is loaded by the scope's text.ts; in
// programs that speak several languages no two scopes share a key, unless one has
// a name, because a language file (/languages/bo.json) has them all in one list.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { programScopes, root, scopes, scopeTexts } from "./scopes.mjs";

const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const problems = [];

for (const workspace of workspaces) {
  const src = join(root, workspace, "src");
  if (!existsSync(join(src, "zh-CN.json"))) continue;
  for (const scope of scopes(src)) {
    check(scope);
    checkTranslation(scope, existsSync(join(src, "en.json")));
  }
  if (existsSync(join(src, "en.json"))) checkUnique(workspace);
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
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

/** checkTranslation compares a scope's en.json with its source; a workspace that has one has it in every scope. */
function checkTranslation(src, wanted) {
  const path = join(src, "en.json");
  const at = relative(root, path);
  if (!existsSync(path)) {
    if (wanted) problems.push(`${at} is missing`);
    return;
  }
  const texts = JSON.parse(readFileSync(join(src, "zh-CN.json"), "utf8"));
  const english = JSON.parse(readFileSync(path, "utf8"));
  for (const key of Object.keys(english)) {
    if (!(key in texts)) problems.push(`${at}: ${key} is not in zh-CN.json`);
  }
  for (const key of Object.keys(texts)) {
    if (!(key in english)) problems.push(`${at}: no text for ${key}`);
    else if (placeholders(english[key]) !== placeholders(texts[key]))
      problems.push(`${at}: ${key} has other placeholders than zh-CN.json`);
  }
  const script = join(src, "text.ts");
  if (!existsSync(script) || !readFileSync(script, "utf8").includes('import("./en.json")'))
    problems.push(`${relative(root, script)} doesn't load en.json`);
}

/** placeholders are the parameters of a text: {n} and {n|minute|minutes} name the same one. */
function placeholders(text) {
  return [...new Set([...text.matchAll(/\{(\w+)(?:\|[^{}]*)?\}/g)].map((m) => m[1]))].sort().join();
}

/** checkUnique finds keys that two scopes of a program, or it and the shared package, both have. */
function checkUnique(workspace) {
  const owners = new Map();
  for (const scope of programScopes(workspace)) {
    for (const key of Object.keys(scopeTexts(scope))) {
      const other = owners.get(key);
      if (other)
        problems.push(
          `${relative(root, scope)}/zh-CN.json: ${key} is in ${relative(root, other)}, too; name the scope in text.ts: messages(…, {…}, "name")`,
        );
      else owners.set(key, scope);
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
