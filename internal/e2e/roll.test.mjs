// Whoever puts a new paper roll into a ticket printer says so at the board, and
// the machine counts its tickets anew.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, signInWall } from "./support/pages.mjs";

let hall;
let web;
let wall;
before(async () => {
  const slips = { id: "slips", profile: "generic/escpos-80", port: "tcp://127.0.0.1:13031", roll: "80m" };
  [hall, web] = await Promise.all([
    startHall("roll", 13000, { "counter-2": { devices: [slips] } }),
    openBrowser(),
  ]);
  wall = await web.open(`${hall.urls.hall}/board`);
  await signInWall(wall, "manager");
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

const detail = () => wall.getByRole("dialog", { name: "详情" });
const printer = async () => {
  const board = await hall.api("/board");
  return board.agents.find((a) => a.id === "kiosk-1").devices.find((d) => d.id === "printer");
};

test("a new roll is said on the board, and the tickets left are a whole roll's", async () => {
  for (let i = 0; i < 3; i++) {
    await hall.api("/agents/kiosk-1/test-print", { method: "POST", body: "{}" });
  }
  const before = await until("an estimate", async () => {
    const d = await printer();
    return d.paperLeft !== undefined ? d : undefined;
  });

  await wall
    .getByRole("region", { name: "平面图" })
    .getByRole("button", { name: /1 号取号机/ })
    .click();
  await detail().getByText(`约剩 ${before.paperLeft} 张`).waitFor();
  await detail().getByRole("button", { name: "新纸卷已装" }).click();
  const sure = detail().getByRole("group", { name: /确认已换上整卷新纸/ });
  await sure.getByRole("button", { name: "确认已换" }).waitFor();
  await web.shot(wall, "board-roll-sure");
  await wall.keyboard.press("Escape"); // a slip of the finger changes nothing
  await sure.waitFor({ state: "detached" });
  assert.equal((await printer()).rollSince, before.rollSince);

  await detail().getByRole("button", { name: "新纸卷已装" }).click();
  await sure.getByRole("button", { name: "确认已换" }).click();
  await sure.waitFor({ state: "detached" });
  const now = await printer();
  assert.ok(now.paperLeft > before.paperLeft, `${now.paperLeft} left of ${before.paperLeft}`);
  assert.ok(now.rollSince > before.rollSince);
  await detail().getByText(`约剩 ${now.paperLeft} 张`).waitFor();
  await detail().getByText("距上次换卷：刚刚").waitFor();
  await web.shot(wall, "board-roll");
});

test("a machine that is away can't be told, and the board says so", async () => {
  await detail().getByRole("button", { name: "新纸卷已装" }).waitFor();
  const old = await printer();
  assert.equal(await hall.stop("kiosk-1").then((end) => end.code), 0);
  await detail().getByText("没有连接", { exact: true }).first().waitFor();
  await detail().getByRole("button", { name: "新纸卷已装" }).waitFor({ state: "detached" });
  const answer = await hall.api("/agents/kiosk-1/devices/printer/new-roll", { method: "POST" });
  assert.equal(answer.code, "agent.away");
  assert.match(answer.detail, /没有连上/);
  hall.start("kiosk-1");
  await detail().getByRole("button", { name: "新纸卷已装" }).waitFor();
  await until("the count is as it was", async () => (await printer()).paperLeft === old.paperLeft);
});

test("the clerk whose desk has a printer says it in two keys", async () => {
  const slips = async () => {
    const board = await hall.api("/board");
    return board.agents.find((a) => a.id === "counter-2")?.devices?.find((d) => d.id === "slips");
  };
  const desk = await web.open(hall.urls.counters[1], 1366, 768);
  await signIn(desk, "wang");
  const before = await until("the printer counts", async () => {
    const d = await slips();
    return d?.rollSince ? d : undefined;
  });
  const button = desk.getByRole("button", { name: "换纸卷" });
  await button.waitFor();
  await desk.keyboard.press("r");
  const go = desk.getByRole("dialog").getByRole("button", { name: "新纸卷已装" });
  await until("its key has the focus", () => go.evaluate((e) => e === document.activeElement));
  await web.shot(desk, "counter-roll");
  await desk.keyboard.press("Escape"); // a slip of the finger changes nothing
  await go.waitFor({ state: "detached" });
  assert.equal((await slips()).rollSince, before.rollSince);
  await desk.keyboard.press("r");
  await until("its key has the focus", () => go.evaluate((e) => e === document.activeElement));
  await desk.keyboard.press("Enter");
  await desk.getByText(/新纸卷已记下/).waitFor();
  await until("the board knows it", async () => (await slips()).rollSince > before.rollSince);
  await desk.context().close();
});
