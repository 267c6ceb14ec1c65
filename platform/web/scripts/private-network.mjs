// Builds the page for private networks: one HTML file with its script and its
// styles inside, because it is carried to computers that reach nothing else.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { build } from "vite";

const root = fileURLToPath(new URL("../private-network/", import.meta.url));
const out = fileURLToPath(new URL("../dist/assets/", import.meta.url));

const built = await build({
  root,
  configFile: false,
  logLevel: "warn",
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
  // CompressionStream is of Chrome 80.
  build: {
    target: "chrome87",
    cssTarget: "chrome87",
    write: false,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
const files = (Array.isArray(built) ? built : [built]).flatMap((b) => b.output);
const scripts = files.filter((f) => f.type === "chunk");
const styles = files.filter((f) => f.fileName.endsWith(".css"));
const page = files.find((f) => f.fileName === "index.html");
if (scripts.length !== 1 || styles.length !== 1 || !page) {
  throw new Error(`want one script, one sheet and a page, have ${files.map((f) => f.fileName)}`);
}
// A "</script" or "</style" inside would end the element early.
const script = scripts[0].code.replaceAll("</script", "<\\/script");
const style = String(styles[0].source).replaceAll("</style", "<\\/style");
const html = String(page.source)
  .replace(/\s*<script[^>]*><\/script>/, "")
  .replace(/\s*<link rel="stylesheet"[^>]*>/, () => `\n    <style>${style}</style>`)
  .replace("</body>", () => `  <script type="module">${script}</script>\n  </body>`);
if (/(?:src|href)="(?!data:)/.test(html.replace(script, () => "")))
  throw new Error("the page still asks for other files");
mkdirSync(out, { recursive: true });
writeFileSync(`${out}private-network.html`, html);
