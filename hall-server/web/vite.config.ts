import { defineConfig } from "vite";
import { pages } from "../../internal/ui/vite";

export default defineConfig(pages(import.meta.url, { agent: "http://127.0.0.1:8080" }));
