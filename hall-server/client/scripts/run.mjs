// Runs a TypeScript example with any Node: run.mjs examples/take-a-ticket.ts tax.
// Node 22.18 and newer can do without: node examples/take-a-ticket.ts tax.
import { resolve } from "node:path";
import { runnerImport } from "vite";

const [script, ...args] = process.argv.slice(2);
if (!script) throw new Error("which example?");
const file = resolve(script);
process.argv.splice(1, process.argv.length, file, ...args);
await runnerImport(file, { configFile: false, logLevel: "error" });
