import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const folders = ["internal/ui", "hall-server/client", ...readdirSync(root).map((program) => `${program}/web`)]
  .map((workspace) => `${workspace}/tests`)
  .filter((folder) => existsSync(path.join(root, folder)));
const files = folders.flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`),
);

/**
 * Test files share their modules and their small browser, which takes a third
 * of the time. Not those that put another module in one's place: what was
 * loaded before them would keep the real one, and what comes after theirs.
 */
const alone = files.filter((name) =>
  /\bvi\.(mock|doMock|resetModules)\(/.test(readFileSync(path.join(root, name), "utf8")),
);

export default defineConfig({
  plugins: [vue()],
  test: {
    // One worker leaves a core idle once the types are checked.
    maxWorkers: 2,
    // A busy machine is slow, not wrong; what fails twice is. The log names what was repeated.
    testTimeout: 30_000,
    retry: 1,
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          environment: "happy-dom",
          isolate: false,
          include: files.filter((name) => !alone.includes(name)),
        },
      },
      { extends: true, test: { name: "alone", environment: "happy-dom", include: alone } },
    ],
  },
});
