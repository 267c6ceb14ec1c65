// Runs the browser suites named on the command line, three at a time: each
// starts a whole hall of its own and waits for a quarter of its time, for a
// device, a clock or another program, so that two leave two cores idle.
//
// A suite that fails is run once more, alone. Where it passes then, neither
// the pages nor the rules were wrong but a wait of the test was too short for
// a busy machine: it counts as passed and is named as "unsteady" with what it
// said, so that somebody mends it. More than four failing suites are no
// accident and aren't repeated.
//
// The last lines name every failing test and count: "# pass N", "# fail N".

import path from "node:path";
import { Transform } from "node:stream";
import { run } from "node:test";
import { tap } from "node:test/reporters";

const TIMEOUT = 480_000;
const REPEATED_AT_MOST = 4;
const AT_ONCE = 3;

const files = process.argv.slice(2).map((name) => path.resolve(import.meta.dirname, name));

/** The suites' tests as they end: numbers by suite, and what failures said. */
async function once(suites, concurrency) {
  const counts = new Map(suites.map((file) => [file, { pass: 0, fail: 0, skipped: 0 }]));
  const said = new Map();
  const took = new Map();
  const stream = run({ files: suites, concurrency, timeout: TIMEOUT });
  const of = (data) =>
    suites.find((file) => file === data.file || file === data.name || data.name === path.basename(file));
  const whole = (data) => data.details?.type === "suite" || suites.includes(data.name);
  stream.on("test:complete", (data) => {
    if (suites.includes(data.name)) took.set(data.name, Math.round(data.details.duration_ms / 1000));
  });
  stream.on("test:pass", (data) => {
    const count = counts.get(of(data));
    if (count && !whole(data)) count[data.skip === undefined || data.skip === false ? "pass" : "skipped"]++;
  });
  stream.on("test:fail", (data) => {
    const file = of(data);
    if (!file) return;
    const count = counts.get(file);
    const consequence = data.details?.error?.failureType === "subtestsFailed";
    if (!whole(data) || (!consequence && count.fail === 0)) count.fail++;
    if (!consequence)
      said.set(file, [...(said.get(file) ?? []), `${data.name}\n    ${reason(data.details?.error)}`]);
    else if (!said.has(file)) said.set(file, []);
  });
  const shown = stream.compose(tap).compose(withoutTotals());
  for await (const piece of shown) process.stdout.write(piece);
  return { counts, said, took };
}

/** What a failure said, in at most six lines. */
function reason(error) {
  const text = error?.cause?.stack ?? error?.cause?.message ?? error?.message ?? String(error);
  return String(text).split("\n").slice(0, 6).join("\n    ");
}

/** The runner's own totals count a repeated suite twice; ours are printed at the end. */
function withoutTotals() {
  let rest = "";
  const keep = (line) => !/^# (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(line);
  return new Transform({
    transform(chunk, _encoding, done) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      const kept = lines.filter(keep);
      done(null, kept.length ? `${kept.join("\n")}\n` : "");
    },
    flush(done) {
      done(null, rest && keep(rest) ? rest : "");
    },
  });
}

const first = await once(files, AT_ONCE);
const repeated = first.said.size > 0 && first.said.size <= REPEATED_AT_MOST ? [...first.said.keys()] : [];
const second = repeated.length ? await once(repeated, 1) : { counts: new Map(), said: new Map() };

// The longest should begin first: an order that ends with one leaves a core idle.
const times = [...first.took].sort((a, b) => b[1] - a[1]);
if (times.length > 2)
  console.log(`# seconds: ${times.map(([f, s]) => `${path.basename(f, ".test.mjs")} ${s}`).join(", ")}`);

const total = { pass: 0, fail: 0, skipped: 0 };
for (const file of files) {
  const count = second.counts.get(file) ?? first.counts.get(file);
  for (const key of Object.keys(total)) total[key] += count[key];
}
for (const [file, failures] of first.said) {
  const again = second.counts.has(file) && !second.said.has(file);
  const kind = again ? "unsteady" : "failed";
  for (const one of failures.length ? failures : ["the suite as a whole"])
    console.log(`${kind}: ${path.basename(file)}: ${one}`);
}
for (const [file, failures] of second.said)
  for (const one of failures) console.log(`failed twice: ${path.basename(file)}: ${one}`);
if (
  files.some((file) => {
    const count = first.counts.get(file);
    return count.pass + count.fail + count.skipped === 0;
  })
) {
  console.log("failed: a suite ran no test");
  total.fail++;
}
console.log(`# skipped ${total.skipped}\n# pass ${total.pass}\n# fail ${total.fail}`);
process.exitCode = total.fail ? 1 : 0;
