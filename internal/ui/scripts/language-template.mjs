// Writes the template of a language file: every text of a program's pages in
// Chinese, to be translated and put into the program's languages folder.
//
//	node internal/ui/scripts/language-template.mjs kiosk-agent/web > bo.json
//	node internal/ui/scripts/language-template.mjs kiosk-agent/web bo.json > new.json
//
// Given a language file that exists, what it has translated already is kept,
// texts that are no longer used are left out, and new ones are added in Chinese.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { programScopes, root, scopeTexts } from "./scopes.mjs";

const [workspace, existing] = process.argv.slice(2);
if (!workspace || !existsSync(join(root, workspace, "src", "zh-CN.json"))) {
  console.error("usage: node internal/ui/scripts/language-template.mjs WORKSPACE [FILE]");
  console.error("WORKSPACE is one of kiosk-agent/web, counter-agent/web, display/web, hall-server/web");
  process.exit(2);
}
const before = existing ? JSON.parse(readFileSync(existing, "utf8")) : { name: "", dir: "ltr" };
const texts = {};
for (const scope of programScopes(workspace)) {
  for (const [key, text] of Object.entries(scopeTexts(scope))) texts[key] = before.texts?.[key] ?? text;
}
// The hall's pages for phones are written by the server, from texts of its own.
if (workspace === "hall-server/web") {
  const phone = (tag) =>
    JSON.parse(readFileSync(join(root, `hall-server/internal/httpd/mobile_${tag}.json`), "utf8"));
  const source = phone("zh-CN");
  // What is said of a refusal has no fixed Chinese sentence: the English one stands in the template.
  const refusals = Object.entries(phone("en")).filter(([key]) => key.startsWith("problem."));
  for (const [key, text] of [...Object.entries(source), ...refusals])
    texts[`phone/${key}`] = before.texts?.[`phone/${key}`] ?? text;
}
process.stdout.write(`${JSON.stringify({ ...before, texts }, null, 2)}\n`);
