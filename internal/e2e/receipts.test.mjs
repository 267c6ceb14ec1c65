// Three public encoders, which share nothing with ours, print to the simulated
// receipt printer over TCP. What they meant must be what stands on its paper:
// the text, the QR code as another program reads it from the picture, the cut.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { artefacts, root } from "./support/hall.mjs";

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const url = "http://127.0.0.1:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG";
const data = join(artefacts, "receipts");

/** Each test has a printer of its own, so that every ticket is the first. */
const names = ["receiptline", "receiptline-raster", "thermal", "encoder", "encoder-raster", "torn"];
const ports = {};
let base;
let child;

before(async () => {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const free = await freePorts(names.length + 1);
  const devices = names.map((id, i) => {
    ports[id] = free[i];
    const profile = id.endsWith("-raster") ? "generic/escpos-58" : "generic/escpos-80";
    return { id, agent: "test", profile, port: `tcp://127.0.0.1:${free[i]}`, tear_after: "300ms" };
  });
  const file = join(data, "simulators.yaml");
  writeFileSync(file, JSON.stringify({ devices }));
  base = `http://127.0.0.1:${free[names.length]}`;
  const program = process.env.SMARTHALL_PROFILE ?? join(root, "bin/smarthall-profile");
  child = spawn(program, ["simulate", "--config", file, "--listen", base.slice("http://".length)], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(data, "simulators.log"));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  await until("the console", async () => (await fetch(`${base}/api/devices`)).ok);
});

after(async () => {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
});

/** Ports that nobody listens at. */
async function freePorts(n) {
  const servers = [];
  for (let i = 0; i < n; i++) {
    const server = createServer();
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    servers.push(server);
  }
  const found = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((done) => s.close(done))));
  return found;
}

async function until(what, ok) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const got = await Promise.resolve(ok()).catch(() => undefined);
    if (got) return got;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Sends bytes to a printer in pieces of some bytes, as a network may. */
function send(id, bytes) {
  return new Promise((done, fail) => {
    const socket = connect(ports[id], "127.0.0.1", async () => {
      for (let i = 0; i < bytes.length; i += 97) socket.write(bytes.subarray(i, i + 97));
      socket.end();
    });
    socket.on("close", done);
    socket.on("error", fail);
    socket.resume();
  });
}

/** The first ticket of a printer, once it is parted from the roll. */
function ticket(id) {
  return until(`a ticket of ${id}`, async () => {
    const found = (await (await fetch(`${base}/api/devices`)).json()).find((d) => d.id === id);
    return found.tickets?.find((t) => t.cut);
  });
}

/** Its texts without padding; a rule of one character stands as that. */
function texts({ lines }) {
  return lines.map((l) => l.text.trim().replace(/^(.)\1{20,}$/u, "$1")).filter((text) => text);
}

/** What zbarimg reads in the picture of a printer's first ticket. */
async function zbar(id, { n }) {
  const picture = join(data, `${id}.png`);
  const answer = await fetch(`${base}/api/devices/${id}/tickets/${n}.png`);
  writeFileSync(picture, Buffer.from(await answer.arrayBuffer()));
  const { stdout } = await run("zbarimg", ["--quiet", "--raw", picture]);
  return stdout.trim();
}

const slip = `{width:*}
^^^市民中心
---
^^^^A012
您前面还有 6 位，约 15 分钟
{code:${url}; option:qrcode,5,m}
请带：身份证、社保卡
`;

test("receiptline: Chinese text, a QR code and the cut", async () => {
  const { transform } = require("receiptline");
  const stream = transform(slip, { cpl: 48, encoding: "gb18030", command: "escpos", cutting: true });
  await send("receiptline", Buffer.from(stream, "latin1"));
  const got = await ticket("receiptline");
  assert.match(got.cut, /partial|full/);
  const seen = texts(got).filter((text) => !/^[─\uFFFD-]$/u.test(text));
  assert.deepEqual(seen, ["市民中心", "A012", "您前面还有 6 位，约 15 分钟", "请带：身份证、社保卡"]);
  assert.equal(await zbar("receiptline", got), url);
});

test("receiptline: the narrow printer gets the same ticket", async () => {
  const { transform } = require("receiptline");
  const stream = transform(slip, { cpl: 32, encoding: "gb18030", command: "escpos", cutting: false });
  await send("receiptline-raster", Buffer.from(stream, "latin1"));
  const got = await ticket("receiptline-raster");
  assert.equal(got.cut, "torn", "nobody cut it");
  assert.ok(texts(got).includes("您前面还有 6 位，约 15 分钟"));
  assert.equal(await zbar("receiptline-raster", got), url);
});

test("node-thermal-printer: Chinese text, styles, a QR code and the cut", async () => {
  const { ThermalPrinter, PrinterTypes, CharacterSet } = require("node-thermal-printer");
  const printer = new ThermalPrinter({
    type: PrinterTypes.EPSON,
    interface: `tcp://127.0.0.1:${ports.thermal}`,
    characterSet: CharacterSet.CHINA,
    width: 48,
  });
  printer.alignCenter();
  printer.println("市民中心");
  printer.drawLine();
  printer.bold(true);
  printer.setTextSize(1, 1);
  printer.println("A012");
  printer.setTextNormal();
  printer.bold(false);
  printer.alignLeft();
  printer.println("请到 3 号窗口附近等候");
  printer.leftRight("Window 3", "10:24"); // it counts a Chinese character as one column
  printer.printQR(url, { cellSize: 5 });
  printer.newLine();
  printer.cut();
  await printer.execute();
  const got = await ticket("thermal");
  assert.match(got.cut, /partial|full/);
  const seen = texts(got);
  for (const text of ["市民中心", "A012", "请到 3 号窗口附近等候"])
    assert.ok(seen.includes(text), `${text} in ${seen}`);
  assert.ok(seen.some((text) => /^Window 3 {35}10:24$/.test(text)));
  const number = got.lines.find((l) => l.text === "A012");
  assert.deepEqual([number.size, number.bold, number.align], [2, true, "center"]);
  assert.equal(await zbar("thermal", got), url);
});

for (const [id, options, cut] of [
  ["encoder", { columns: 48, printerModel: "epson-tm-t88v" }, /partial|full/],
  ["encoder-raster", { columns: 32, language: "esc-pos" }, /torn/],
]) {
  test(`receipt-printer-encoder (${id}): text, styles, a QR code, the end`, async () => {
    const { default: ReceiptPrinterEncoder } = await import("@point-of-sale/receipt-printer-encoder");
    const encoder = new ReceiptPrinterEncoder(options)
      .initialize()
      .align("center")
      .bold(true)
      .size(2, 2)
      .line("A012")
      .size(1, 1)
      .bold(false)
      .align("left")
      .line("3 people before you")
      .rule({ style: "single" })
      .align("center")
      .qrcode(url, { model: 2, size: 5, errorlevel: "m" })
      .line("thank you");
    if (id === "encoder") encoder.cut("partial");
    await send(id, Buffer.from(encoder.encode()));
    const got = await ticket(id);
    assert.match(got.cut, cut);
    const seen = texts(got);
    for (const text of ["A012", "3 people before you", "thank you"])
      assert.ok(seen.includes(text), `${text} in ${seen}`);
    const number = got.lines.find((l) => l.text.trim() === "A012");
    assert.deepEqual([number.size, number.bold], [2, true]);
    assert.equal(await zbar(id, got), url);
  });
}

test("what no cutter parts is torn off once nothing more comes", async () => {
  await send("torn", Buffer.from("half a ticket\n"));
  const got = await ticket("torn");
  assert.equal(got.cut, "torn");
  assert.deepEqual(texts(got), ["half a ticket"]);
});
