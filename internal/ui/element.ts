import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const components = fileURLToPath(new URL("../../node_modules/element-plus/es/components/", import.meta.url));

/**
 * elementStyles brings the styles of just the Element Plus components that a
 * module imports by name: a page loads what it shows, and nothing twice.
 */
export function elementStyles(): Plugin {
  return {
    name: "element-styles",
    transform(code, id) {
      if (id.includes("/node_modules/") || !code.includes("element-plus")) return null;
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
