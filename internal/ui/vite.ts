import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import type { UserConfig } from "vite";

/** What a workspace may say about its pages; all of it is optional. */
export interface PagesOptions {
  /** Where `vite dev` forwards /ws, /qr.png and /api, such as http://127.0.0.1:8081. */
  agent?: string;
}

/**
 * pages is the build of one web/ folder: every *.html beside its vite.config.ts
 * is an entry, and all of them go into dist/, which the program embeds.
 * Ticket machines run browsers as old as Chrome 87, so that is the target.
 */
export function pages(configUrl: string, options: PagesOptions = {}): UserConfig {
  const root = fileURLToPath(new URL(".", configUrl));
  const input: Record<string, string> = {};
  for (const name of readdirSync(root)) {
    if (name.endsWith(".html")) input[name.replace(/\.html$/, "")] = `${root}${name}`;
  }
  if (!existsSync(`${root}public/.keep`)) {
    throw new Error(`${root}public/.keep is missing: a clean clone would not compile`);
  }
  const agent = options.agent ?? "http://127.0.0.1:8081";
  return {
    root,
    base: "./",
    plugins: [vue()],
    define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
    build: {
      target: "chrome87",
      cssTarget: "chrome87",
      outDir: "dist",
      emptyOutDir: true,
      // The pages' policy forbids inline scripts, and data: only for images.
      modulePreload: { polyfill: false },
      rolldownOptions: { input },
    },
    server: { proxy: { "/ws": { target: agent, ws: true }, "/qr.png": agent, "/api": agent } },
  };
}
