// A whole hall for a test: the real programs and a simulator for every device,
// on ports and in a folder of their own.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { demoHall } from "../../demo/hall.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** Screenshots and logs stay here for whoever wants to see what a test saw. */
export const artefacts = join(root, "var/e2e");

/** The programs that can begin at another time; the others ask the hall for it. */
const CLOCKED = ["hall-server", "platform"];

/**
 * Starts a hall called name whose addresses begin at port; more adds to single
 * agents, options are demoHall's. CLOCK in the environment rehearses a suite at
 * another hour: by day the roster wants people at their windows.
 */
export async function startHall(name, port, more = {}, options = {}) {
  const data = join(artefacts, name);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const hall = demoHall({
    root,
    data,
    port,
    idle: "20s",
    ratingWait: "15s",
    more,
    clock: process.env.CLOCK,
    ...options,
  });
  hall.prepare({ fresh: true });
  const running = new Map();

  /** Starts a program of the hall; clock is another one than at the beginning. */
  function start(program, clock) {
    const command = hall.commands.find((c) => c.name === program);
    const args = command.args.map((a, i, all) => (clock && all[i - 1] === "--clock" ? clock : a));
    if (clock && CLOCKED.includes(program) && !args.includes("--clock")) args.push("--clock", clock);
    const child = spawn(args[0], args.slice(1), {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...command.env },
    });
    const log = createWriteStream(join(data, `${program}.log`), { flags: "a" });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const ended = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
    running.set(program, { child, ended });
  }

  /** Ends a program with signal and resolves with how it ended. */
  async function stop(program, signal = "SIGTERM") {
    const { child, ended } = running.get(program);
    running.delete(program);
    child.kill(signal);
    return ended;
  }

  for (const { name: program } of hall.commands) start(program);
  await hall.ready();

  const manager = hall.token("--role", "manager", "--name", "e2e");
  /** Asks the hall's REST API as a manager. */
  async function api(path, init = {}) {
    const res = await fetch(`${hall.urls.hall}/api/v1${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${manager}`, "Content-Type": "application/json", ...init.headers },
    });
    return res.status === 204 ? null : res.json();
  }

  return {
    ...hall,
    api,
    start,
    stop,
    /** Ends every program; each must leave in peace. */
    async close() {
      const ends = await Promise.all(
        [...running.keys()].map(async (program) => [program, await stop(program)]),
      );
      return ends.filter(([, end]) => end.code !== 0);
    },
    sim: simulators(hall.urls.console),
    /** Ends every program and starts it again at another time. */
    async travel(clock) {
      const programs = [...running.keys()];
      await Promise.all(programs.map((program) => stop(program)));
      for (const program of programs) start(program, clock);
      await hall.ready();
    },
  };
}

/** The hands and eyes at the simulated devices. */
function simulators(url) {
  const device = async (id) => {
    const found = (await (await fetch(`${url}/api/devices`)).json()).find((d) => d.id === id);
    if (!found) throw new Error(`no simulated device ${id}`);
    return found;
  };
  return {
    url,
    device,
    async act(id, action, body = {}) {
      const res = await fetch(`${url}/api/devices/${id}/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!res.ok) throw new Error(`${id} ${action}: ${res.status} ${await res.text()}`);
    },
    received: async (id) =>
      Buffer.from(await (await fetch(`${url}/api/devices/${id}/received`)).arrayBuffer()),
    picture: async (id, n) =>
      Buffer.from(await (await fetch(`${url}/api/devices/${id}/tickets/${n}.png`)).arrayBuffer()),
    /** Resolves with the device once holds(device) is true. */
    until: (id, what, holds) =>
      until(what, async () => {
        const d = await device(id);
        return holds(d) ? d : undefined;
      }),
  };
}

/** Resolves with the first truthy result of look; fails after 20 s. */
export async function until(what, look) {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}
