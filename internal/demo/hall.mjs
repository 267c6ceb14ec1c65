// The demo hall: which programs it has, where they listen and the settings
// files they read. Used by `make run` and by the browser tests.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const host = "127.0.0.1";

/**
 * Describes a hall whose addresses begin at port: hall-server, two kiosks, three
 * counters, the display, the simulators' console.
 * more adds settings and devices to single agents, by their id. platform adds
 * the city platform, ten ports further, with the hall as its node; database is
 * its postgres:// URL, if it shall not be SQLite. west adds the city's second
 * hall, thirty ports further: hall-server, one kiosk, one counter.
 * @param {{ root: string, data: string, port?: number, clock?: string, idle?: string, ratingWait?: string,
 *   platform?: boolean, database?: string, west?: boolean,
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
  west = false,
  more = {},
}) {
  const at = (n) => `${host}:${port + n}`;
  const dir = resolve(data);
  const bin = (name) => join(root, "bin", name);
  const dev = (name) => join(dir, "dev", name);
  const printer1 = `tcp://${host}:${port + 20}`;
  const labels1 = `tcp://${host}:${port + 21}`;
  // Where each hall's server keeps its data and listens. The prefix keeps the
  // names of two halls' agents apart.
  const main = { name: "hall-server", prefix: "", data: join(dir, "hall"), addr: at(0), hall: "demo" };
  const second = {
    name: "west-server",
    prefix: "west-",
    data: join(dir, "west-hall"),
    addr: at(30),
    hall: "west",
  };
  const sites = west ? [main, second] : [main];
  const camera1 = `http://${host}:${port + 22}`;
  const scanner1 = `http://${host}:${port + 23}/eSCL`;
  const agents = [
    kiosk("kiosk-1", "一楼正门 1 号取号机", 1, [
      { id: "printer", profile: "generic/escpos-80", port: printer1, roll: "80m" },
      { id: "reader", profile: "generic/sam-v-serial", port: dev("kiosk-1-reader") },
      { id: "scanner", profile: "generic/scanner-serial", port: dev("kiosk-1-scanner") },
    ]),
    kiosk(
      "kiosk-2",
      "一楼东侧 2 号取号机",
      2,
      [
        { id: "printer", profile: "generic/escpos-80", port: dev("kiosk-2-printer"), roll: "80m" },
        { id: "reader", profile: "generic/sam-v-serial", port: dev("kiosk-2-reader") },
        { id: "scanner", profile: "generic/scanner-serial", port: dev("kiosk-2-scanner") },
      ],
      { mode: "terminal", theme: "system" },
    ),
    ...["1", "2", "3"].map((window, i) => counter(window, 3 + i)),
    display(6),
  ].map((a) => ({
    ...a,
    site: main,
    settings: { ...a.settings, ...more[a.id]?.settings },
    devices: [...a.devices, ...(more[a.id]?.devices ?? [])],
  }));
  if (west) {
    agents.push(
      {
        ...kiosk("kiosk-1", "西城分中心取号机", 31, [
          { id: "printer", profile: "generic/escpos-80", port: dev("west-kiosk-1-printer"), roll: "80m" },
          { id: "reader", profile: "generic/sam-v-serial", port: dev("west-kiosk-1-reader") },
          { id: "scanner", profile: "generic/scanner-serial", port: dev("west-kiosk-1-scanner") },
        ]),
        site: second,
      },
      {
        ...counter("1", 32, [
          { id: "reader", profile: "generic/sam-v-serial", port: dev("west-counter-1-reader") },
          { id: "pad", profile: "generic/pad-5key-bin", port: dev("west-counter-1-pad") },
        ]),
        site: second,
      },
    );
  }

  function kiosk(id, name, n, devices, page = { mode: "queue", theme: "system" }) {
    return {
      id,
      program: "kiosk-agent",
      role: "kiosk",
      listen: at(n),
      settings: { name, zone: "A", idle, kiosk: page },
      devices,
    };
  }
  function counter(window, n, devices) {
    const id = `counter-${window}`;
    return {
      id,
      program: "counter-agent",
      role: "clerk",
      window,
      listen: at(n),
      settings: { name: `${window} 号窗口`, window, rating_wait: ratingWait },
      devices: devices ?? [
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
        profile: window === "2" ? "onbon/bx-5k-192x16-areas" : "onbon/bx-5k-64x16",
        port: dev(`strip-${window}`),
        window,
      })),
    };
  }

  const hallData = main.data;
  const config = (name) => join(dir, "config", name);

  /** Prints a token of a hall, as `hall-server token` does. */
  const tokenOf = (site, ...args) =>
    execFileSync(bin("hall-server"), ["token", "--data", site.data, ...args], { encoding: "utf8" }).trim();
  const token = (...args) => tokenOf(main, ...args);

  /** Writes every settings file; JSON is YAML. */
  function prepare({ fresh = false } = {}) {
    if (fresh) rmSync(dir, { recursive: true, force: true });
    for (const d of [join(dir, "config"), join(dir, "dev"), ...sites.map((s) => s.data)])
      mkdirSync(d, { recursive: true, mode: 0o700 });
    if (west && !existsSync(join(second.data, "hall.yaml")))
      copyFileSync(westFile, join(second.data, "hall.yaml"));
    for (const a of agents) {
      const claims = ["--role", a.role, "--name", a.id, ...(a.window ? ["--window", a.window] : [])];
      const settings = {
        agent: a.id,
        hall: `ws://${a.site.addr}/link`,
        token: tokenOf(a.site, ...claims),
        listen: a.listen,
        data: join(dir, nameOf(a)),
        ...a.settings,
        devices: a.devices,
      };
      writeFileSync(config(`${nameOf(a)}.yaml`), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
    }
    const devices = agents.flatMap((a) =>
      a.devices
        .filter(plugged)
        .map((d) => ({ id: `${nameOf(a)}-${d.id}`, agent: nameOf(a), profile: d.profile, port: d.port })),
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
                "--kiosks",
                agents
                  .filter((a) => a.role === "kiosk")
                  .map((a) => `http://${a.listen}`)
                  .join(","),
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
    ...sites.map((s) => ({
      name: s.name,
      args: [bin("hall-server"), "--data", s.data, "--listen", s.addr, ...clocked],
      env: platform
        ? {
            SMARTHALL_PLATFORM: `nats-leaf://${s.hall}:${s.hall}-hall-token@${leaves}`,
            SMARTHALL_PLATFORM_PAGES: `http://${at(10)}`,
          }
        : undefined,
    })),
    ...agents.map((a) => ({
      name: nameOf(a),
      args: [bin(a.program), "--config", config(`${nameOf(a)}.yaml`)],
    })),
  ];

  const urls = {
    hall: `http://${at(0)}`,
    kiosks: [1, 2].map((n) => `http://${at(n)}`),
    counters: [3, 4, 5].map((n) => `http://${at(n)}`),
    display: `http://${at(6)}`,
    console: `http://${at(7)}`,
    platform: platform ? `http://${at(10)}` : undefined,
    west: west
      ? { hall: `http://${at(30)}`, kiosk: `http://${at(31)}`, counter: `http://${at(32)}` }
      : undefined,
  };

  /** Resolves when every program answers and every agent is connected. */
  async function ready(timeoutMs = 60_000) {
    const waitFor = [
      ...sites.map((s) => [s.name, `http://${s.addr}/readyz`]),
      ...agents.map((a) => [nameOf(a), `http://${a.listen}/healthz`]),
      ["simulators", `${urls.console}/api/devices`],
      ...(urls.platform ? [["platform", `${urls.platform}/readyz`]] : []),
    ];
    const until = Date.now() + timeoutMs;
    for (const [name, url] of waitFor) {
      await poll(until, `${name} does not answer at ${url}`, async () => (await fetch(url)).ok);
    }
    for (const site of sites) await agentsReady(site, until);
  }

  /** Resolves when every agent of a hall is connected and well. */
  async function agentsReady(site, until) {
    const manager = tokenOf(site, "--role", "manager", "--name", "run");
    const own = agents.filter((a) => a.site === site);
    let unwell = [];
    const failure = () => `not every agent of ${site.name} is connected and well: ${unwell.join(", ")}`;
    await poll(until, failure, async () => {
      const res = await fetch(`http://${site.addr}/api/v1/board`, {
        headers: { Authorization: `Bearer ${manager}` },
      });
      const board = await res.json();
      const mine = board.agents.filter((b) => own.some((a) => a.id === b.id));
      unwell = mine.flatMap((a) => {
        if (!a.online || a.devices.length === 0) return [a.id];
        return a.devices
          .filter((d) => d.state !== "online" && plugged(d))
          .map((d) => `${a.id} ${d.id} ${d.state}`);
      });
      return mine.length === own.length && unwell.length === 0;
    });
  }

  /** Prints a token of the second hall. */
  const westToken = (...args) => tokenOf(second, ...args);

  return { agents, commands, dir, hallData, prepare, ready, token, urls, westToken };
}

/** The second hall's settings, which its server begins with. */
const westFile = join(dirname(fileURLToPath(import.meta.url)), "west.yaml");

/** An agent's name among those of all halls. */
const nameOf = (agent) => agent.site.prefix + agent.id;

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
