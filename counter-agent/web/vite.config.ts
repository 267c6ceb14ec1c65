import { defineConfig } from "vite";
import { elementStyles } from "../../internal/ui/element.ts";
import { pages } from "../../internal/ui/vite.ts";

const common = pages(import.meta.url, { agent: "http://127.0.0.1:8083" });

export default defineConfig({ ...common, plugins: [...(common.plugins ?? []), elementStyles()] });
