// Where texts stand: every folder below a workspace's src with a zh-CN.json is a
// scope; a program's pages also show those of internal/ui.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const SHARED = "internal/ui";

/** scopes are a folder and all below it that have texts of their own. */
export function scopes(dir) {
  const below = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scopes(join(dir, entry.name)));
  return existsSync(join(dir, "zh-CN.json")) ? [dir, ...below] : below;
}

/**
 * scopeTexts are the texts of a scope, from one of its files, as a language file has them: by key, or by
 * name/key if the scope has a name (the third argument of messages in its text.ts).
 */
export function scopeTexts(scope, file = "zh-CN.json") {
  const texts = JSON.parse(readFileSync(join(scope, file), "utf8"));
  const script = join(scope, "text.ts");
  const call = existsSync(script)
    ? readFileSync(script, "utf8").match(/messages\([\s\S]*?\},\s*"([\w-]+)",?\s*\)/)
    : null;
  return call
    ? Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${call[1]}/${key}`, text]))
    : texts;
}

/** programScopes are the scopes of a workspace's pages, the shared package's among them. */
export function programScopes(workspace) {
  const own = scopes(join(root, workspace, "src"));
  return workspace === SHARED ? own : [...scopes(join(root, SHARED, "src")), ...own];
}
