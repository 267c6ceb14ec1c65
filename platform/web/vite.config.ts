import { defineConfig } from "vite";
import { pages } from "../../internal/ui/vite";

// The pages live at /login, /book …, their files at /assets: addresses from the root.
export default defineConfig({ ...pages(import.meta.url, { agent: "http://127.0.0.1:8090" }), base: "/" });
