// One visit from the card on the reader to the rating, through the real
// programs, serial lines and pages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, startHall, until } from "./support/hall.mjs";
import { signIn, signInWall, usable } from "./support/pages.mjs";

let hall;
let web;
before(async () => {
  [hall, web] = await Promise.all([startHall("visit", 9180), openBrowser()]);
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

test("a card becomes a ticket, a call, a service and a rating", async (t) => {
  const counter = await web.open(hall.urls.counters[2], 1366, 768);
  const board = await web.open(`${hall.urls.display}/board?sound=1`);
  const screen = await web.open(`${hall.urls.display}/window?window=3`, 1280, 720);
  const wall = await web.open(`${hall.urls.hall}/board`);
  const kiosk = await web.open(hall.urls.kiosks[0], 1080, 1920);
  let number;
  let ticket;

  await t.test("a manager signs in and sees the hall", async () => {
    await signInWall(wall, "manager");
    await wall.getByText("东湖区政务服务中心").first().waitFor();
  });

  await t.test("a clerk signs in and the window opens everywhere", async () => {
    await web.shot(counter, "counter-sign-in");
    await signIn(counter, "zhao");
    await until(
      "window 3 idle",
      async () => (await hall.api("/windows")).windows.find((w) => w.id === "3").state === "idle",
    );
    await web.shot(screen, "window-idle");
  });

  await t.test("the card is read over the serial line and her name is masked", async () => {
    await web.shot(kiosk, "kiosk-home");
    await hall.sim.act("kiosk-1-reader", "lay", { card: "citizen", person: { name: "王小明" } });
    await kiosk.getByText("王*").first().waitFor();
    assert.equal(await kiosk.getByText("王小明").count(), 0);
    await web.shot(kiosk, "kiosk-services");
  });

  await t.test("the chosen service gives a number on paper", async () => {
    await kiosk.getByRole("button", { name: /社会保险业务/ }).click();
    await kiosk.getByText("请取走号票").waitFor();
    await web.shot(kiosk, "kiosk-ticket");
    [ticket] = (await hall.api("/tickets?service=social-insurance")).tickets;
    number = ticket.number;
    assert.match(number, /^E\d{3}$/);
    await kiosk.getByText(number).first().waitFor();
    await until(
      "the print is confirmed",
      async () => (await hall.api(`/tickets/${ticket.id}`)).print === "printed",
    );
  });

  await t.test("the paper says everything, in bytes a real printer understands", async () => {
    const { tickets } = await hall.sim.device("kiosk-1-printer");
    assert.equal(tickets.length, 1);
    assert.ok(tickets[0].cut, "the paper was cut");
    const raw = await hall.sim.received("kiosk-1-printer");
    // An independent decoder of the same bytes.
    const text = new TextDecoder("gb18030").decode(raw);
    for (const part of [
      number,
      "社会保险业务",
      "您前面还有",
      "位",
      "3、7",
      "左转",
      "本人身份证",
      "东湖区政务服务中心",
    ]) {
      assert.ok(text.includes(part), `the paper says ${part}`);
    }
    assert.ok(!text.includes("王小明"), "the paper does not name her");
    assert.ok(raw.includes(Buffer.from([0x1d, 0x56])), "the cut command was sent");
    const picture = join(artefacts, "screenshots", "paper-ticket.png");
    writeFileSync(picture, await hall.sim.picture("kiosk-1-printer", tickets[0].n));
    const code = execFileSync("zbarimg", ["--quiet", "--raw", "--oneshot", "-Sbinary", picture], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.equal(code.trim(), ticket.url);
    const phone = await web.open(ticket.url, 375, 812);
    await phone.getByText(number).first().waitFor();
    await web.shot(phone, "phone-ticket");
    await phone.context().close();
  });

  await t.test("next calls her on the board, the window screen, the strip and the loudspeaker", async () => {
    await counter.getByText(number).first().waitFor();
    await counter.keyboard.press("F1");
    await board.getByText(number).first().waitFor();
    await screen.getByText(number).first().waitFor();
    await hall.sim.until("display-1-strip-3", "the strip shows the number", (d) =>
      d.display?.text.includes(number),
    );
    await until("four channels acknowledge", async () => {
      const [call] = (await hall.api("/board")).calls;
      return new Set((call.acks ?? []).filter((a) => !a.failed).map((a) => a.channel)).size === 4;
    });
    await wall.getByText(number).first().waitFor();
    for (const [page, name] of [
      [counter, "counter-called"],
      [board, "board-called"],
      [screen, "window-called"],
      [wall, "wall-called"],
    ]) {
      await web.shot(page, name);
    }
  });

  await t.test("a recall right away is refused in words and changes nothing", async () => {
    await usable(counter, "重呼");
    await counter.keyboard.press("F2");
    await counter
      .getByText(/秒后再呼/)
      .first()
      .waitFor();
    assert.equal((await hall.api(`/tickets/${ticket.id}`)).recalls ?? 0, 0);
  });

  await t.test("arriving starts the service", async () => {
    await usable(counter, "到达");
    await counter.keyboard.press("F3");
    await screen.getByText("正在办理").first().waitFor();
    await hall.sim.until("display-1-strip-3", "the strip says serving", (d) =>
      d.display?.text.includes("正在办理"),
    );
    assert.equal((await hall.api(`/tickets/${ticket.id}`)).state, "serving");
    await hall.sim.act("counter-3-reader", "lay", { card: "citizen", person: { name: "王小明" } });
    await counter.getByText("王*").first().waitFor();
    await web.shot(counter, "counter-serving");
    await hall.sim.act("counter-3-reader", "lift");
  });

  await t.test("finishing asks for the rating and the page shows what she pressed", async () => {
    await usable(counter, "完成");
    await counter.keyboard.press("F8");
    await hall.sim.until("counter-3-pad", "the pad is armed", (d) => d.armed);
    await web.shot(counter, "counter-rating");
    await hall.sim.act("counter-3-pad", "press", { key: 5 });
    await counter.getByText("非常满意").first().waitFor();
    const finished = await until("the rating is stored", async () => {
      const now = await hall.api(`/tickets/${ticket.id}`);
      return now.score ? now : undefined;
    });
    assert.deepEqual([finished.state, finished.score], ["finished", 5]);
    await web.shot(counter, "counter-rated");
    await until("the wall counts it", async () => (await hall.api("/board")).totals.satisfied === 1);
    await web.shot(wall, "wall-rated");
  });

  await t.test("the kiosk forgets her", async () => {
    await hall.sim.act("kiosk-1-reader", "lift");
    await kiosk.getByText("请把身份证放在读卡区").waitFor();
    assert.equal(await kiosk.getByText("王*").count(), 0);
  });
});

test("a phone number is enough, and a no-show, a put-back and a pause do what they say", async () => {
  const counter = await web.open(hall.urls.counters[1], 1366, 768);
  const screen = await web.open(`${hall.urls.display}/window?window=2`, 1280, 720);
  await signIn(counter, "wang");
  const take = async (phone) => {
    const kiosk = await web.open(hall.urls.kiosks[1], 1920, 1080);
    await kiosk.getByRole("button", { name: /手机号取号/ }).click();
    for (const digit of phone) await kiosk.getByRole("button", { name: digit, exact: true }).click();
    await web.shot(kiosk, "kiosk-phone");
    await kiosk.getByRole("button", { name: "下一步" }).click();
    await kiosk.getByRole("button", { name: /涉税业务办理/ }).click();
    await kiosk.getByText("请取走号票").waitFor();
    await web.shot(kiosk, "kiosk-ticket-landscape");
    await kiosk.context().close();
  };
  await take("13800138000");
  await take("13900139000");
  const [first, second] = (await hall.api("/tickets?service=tax")).tickets;
  assert.equal((await hall.sim.device("kiosk-2-printer")).tickets.length, 2);
  /** Presses key once its button can be used, and waits for what it does to ticket. */
  const press = async (key, label, ticket, want) => {
    await usable(counter, label);
    await counter.keyboard.press(key);
    await until(
      `${ticket.number} ${want}`,
      async () => (await hall.api(`/tickets/${ticket.id}`)).state === want,
    );
  };

  await counter.getByText(second.number).first().waitFor();
  await press("F1", "下一位", first, "called");
  await press("F7", "放回队列", first, "waiting");
  await press("F1", "下一位", first, "called");
  await press("F4", "过号", first, "missed");
  await press("F1", "下一位", second, "called");
  await press("F4", "过号", second, "missed");
  await usable(counter, "下一位");

  await counter.keyboard.press("F9");
  const dialog = counter.getByRole("dialog");
  await dialog.getByLabel("窗口屏显示的文字").fill("设备维护，十分钟后恢复");
  await web.shot(counter, "counter-pause");
  await dialog.getByRole("button", { name: "暂停", exact: true }).click();
  await screen.getByText("设备维护，十分钟后恢复").first().waitFor();
  await web.shot(screen, "window-paused");
  await counter.keyboard.press("F9");
  await until(
    "window 2 idle again",
    async () => (await hall.api("/windows")).windows.find((w) => w.id === "2").state === "idle",
  );
});

test("all four kinds of cards are understood", async () => {
  const kiosk = await web.open(hall.urls.kiosks[1], 1080, 1920);
  for (const card of ["resident-permit", "foreigner-2017", "foreigner-2023", "citizen"]) {
    await hall.sim.act("kiosk-2-reader", "lay", { card });
    await kiosk.getByText("请选择要办理的业务").waitFor();
    await web.shot(kiosk, `kiosk-card-${card}`);
    await hall.sim.act("kiosk-2-reader", "lift");
    await kiosk.getByRole("button", { name: "重新开始" }).click();
    await kiosk.getByText("请把身份证放在读卡区").waitFor();
  }
});
