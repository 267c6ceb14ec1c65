import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { pages } from "../../internal/ui/vite";

const components = fileURLToPath(new URL("../../node_modules/element-plus/es/components/", import.meta.url));

/** elementStyles brings the styles of just the Element Plus components that a module imports by name. */
function elementStyles(): Plugin {
  return {
    name: "element-styles",
    transform(code, id) {
      if (!id.includes("/web/src/staff/") || !code.includes("element-plus")) return null;
      const styles = new Set<string>();
      for (const [, names = ""] of code.matchAll(/import\s*\{([^}]*)\}\s*from\s*["']element-plus["']/g)) {
        for (const [, name = ""] of names.matchAll(/(?:^|,)\s*El([A-Z]\w*)/g)) {
          const kebab = name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();
          if (existsSync(`${components}${kebab}/style/css.mjs`)) styles.add(kebab);
        }
      }
      const imports = [...styles].map((s) => `import "element-plus/es/components/${s}/style/css.mjs";`);
      return imports.length > 0 ? { code: `${code}\n${imports.join("\n")}`, map: null } : null;
    },
  };
}

const common = pages(import.meta.url, { agent: "http://127.0.0.1:8090" });

// The pages live at /login, /book …, their files at /assets: addresses from the root.
export default {
  ...common,
  base: "/",
  plugins: [...(common.plugins ?? []), elementStyles()],
};
