import { elementStyles } from "../../internal/ui/element";
import { pages } from "../../internal/ui/vite";

const common = pages(import.meta.url, { agent: "http://127.0.0.1:8090" });

// The pages live at /login, /book …, their files at /assets: addresses from the root.
export default {
  ...common,
  base: "/",
  plugins: [...(common.plugins ?? []), elementStyles()],
};
