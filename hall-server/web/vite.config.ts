import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { pages } from "../../internal/ui/vite";

/** font puts the font of PDFs, with its licence, among the pages that the hall-server embeds. */
function font(): Plugin {
  return {
    name: "smarthall-font",
    apply: "build",
    closeBundle() {
      const from = dirname(
        createRequire(import.meta.url).resolve("@expo-google-fonts/noto-sans-sc/package.json"),
      );
      const to = fileURLToPath(new URL("dist/fonts/", import.meta.url));
      mkdirSync(to, { recursive: true });
      copyFileSync(join(from, "400Regular/NotoSansSC_400Regular.ttf"), join(to, "NotoSansSC.ttf"));
      copyFileSync(join(from, "LICENSE_FONT"), join(to, "NotoSansSC-OFL.txt"));
    },
  };
}

const config = pages(import.meta.url, { agent: "http://127.0.0.1:8080" });

export default defineConfig({ ...config, plugins: [...(config.plugins ?? []), font()] });
