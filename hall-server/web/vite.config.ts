import { defineConfig } from "vite";
import { elementStyles } from "../../internal/ui/element";
import { pages } from "../../internal/ui/vite";

const common = pages(import.meta.url, { agent: "http://127.0.0.1:8080" });

export default defineConfig({ ...common, plugins: [...(common.plugins ?? []), elementStyles()] });
