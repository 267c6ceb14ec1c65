// Whoever puts a new paper roll into a ticket printer says so at the board, and
// the machine counts its tickets anew.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signInWall } from "./support/pages.mjs";

let hall;
let web;
let wall;
before(async () => {
  [hall, web] = await Promise.all([startHall("roll", 13000), openBrowser()]);
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
