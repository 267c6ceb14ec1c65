import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { pages } from "../../internal/ui/vite.ts";
import { packed } from "./src/writing/strokes.ts";

const base = pages(import.meta.url, { agent: "http://127.0.0.1:8081" });

/**
 * faces puts the models and the WebAssembly programs that compare faces into
 * dist/face, from the packages that bring them. A kiosk reads them only where
 * faces are compared.
 */
function faces(): Plugin {
  const require = createRequire(import.meta.url);
  const models = join(require.resolve("@vladmandic/face-api"), "../../model");
  const programs = join(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"), "../dist");
  const files = [
    ...["tiny_face_detector_model", "face_landmark_68_model", "face_recognition_model"].flatMap((name) => [
      join(models, `${name}.bin`),
      join(models, `${name}-weights_manifest.json`),
    ]),
    join(programs, "tfjs-backend-wasm.wasm"),
    join(programs, "tfjs-backend-wasm-simd.wasm"),
  ];
  return {
    name: "faces",
    generateBundle() {
      for (const file of files) {
        this.emitFile({
          type: "asset",
          fileName: `face/${file.split("/").pop()}`,
          source: readFileSync(file),
        });
      }
    },
  };
}

/**
 * strokes puts the middle lines of the characters that pinyin knows, too, into
 * dist/writing, from the Make Me a Hanzi project's data (Arphic Public License,
 * which stands beside them). A kiosk reads them only when somebody writes by hand.
 */
function strokes(): Plugin {
  const data = join(createRequire(import.meta.url).resolve("hanzi-writer-data/package.json"), "..");
  const table = JSON.parse(readFileSync(new URL("src/parts/pinyin/table.json", import.meta.url), "utf8"));
  const characters = [...new Set(Object.values(table as Record<string, string>).join(""))];
  return {
    name: "strokes",
    generateBundle() {
      const bytes = characters
        .filter((c) => c.length === 1 && existsSync(join(data, `${c}.json`)))
        .flatMap((c) => {
          const { medians } = JSON.parse(readFileSync(join(data, `${c}.json`), "utf8"));
          // The data's y grows upwards, from -124 to 900.
          return packed(
            c,
            medians.map((line: [number, number][]) => line.map(([x, y]) => [x, 900 - y])),
          );
        });
      this.emitFile({ type: "asset", fileName: "writing/strokes.bin", source: Uint8Array.from(bytes) });
      const licence = readFileSync(join(data, "ARPHICPL.TXT"));
      this.emitFile({ type: "asset", fileName: "writing/ARPHICPL.TXT", source: licence });
    },
  };
}

export default defineConfig({ ...base, plugins: [...(base.plugins ?? []), faces(), strokes()] });
