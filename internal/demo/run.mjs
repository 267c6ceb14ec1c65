// `make run`: starts the demo hall with a simulator for every device, prints
// where everything is, says "ready", and ends all of it on Ctrl-C.
//
//   PORT=8080     first of the addresses
//   DATA=var/run  folder of everything that is kept
//   FRESH=1       begin anew
//   TRAFFIC=1     simulated citizens and clerks all day; SPEED=4 makes them faster
//   HALLS=1       without the city's second hall
//   DATABASE=postgres://…  the platform's database, if it shall not be SQLite
//   CLOCK=2026-11-23T08:55:00+08:00  starts the hall's clock there
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import concurrently from "concurrently";
import { importAppointments } from "./appointments.mjs";
import { built, demoHall } from "./hall.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const on = (name) => ["1", "true", "yes"].includes(process.env[name] ?? "");
const port = Number(process.env.PORT || 8080);
if (!Number.isInteger(port) || port < 1024 || port > 65000)
  fail(`PORT must be a number from 1024 to 65000, not ${process.env.PORT}`);
if (!built(root)) fail("the programs are not built; run `make build` first");

const hall = demoHall({
  root,
  data: process.env.DATA || join(root, "var/run"),
  port,
  clock: process.env.CLOCK,
  platform: true,
  west: process.env.HALLS !== "1",
  // A printer for whole pages: sample forms, and licences that their holders print themselves.
  more: {
    "kiosk-2": {
      devices: [{ id: "pages", profile: "generic/ipp-a4", port: `ipp://127.0.0.1:${port + 26}/ipp/print` }],
    },
  },
  database: process.env.DATABASE,
});
hall.prepare({ fresh: on("FRESH") });

const commands = hall.commands.map(({ name, args, env }) => ({
  name,
  command: `exec ${args.map(quote).join(" ")}`,
  env,
}));
if (on("TRAFFIC")) {
  commands.push({
    name: "traffic",
    command: `exec node ${quote(join(root, "internal/demo/traffic.mjs"))}`,
    env: {
      HALL: hall.urls.hall,
      KIOSK_TOKEN: hall.token("--role", "kiosk", "--name", "traffic"),
      STAFF_TOKEN: hall.token("--role", "manager", "--name", "traffic"),
    },
  });
}

const { result } = concurrently(commands, {
  cwd: root,
  prefix: "{name}",
  padPrefix: true,
  prefixColors: "auto",
  killOthersOn: ["failure", "success"],
});

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    stopping = true;
  });
result.then(
  () => process.exit(0),
  () => process.exit(stopping ? 0 : 1),
);

try {
  await hall.ready();
  await importAppointments(hall.urls.hall, hall.token("--role", "manager", "--name", "run"));
  console.log(table());
  console.log("ready");
} catch (err) {
  if (!stopping) {
    console.error(`run: ${err.message}`);
    process.kill(process.pid, "SIGTERM");
  }
}

function table() {
  const { urls } = hall;
  const rows = [
    ["大厅实时监控  live board", `${urls.hall}/board`, "manager / demo1234"],
    ["大厅管理      administration", `${urls.hall}/admin`, "admin / demo1234"],
    ["接口说明      API description", `${urls.hall}/api/v1/openapi.json`, "bin/hall-server token --help"],
    ["统计分析      statistics", `${urls.hall}/statistics`, "manager / demo1234"],
    ["短信发件箱    messages", `${urls.hall}/outbox`, "manager / demo1234"],
    ["取号机        kiosks", urls.kiosks.join("  "), ""],
    ["窗口 1–3      counters", urls.counters.join("  "), "li, wang, zhao / demo1234"],
    ["等候区大屏    waiting-area board", `${urls.display}/board`, "add ?sound=1 for the voice"],
    ["窗口屏        window screens", `${urls.display}/window?window=1`, ""],
    ["政务服务网    portal", `${urls.platform}/`, "13800000101 / demo1234, code 246810"],
    ["平台短信      platform's messages", `${urls.platform}/outbox`, "codes that were sent to phones"],
    ["工作人员门户  staff workspace", `${urls.platform}/staff`, "admin, shenbian … / demo1234, code 246810"],
    ["监察          supervision", `${urls.platform}/staff/supervision`, "jiancha / demo1234, code 246810"],
    [
      "平台接口      platform's API",
      `${urls.platform}/api/v1/openapi.json`,
      "staff: admin, shenbian … / demo1234",
    ],
    ...(urls.west
      ? [
          ["西城分中心    second hall", `${urls.west.hall}/board`, "manager / demo1234"],
          ["  取号机 窗口 1  kiosk, counter", `${urls.west.kiosk}  ${urls.west.counter}`, "qian / demo1234"],
        ]
      : []),
    ["模拟设备      simulators", urls.console, "lay a card, take the paper out, press a key"],
  ];
  const width = (text) => [...text].reduce((n, c) => n + (c.codePointAt(0) > 0x2e7f ? 2 : 1), 0);
  const columns = [0, 1].map((i) => Math.max(...rows.map((r) => width(r[i]))));
  const line = (r) =>
    `  ${r
      .map((text, i) => text + " ".repeat(Math.max(0, (columns[i] ?? 0) - width(text))))
      .join("   ")
      .trimEnd()}`;
  return ["", ...rows.map(line), ""].join("\n");
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fail(message) {
  console.error(`run: ${message}`);
  process.exit(2);
}
