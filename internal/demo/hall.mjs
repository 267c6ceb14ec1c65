// The demo hall: which programs it has, where they listen and the settings
// files they read. Used by `make run` and by the browser tests.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const host = "127.0.0.1";

/**
 * Describes a hall whose addresses begin at port: hall-server, two kiosks, three
 * counters, the display, the simulators' console.
 * more adds settings and devices to single agents, by their id. platform adds
 * the city platform, ten ports further, with the hall as its node; database is
 * its postgres:// URL, if it shall not be SQLite.
 * @param {{ root: string, data: string, port?: number, clock?: string, idle?: string, ratingWait?: string,
 *   platform?: boolean, database?: string,
 *   more?: Record<string, { settings?: object, devices?: { id: string, profile: string, port: string }[] }> }} options
 */
export function demoHall({
  root,
  data,
  port = 8080,
  clock,
  idle = "45s",
  ratingWait = "20s",
  platform = false,
  database,
  more = {},
}) {
  const at = (n) => `${host}:${port + n}`;
  const dir = resolve(data);
  const bin = (name) => join(root, "bin", name);
  const dev = (name) => join(dir, "dev", name);
  const printer1 = `tcp://${host}:${port + 20}`;
  const labels1 = `tcp://${host}:${port + 21}`;
  const camera1 = `http://${host}:${port + 22}`;
  const scanner1 = `http://${host}:${port + 23}/eSCL`;
  const agents = [
    kiosk("kiosk-1", "一楼正门 1 号取号机", 1, [
      { id: "printer", profile: "generic/escpos-80", port: printer1 },
      { id: "reader", profile: "generic/sam-v-serial", port: dev("kiosk-1-reader") },
      { id: "scanner", profile: "generic/scanner-serial", port: dev("kiosk-1-scanner") },
    ]),
    kiosk("kiosk-2", "一楼东侧 2 号取号机", 2, [
      { id: "printer", profile: "generic/escpos-80", port: dev("kiosk-2-printer") },
      { id: "reader", profile: "generic/sam-v-serial", port: dev("kiosk-2-reader") },
      { id: "scanner", profile: "generic/scanner-serial", port: dev("kiosk-2-scanner") },
    ]),
    ...["1", "2", "3"].map((window, i) => counter(window, 3 + i)),
    display(6),
  ].map((a) => ({
    ...a,
    settings: { ...a.settings, ...more[a.id]?.settings },
    devices: [...a.devices, ...(more[a.id]?.devices ?? [])],
  }));

  function kiosk(id, name, n, devices) {
    return {
      id,
      program: "kiosk-agent",
      role: "kiosk",
      listen: at(n),
      settings: { name, zone: "A", idle },
      devices,
    };
  }
  function counter(window, n) {
    const id = `counter-${window}`;
    return {
      id,
      program: "counter-agent",
      role: "clerk",
      window,
      listen: at(n),
      settings: { name: `${window} 号窗口`, window, rating_wait: ratingWait },
      devices: [
        { id: "reader", profile: "generic/sam-v-serial", port: dev(`${id}-reader`) },
        { id: "pad", profile: "generic/pad-5key-bin", port: dev(`${id}-pad`) },
        { id: "scanner", profile: "generic/scanner-serial", port: dev(`${id}-scanner`) },
        ...(window === "1"
          ? [
              { id: "labels", profile: "generic/tspl-203", port: labels1 },
              { id: "camera", profile: "generic/document-camera", port: camera1 },
              { id: "document-scanner", profile: "generic/escl-a3", port: scanner1 },
            ]
          : []),
      ],
    };
  }
  function display(n) {
    return {
      id: "display-1",
      program: "display",
      role: "display",
      listen: at(n),
      settings: { name: "大厅显示", voice: { enabled: true, volume: 80 } },
      devices: ["1", "2", "3"].map((window) => ({
        id: `strip-${window}`,
        profile: "onbon/bx-5k-64x16",
        port: dev(`strip-${window}`),
        window,
      })),
    };
  }

  const hallData = join(dir, "hall");
  const config = (name) => join(dir, "config", name);

  /** Prints a token of the hall, as `hall-server token` does. */
  const token = (...args) =>
    execFileSync(bin("hall-server"), ["token", "--data", hallData, ...args], { encoding: "utf8" }).trim();

  /** Writes every settings file; JSON is YAML. */
  function prepare({ fresh = false } = {}) {
    if (fresh) rmSync(dir, { recursive: true, force: true });
    for (const d of ["config", "dev", "hall"]) mkdirSync(join(dir, d), { recursive: true, mode: 0o700 });
    for (const a of agents) {
      const claims = ["--role", a.role, "--name", a.id, ...(a.window ? ["--window", a.window] : [])];
      const settings = {
        agent: a.id,
        hall: `ws://${at(0)}/link`,
        token: token(...claims),
        listen: a.listen,
        data: join(dir, a.id),
        ...a.settings,
        devices: a.devices,
      };
      writeFileSync(config(`${a.id}.yaml`), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
    }
    const devices = agents.flatMap((a) =>
      a.devices
        .filter(plugged)
        .map((d) => ({ id: `${a.id}-${d.id}`, agent: a.id, profile: d.profile, port: d.port })),
    );
    writeFileSync(config("simulators.yaml"), `${JSON.stringify({ devices }, null, 2)}\n`);
  }

  const leaves = at(24);
  const clocked = clock ? ["--clock", clock] : [];
  const commands = [
    ...(platform
      ? [
          {
            name: "platform",
            args: [
              bin("platform"),
              ...[
                "--data",
                join(dir, "platform"),
                "--listen",
                at(10),
                "--halls",
                leaves,
                "--demo",
                ...clocked,
              ],
            ],
            env: database ? { SMARTHALL_DATABASE: database } : undefined,
          },
        ]
      : []),
    {
      name: "simulators",
      args: [bin("smarthall-profile"), "simulate", "--config", config("simulators.yaml"), "--listen", at(7)],
    },
    {
      name: "hall-server",
      args: [bin("hall-server"), "--data", hallData, "--listen", at(0), ...clocked],
      env: platform ? { SMARTHALL_PLATFORM: `nats-leaf://demo:demo-hall-token@${leaves}` } : undefined,
    },
    ...agents.map((a) => ({ name: a.id, args: [bin(a.program), "--config", config(`${a.id}.yaml`)] })),
  ];

  const urls = {
    hall: `http://${at(0)}`,
    kiosks: [1, 2].map((n) => `http://${at(n)}`),
    counters: [3, 4, 5].map((n) => `http://${at(n)}`),
    display: `http://${at(6)}`,
    console: `http://${at(7)}`,
    platform: platform ? `http://${at(10)}` : undefined,
  };

  /** Resolves when every program answers and every agent is connected. */
  async function ready(timeoutMs = 60_000) {
    const manager = token("--role", "manager", "--name", "run");
    const waitFor = [
      ["hall-server", `${urls.hall}/readyz`],
      ...agents.map((a) => [a.id, `http://${a.listen}/healthz`]),
      ["simulators", `${urls.console}/api/devices`],
      ...(urls.platform ? [["platform", `${urls.platform}/readyz`]] : []),
    ];
    const until = Date.now() + timeoutMs;
    for (const [name, url] of waitFor) {
      await poll(until, `${name} does not answer at ${url}`, async () => (await fetch(url)).ok);
    }
    let unwell = [];
    const failure = () => `not every agent is connected and well: ${unwell.join(", ")}`;
    await poll(until, failure, async () => {
      const res = await fetch(`${urls.hall}/api/v1/board`, {
        headers: { Authorization: `Bearer ${manager}` },
      });
      const board = await res.json();
      const mine = board.agents.filter((b) => agents.some((a) => a.id === b.id));
      unwell = mine.flatMap((a) => {
        if (!a.online || a.devices.length === 0) return [a.id];
        return a.devices
          .filter((d) => d.state !== "online" && plugged(d))
          .map((d) => `${a.id} ${d.id} ${d.state}`);
      });
      return mine.length === agents.length && unwell.length === 0;
    });
  }

  return { agents, commands, dir, hallData, prepare, ready, token, urls };
}

/** Tells whether a device is one that is plugged in, rather than a page that somebody opens. */
const plugged = (device) => !device.port?.startsWith("page:");

async function poll(until, failure, done) {
  for (;;) {
    try {
      if (await done()) return;
    } catch {
      // Not there yet.
    }
    if (Date.now() > until) throw new Error(typeof failure === "function" ? failure() : failure);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** Tells whether the programs have been built. */
export function built(root) {
  return ["hall-server", "kiosk-agent", "counter-agent", "display", "platform", "smarthall-profile"].every(
    (name) => existsSync(join(root, "bin", name)),
  );
}
