// @vitest-environment node
import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

const file = (name: string) => new URL(`../${name}`, import.meta.url);

it("has types that are as new as the API's description", async () => {
  const made = COMMENT_HEADER + astToString(await openapiTS(file("openapi.json")));
  const written = readFileSync(file("src/schema.gen.ts"), "utf8");
  // Not a diff of thousands of lines.
  expect(written === made, "run: npm run generate -w hall-server/client").toBe(true);
});
