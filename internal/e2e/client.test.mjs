// The TypeScript client's examples, run as their readers would, against the
// real hall-server.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { artefacts, root, until } from "./support/hall.mjs";

const address = "127.0.0.1:9480";
const url = `http://${address}`;
const data = join(artefacts, "client");
const server = join(root, "bin/hall-server");
const client = join(root, "hall-server/client");
let hall;

before(async () => {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  hall = spawn(server, ["--data", data, "--listen", address], { stdio: ["ignore", "ignore", "pipe"] });
  hall.stderr.pipe(createWriteStream(join(data, "hall-server.log")));
  await until("the hall is ready", async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok);
});

after(async () => {
  const ended = new Promise((done) => hall.once("exit", done));
  hall.kill("SIGTERM");
  assert.equal(await ended, 0, "the hall-server leaves in peace");
});

/** Starts an example with a token of role; its output grows in the result. */
function example(name, args, ...claims) {
  const token = execFileSync(server, ["token", "--data", data, ...claims], { encoding: "utf8" }).trim();
  const child = spawn(process.execPath, ["scripts/run.mjs", `examples/${name}.ts`, ...args], {
    cwd: client,
    env: { ...process.env, HALL_URL: url, HALL_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = { out: "", err: "", child };
  child.stdout.on("data", (chunk) => {
    run.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    run.err += chunk;
  });
  run.ended = new Promise((done) => child.once("close", done));
  return run;
}

/** Runs an example to its end and returns what it printed. */
async function runToEnd(...what) {
  const run = example(...what);
  const code = await run.ended;
  assert.equal(code, 0, `${what[0]} ended with ${code}: ${run.err}`);
  assert.equal(run.err, "");
  return run.out;
}

test("tickets are taken, called and told of", async () => {
  const receiver = example("receive-webhooks", ["2"], "--role", "manager");
  await until("the receiver listens", () => receiver.out.includes("listening as webhook"));

  const kiosk = ["--role", "kiosk", "--name", "front-desk"];
  const first = await runToEnd("take-a-ticket", ["tax"], ...kiosk);
  assert.match(first, /^C001 涉税业务办理, 0 before you\nhttp:\/\/\S+\/t\/\S+\n$/);
  const second = await runToEnd("take-a-ticket", ["social-card"], ...kiosk);
  assert.match(second, /^\w\d{3} .+, 0 before you\n/);

  const clerk = (window) => ["--role", "clerk", "--window", window, "--name", `script-${window}`];
  assert.match(await runToEnd("call-next", ["4"], ...clerk("4")), /^served C001 \(.+\)\n$/);
  assert.match(await runToEnd("call-next", ["8"], ...clerk("8")), /^served \w\d{3} \(.+\)\n$/);

  assert.equal(await receiver.ended, 0, receiver.err);
  const [, ...told] = receiver.out.trim().split("\n");
  assert.equal(told[0], "ticket.called C001 to window 4");
  assert.match(told[1], /^ticket\.called \w\d{3} to window 8$/);
  assert.equal(told.length, 2);
});

test("bookings are brought in once, however often they come", async () => {
  const file = join(data, "bookings.json");
  const start = new Date(Date.now() + 3_600_000).toISOString();
  const bookings = ["YY-1", "YY-2"].map((number, i) => ({
    number,
    service: "tax",
    start,
    minutes: 30,
    name: "王小明",
    phone: `1380000001${i}`,
  }));
  const manager = ["--role", "manager", "--name", "booking"];
  for (let i = 0; i < 2; i++) {
    writeFileSync(file, JSON.stringify(bookings));
    assert.equal(await runToEnd("import-appointments", [file], ...manager), "sent 2, the hall has 2\n");
  }
  bookings[1].service = "no-such-service";
  writeFileSync(file, JSON.stringify(bookings));
  const run = example("import-appointments", [file], ...manager);
  assert.equal(await run.ended, 1);
  assert.match(run.err, /^[^\n]*[\u4e00-\u9fff]/, "a sentence for people");
});

test("a refusal is shown in words", async () => {
  const run = example("take-a-ticket", ["no-such-service"], "--role", "kiosk", "--name", "front-desk");
  assert.equal(await run.ended, 1);
  assert.equal(run.err, "没有这项业务\n");
});
