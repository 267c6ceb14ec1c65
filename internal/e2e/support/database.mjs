import { execFileSync } from "node:child_process";

/** Makes an empty database on the PostgreSQL server that the URL names, and returns its URL. */
export function emptyDatabase(server) {
  const name = `e2e_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
  execFileSync("psql", [server, "-qc", `CREATE DATABASE ${name}`]);
  return server.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}
