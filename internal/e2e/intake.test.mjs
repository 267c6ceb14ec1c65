// Receiving while the platform is away: the link is cut, a clerk receives an
// application at the counter by keys alone, the receipt comes out of the queue
// machine with a number of the hall's own range; when the platform is back, the
// case waits at its desk with that number, its materials and the scan, once, and
// is accepted there. What the platform refuses comes back to the clerk.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { cardNumber } from "../demo/appointments.mjs";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const run = promisify(execFile);
const port = 13200;
const citizen = { name: "周样例", number: cardNumber("1979-03-08", false), phone: "13900000017" };
const account = { name: "林小雨", number: "330100199005200128", phone: "13800000101" };
let hall;
let web;
let counter;
let desk;
let ticket;
let number;

before(async () => {
  [hall, web] = await Promise.all([
    startHall(
      "intake",
      port,
      {
        "counter-3": {
          devices: [{ id: "camera", profile: "pikvm/ustreamer", port: `http://127.0.0.1:${port + 40}` }],
        },
      },
      { platform: true },
    ),
    openBrowser(),
  ]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Takes a ticket for a social card, is called at window 3 and comes. */
async function serve() {
  const taken = await hall.api("/tickets", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${hall.token("--role", "kiosk", "--name", "e2e")}`,
      "Idempotency-Key": crypto.randomUUID(),
    },
    body: JSON.stringify({ service: "social-card", channel: "phone", person: { phone: citizen.phone } }),
  });
  await counter.getByText(taken.number).first().waitFor();
  await usable(counter, "下一位");
  await counter.keyboard.press("F1");
  await usable(counter, "到达");
  await counter.keyboard.press("F3");
  await usable(counter, "完成");
  return taken;
}

/** What the hall knows of what it received. */
const received = async () =>
  (
    await fetch(`${hall.urls.hall}/api/v1/intake`, {
      headers: { Authorization: `Bearer ${hall.token("--role", "manager", "--name", "e2e")}` },
    })
  ).json();
const focused = (page, what) =>
  until(`the keyboard is at ${what}`, () =>
    page.evaluate((w) => [document.activeElement?.name, document.activeElement?.type].includes(w), what),
  );
/** The texts on the last paper of the queue machine, and its QR code. */
async function paper() {
  const got = await until("the receipt is cut", async () => {
    const { tickets } = await hall.sim.device("kiosk-1-printer");
    const last = tickets?.at(-1);
    return last?.cut && last.lines.some((l) => l.text.includes("收件凭证")) ? last : undefined;
  });
  const picture = join(artefacts, "intake", "receipt.png");
  writeFileSync(picture, await hall.sim.picture("kiosk-1-printer", got.n));
  const { stdout } = await run("zbarimg", ["--quiet", "--raw", picture]);
  return { text: got.lines.map((l) => l.text.trim()).join("\n"), qr: stdout.trim() };
}

test("the hall has numbers before the link is cut", async () => {
  await until("numbers were granted", async () => (await received()).left >= 100);
  assert.equal((await received()).linked, true);
  counter = await web.open(hall.urls.counters[2], 1366, 768);
  await signIn(counter, "zhao");
});

test("the platform is killed; the clerk receives by keys alone", async (t) => {
  await t.test("a card is read and a photograph scanned during the visit", async () => {
    ticket = await serve();
    await hall.stop("platform", "SIGKILL");
    await hall.sim.act("counter-3-reader", "lay", {
      card: "citizen",
      person: { name: citizen.name, number: citizen.number },
    });
    await counter.getByRole("region", { name: "证件" }).getByText("居民身份证").waitFor();
    const { sheets } = await hall.sim.device("counter-3-camera");
    await hall.sim.act("counter-3-camera", "lay-sheet", { sheet: sheets[0].id ?? sheets[0] });
    await counter.keyboard.press("F11");
    const preview = counter.getByRole("img", { name: "高拍仪画面" });
    await until("frames come", () => preview.evaluate((img) => img.naturalWidth > 100));
    await counter.keyboard.press("F11");
    const panel = counter.getByRole("region", { name: "材料", exact: true });
    await until(
      "the page is ready",
      async () => (await panel.getByRole("list", { name: "页面" }).locator("img").count()) === 1,
    );
    await panel.getByLabel("材料名称").fill("近期免冠照片");
    await counter.keyboard.press("Control+Enter");
    await panel.getByRole("link", { name: "近期免冠照片" }).waitFor();
    await counter.keyboard.press("Escape");
  });

  await t.test("Alt+S opens what is done without the platform", async () => {
    await counter.getByText(/连不上市级平台，可以先离线收件/).waitFor();
    await web.shot(counter, "intake-away");
    await counter.keyboard.press("Alt+s");
    const dialog = counter.getByRole("dialog", { name: `离线收件 ${ticket.number}` });
    await dialog.getByRole("option").first().waitFor();
    await counter.keyboard.type("社会保障卡");
    await web.shot(counter, "intake-item");
    await counter.keyboard.press("Enter");
    await dialog.getByText("办哪一种？").waitFor();
    await focused(counter, "radio");
    await counter.keyboard.press("Space");
    while (!(await dialog.getByRole("region", { name: /材料（/ }).count())) {
      await until("the next question or the materials", async () => {
        const radios = await dialog.locator("fieldset:last-of-type input:checked").count();
        return radios === 0 || (await dialog.getByRole("region", { name: /材料（/ }).count()) > 0;
      });
      if (await dialog.getByRole("region", { name: /材料（/ }).count()) break;
      await focused(counter, "radio");
      await counter.keyboard.press("Space");
    }
    assert.equal(await dialog.getByLabel("姓名").inputValue(), citizen.name, "from the card");
    assert.equal(await dialog.getByLabel("身份证号码").inputValue(), citizen.number);
    await focused(counter, "phone");
    await counter.keyboard.type("12");
    await counter.keyboard.press("Control+Enter");
    await dialog.getByText("请填写电话号码").waitFor();
    assert.equal((await received()).intakes.length, 0, "nothing is received of what is wrong");
    await focused(counter, "phone");
    await counter.keyboard.press("Control+a");
    await counter.keyboard.type(citizen.phone);
    for (let i = 0; i < 8; i++) {
      await counter.keyboard.press("Tab");
      if ((await counter.evaluate(() => document.activeElement.type)) === "checkbox") break;
    }
    await counter.keyboard.press("Space");
    await dialog.getByText("有扫描件").waitFor();
    await web.shot(counter, "intake-filled");
    await counter.keyboard.press("Control+Enter");
    number = await dialog.getByTestId("intake-number").innerText();
    assert.match(number, /^SQ\d{8}9\d{6}$/);
    await dialog.getByText(/凭证已在.*打印/).waitFor();
    await web.shot(counter, "intake-made");
    await counter.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
  });

  await t.test("the receipt says what was received, and names nobody", async () => {
    const { text, qr } = await paper();
    for (const words of [number, "近期免冠照片（扫描件）", "收件时间", ticket.number, "5 个工作日"]) {
      assert.ok(text.replaceAll("\n", "").includes(words), `${words} in ${text}`);
    }
    const link = new URL(qr);
    assert.equal(link.pathname, "/progress");
    assert.equal(link.searchParams.get("number"), number);
    assert.match(link.searchParams.get("code"), /^[2-9A-Z]{8}$/);
    for (const secret of [citizen.number, citizen.name, citizen.phone])
      assert.ok(!text.includes(secret), secret);
  });

  await t.test("the visit ends; the hall is killed, too, and knows it still", async () => {
    await counter.keyboard.press("F8");
    await until("finished", async () =>
      ["finished", "rated"].includes((await hall.api(`/tickets/${ticket.id}`)).state),
    );
    await hall.stop("hall-server", "SIGKILL");
    hall.start("hall-server");
    const [one] = (await until("the hall is back", () => received().catch(() => undefined))).intakes;
    assert.deepEqual([one.number, one.state], [number, "waiting"]);
    await counter.keyboard.press("Alt+a");
    const dialog = counter.getByRole("dialog", { name: "离线收件" });
    await dialog.getByText("等待上传").first().waitFor();
    await web.shot(counter, "intake-list");
    await counter.keyboard.press("Escape");
  });
});

/** Opens the platform's desk with the received case, found by its number. */
async function findCase() {
  desk = await web.open(`${hall.urls.platform}/healthz`, 1366, 768);
  const answer = await desk.request.post(`${hall.urls.platform}/api/v1/staff/sessions`, {
    data: { account: "shouli", password: "demo1234", code: "246810" },
  });
  assert.equal(answer.status(), 200);
  const found = await desk.request.get(`${hall.urls.platform}/api/v1/acceptance/cases?q=${number}`);
  return (await found.json()).cases;
}

test("the platform is back: the case is there once, with its number and its scan", async () => {
  hall.start("platform");
  await hall.ready();
  const begun = Date.now();
  const one = await until("the platform took it with its scan", async () => {
    const [i] = (await received()).intakes;
    return i.state === "taken" && i.files.every((f) => f.state === "taken") ? i : undefined;
  });
  console.log(`taken ${Date.now() - begun} ms after the platform was ready`);
  const cases = await findCase();
  assert.equal(cases.length, 1);
  assert.equal(cases[0].number, number);
  const view = await (
    await desk.request.get(`${hall.urls.platform}/api/v1/acceptance/cases/${cases[0].id}`)
  ).json();
  assert.equal(view.state, "submitted");
  assert.deepEqual([view.hall, view.window, view.ticket, view.mode], ["demo", "3", ticket.id, "window"]);
  assert.equal(view.who.idNumber, citizen.number);
  const scan = view.materials.find((m) => m.name === "近期免冠照片");
  assert.equal(scan.files?.length, 1, "the scan is the material's");
  assert.equal(
    view.materials.filter((m) => m.source === "paper").length,
    1,
    "what was ticked was seen on paper",
  );
  assert.equal(
    Date.parse(view.submitted),
    Math.floor(Date.parse(one.made)),
    "received when the hall received it",
  );

  // The hall has forgotten whose it is: neither its database nor its log has the number.
  for (const file of ["hall/hall.db", "hall-server.log", "counter-3.log", "platform.log"]) {
    let text = "";
    try {
      text = readFileSync(join(artefacts, "intake", file), "latin1");
    } catch {
      continue;
    }
    assert.ok(!text.includes(citizen.number), `${file} has the ID number`);
  }
});

const step = () => desk.getByRole("button", { name: /^下一步/ });
/** Waits until the next-step key says what it will do. */
const says = (what) => desk.getByRole("button", { name: new RegExp(`^下一步：${what}`) }).waitFor();
/** Presses the next-step key once it says what it will do. */
async function next(what) {
  await says(what);
  await until(`${what} can be done`, () => step().isEnabled());
  await desk.keyboard.press("F2");
}
/** Chooses in the list that has the focus, by the arrow keys. */
async function choose(text) {
  for (let i = 0; i < 60; i++) {
    const at = await desk.evaluate(() => document.activeElement.selectedOptions?.[0]?.text ?? "");
    if (at.includes(text)) return;
    await desk.keyboard.press("ArrowDown");
  }
  throw new Error(`no option ${text}`);
}
/** Fills the general application form in by keys: whatever the next-step key leads to. */
async function fillIn(matter) {
  for (let n = 0; n < 6 && (await step().innerText()).includes("填写申请表"); n++) {
    await desk.keyboard.press("F2");
    const at = await until("the keyboard is in the form", () =>
      desk.evaluate(() => /-(kind|address|matter|declared)$/.exec(document.activeElement?.id)?.[1]),
    );
    if (at === "matter") await desk.keyboard.type(matter);
    else if (at === "address") {
      for (const [i, region] of ["浙江", "东湖市", "东湖区"].entries()) {
        await until("the regions are there", () =>
          desk.evaluate(() => (document.activeElement.options?.length ?? 0) > 1),
        );
        await choose(region);
        await desk.getByLabel(`所在地区，第 ${i + 2} 级`).waitFor();
        await desk.keyboard.press("Enter");
      }
    } else await desk.keyboard.press("Space");
  }
  await says("审查第 1 项");
}

test("the clerk completes the acceptance at the platform's desk", async () => {
  const [{ id }] = await findCase();
  await desk.goto(`${hall.urls.platform}/staff/acceptance/cases/${id}`);
  await says("填写申请表");
  await fillIn("社会保障卡申领。");
  await next("审查第 1 项");
  await desk.keyboard.press("o");
  await next("审查第 2 项");
  await desk.getByRole("link", { name: /近期免冠照片/ }).waitFor();
  await web.shot(desk, "intake-desk");
  await desk.keyboard.press("o");
  await next("受理");
  await desk.getByRole("dialog", { name: "受理" }).waitFor();
  await desk.keyboard.press("F2");
  await says("打印文书");
  const view = await (await desk.request.get(`${hall.urls.platform}/api/v1/acceptance/cases/${id}`)).json();
  assert.deepEqual([view.state, view.number], ["accepted", number]);
  await desk.context().close();
});

test("what the platform refuses comes back to the clerk, who mends it", async () => {
  ticket = await serve();
  await hall.stop("platform");
  await counter.getByText(/连不上市级平台，可以先离线收件/).waitFor();
  await counter.keyboard.press("Alt+s");
  const dialog = counter.getByRole("dialog", { name: `离线收件 ${ticket.number}` });
  await dialog.getByRole("option").first().waitFor();
  await counter.keyboard.press("Enter");
  for (const question of ["办哪一种？", "给谁办？"]) {
    await dialog.getByText(question).waitFor();
    await focused(counter, "radio");
    await counter.keyboard.press("Space");
  }
  await focused(counter, "name");
  for (const typed of ["林大雨", account.number, account.phone]) {
    await counter.keyboard.type(typed);
    await counter.keyboard.press("Tab");
  }
  await counter.keyboard.press("Control+Enter");
  await dialog.getByText(/凭证已在.*打印/).waitFor();
  await counter.keyboard.press("Enter");
  hall.start("platform");
  await hall.ready();
  await counter.getByText("1 件被平台退回，请处理").waitFor({ timeout: 20_000 });
  await counter.keyboard.press("Alt+a");
  const list = counter.getByRole("dialog", { name: "离线收件" });
  await list.getByText(/姓名与身份证号不符/).waitFor();
  await web.shot(counter, "intake-refused");
  await list.getByRole("button", { name: "更正后重新上传" }).press("Enter");
  await focused(counter, "name");
  for (const typed of [account.name, account.number, account.phone]) {
    await counter.keyboard.type(typed);
    await counter.keyboard.press("Tab");
  }
  await counter.keyboard.press("Tab");
  await counter.keyboard.press("Enter");
  await until("it is taken", async () => (await received()).intakes.every((i) => i.state === "taken"));
  await list.getByText("平台已收").nth(1).waitFor();
  await web.shot(counter, "intake-mended");
});
