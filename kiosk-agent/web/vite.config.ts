import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { pages } from "../../internal/ui/vite.ts";
import { DATA, strokeFile } from "./strokes.ts";

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
 * dist/writing, with their licence. A kiosk reads them only when somebody writes
 * by hand.
 */
function strokes(): Plugin {
  return {
    name: "strokes",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "writing/strokes.bin", source: strokeFile() });
      const licence = readFileSync(join(DATA, "ARPHICPL.TXT"));
      this.emitFile({ type: "asset", fileName: "writing/ARPHICPL.TXT", source: licence });
    },
  };
}

export default defineConfig({ ...base, plugins: [...(base.plugins ?? []), faces(), strokes()] });
