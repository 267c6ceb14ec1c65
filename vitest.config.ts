import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  test: {
    environment: "happy-dom",
    include: [
      "internal/ui/tests/**/*.test.ts",
      "*/web/tests/**/*.test.ts",
      "hall-server/client/tests/**/*.test.ts",
    ],
  },
});
