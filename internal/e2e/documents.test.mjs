// The materials of a visit: a sheet under the document camera becomes a page of
// a PDF at the hall, and so does a picture from the citizen's phone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { startHall, until } from "./support/hall.mjs";
import { signIn, usable } from "./support/pages.mjs";

const port = 9900;
const camera = "counter-2-camera";
let hall;
let web;
let counter;
let ticket;
const folder = mkdtempSync(join(tmpdir(), "smarthall-documents-"));

before(async () => {
  [hall, web] = await Promise.all([
    startHall("documents", port, {
      "counter-2": {
        devices: [
          { id: "camera", profile: "pikvm/ustreamer", port: `http://127.0.0.1:${port + 40}` },
          { id: "button", profile: "generic/button-call", port: `tcp://127.0.0.1:${port + 41}` },
        ],
      },
    }),
    openBrowser(),
  ]);
  counter = await web.open(hall.urls.counters[1], 1366, 768);
  await signIn(counter, "wang");
  ticket = await serve("13800138000");
});
after(async () => {
  await web?.close();
  rmSync(folder, { recursive: true, force: true });
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

/** Takes a ticket for window 2 and begins its service. */
async function serve(phone) {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  const taken = await hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service: "tax", channel: "phone", person: { name: "王小明", phone } }),
  });
  await counter.getByText(taken.number).first().waitFor();
  await usable(counter, "下一位");
  await counter.keyboard.press("F1");
  await usable(counter, "到达");
  await counter.keyboard.press("F3");
  await usable(counter, "完成");
  return taken;
}

const panel = () => counter.getByRole("region", { name: "材料", exact: true });
const pages = () => panel().getByRole("list", { name: "页面" }).getByRole("button");
const ready = (n) =>
  until(
    `${n} pages are ready`,
    async () => (await panel().getByRole("list", { name: "页面" }).locator("img").count()) === n,
  );

/** The documents that the hall has of a visit. */
const documents = async (of = ticket) => (await hall.api(`/tickets/${of.id}/documents`)).documents;

/** Fetches a document and draws its pages. */
async function drawn(id) {
  const res = await fetch(`${hall.urls.hall}/api/v1/documents/${id}/content`, {
    headers: { Authorization: `Bearer ${hall.token("--role", "manager", "--name", "e2e")}` },
  });
  assert.equal(res.status, 200);
  const data = Buffer.from(await res.arrayBuffer());
  assert.equal(data.subarray(0, 5).toString(), "%PDF-");
  const file = join(folder, `${id}.pdf`);
  writeFileSync(file, data);
  execFileSync("pdftoppm", ["-r", "60", file, join(folder, id)]);
  const info = execFileSync("pdfinfo", [file], { encoding: "utf8" });
  return Number(/Pages:\s+(\d+)/.exec(info)?.[1]);
}

/** Reads a PPM and tells how much of its middle is light. */
function lightness(id, n) {
  const file = [`${id}-${n}.ppm`, `${id}-0${n}.ppm`].map((f) => join(folder, f)).find(existsSync);
  const data = readFileSync(file);
  const [, w, h, max] = /^P6\s+(\d+)\s+(\d+)\s+(\d+)\s/.exec(data.subarray(0, 32).toString("latin1"));
  assert.equal(max, "255");
  const [width, height] = [Number(w), Number(h)];
  const pixels = data.subarray(data.length - width * height * 3);
  let light = 0;
  let dark = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] > 200) light++;
    if (pixels[i] < 110) dark++;
  }
  const all = width * height;
  return { light: light / all, dark: dark / all, width, height };
}

test("the desk's call button is heard, and the clerk sees who comes", async () => {
  const line = counter.getByRole("contentinfo").getByRole("status");
  await until("the button's call is told", async () => {
    await hall.sim.act("counter-2-button", "call");
    return line.filter({ hasText: "已呼叫工作人员" }).isVisible();
  });
  await until("the hall has the call", async () => {
    const { agents } = await hall.api("/board");
    return agents.find((a) => a.id === "counter-2")?.troubles?.some((x) => x.code === "kiosk.help");
  });
  await hall.api("/agents/counter-2/help/answer", { method: "POST" });
  await line.filter({ hasText: "马上过来" }).waitFor();
  await web.shot(counter, "counter-help");
  await counter.reload();
  await line.filter({ hasText: "马上过来" }).waitFor();
  await hall.sim.act("counter-2-button", "call-back");
  await line.filter({ hasText: "马上过来" }).waitFor({ state: "detached" });
});

test("a sheet under the camera becomes a PDF at the hall", async (t) => {
  await t.test("the camera's picture is shown", async () => {
    const sheets = (await hall.sim.device(camera)).sheets;
    await hall.sim.act(camera, "lay-sheet", {
      sheet: (sheets.find((s) => /form|a4/i.test(s.id ?? s)) ?? sheets[0]).id ?? sheets[0],
    });
    await counter.keyboard.press("F11");
    await panel().waitFor();
    const preview = panel().getByRole("img", { name: "高拍仪画面" });
    await until("frames come", () => preview.evaluate((img) => img.naturalWidth > 100));
    await web.shot(counter, "counter-papers-preview");
  });

  await t.test("a picture is taken with one key", async () => {
    await counter.keyboard.press("F11");
    await ready(1);
    await panel().getByRole("img", { name: "处理后的页面" }).waitFor();
    await web.shot(counter, "counter-papers-page");
  });

  await t.test("its paper and light are changed, and the page made anew is seen", async () => {
    const made = panel().getByRole("img", { name: "处理后的页面" });
    const changed = async (what, change) => {
      const before = await made.getAttribute("src");
      await change();
      await until(what, async () => (await made.getAttribute("src")) !== before);
      await ready(1);
    };
    const dark = () =>
      made.evaluate((img) => {
        const pen = Object.assign(document.createElement("canvas"), { width: 50, height: 50 }).getContext(
          "2d",
        );
        pen.drawImage(img, 0, 0, 50, 50);
        return pen.getImageData(0, 0, 50, 50).data.reduce((sum, v) => sum + v, 0);
      });
    const bright = await dark();
    await changed("darker", async () => {
      await panel().getByLabel("亮度").focus();
      for (let n = 0; n < 8; n++) await counter.keyboard.press("ArrowLeft");
    });
    await until("it is darker", async () => (await dark()) < bright * 0.97);
    const a3 = panel().getByRole("button", { name: "A3" });
    await changed("on A3", () => a3.click());
    await until("A3 is marked", async () => (await a3.getAttribute("aria-pressed")) === "true");
    await web.shot(counter, "counter-papers-tones");
    // One edge alone, by the keys: the page becomes narrower and no lower.
    const size = () => made.evaluate((img) => [img.naturalWidth, img.naturalHeight]);
    await panel().getByRole("button", { name: "裁边" }).click();
    const [width, height] = await size();
    await changed("its left edge is cut", async () => {
      await panel().getByLabel("左边").focus();
      for (let n = 0; n < 20; n++) await counter.keyboard.press("ArrowRight");
    });
    await until("a fifth of the width is gone", async () => {
      const [w, h] = await size();
      return Math.abs(w / h - (0.8 * width) / height) < 0.03 * (width / height);
    });
    await web.shot(counter, "counter-papers-trim");
    await changed("on what fits", () => panel().getByRole("button", { name: "自动", exact: true }).click());
    await changed("as it was", () => panel().getByRole("button", { name: "还原" }).click());
    await until("it is as bright as before", async () => Math.abs((await dark()) - bright) < bright * 0.01);
  });

  await t.test("its corners are found, and moved by hand", async () => {
    await counter.keyboard.press("e");
    const corners = panel().getByRole("button", { name: /角$/ }).filter({ hasNotText: "调整" });
    await panel().getByRole("button", { name: "左上角" }).waitFor();
    const original = panel().getByRole("img", { name: "原图" });
    await until("the original picture is there", () => original.evaluate((img) => img.naturalWidth > 100));
    const box = await original.boundingBox();
    const corner = await panel().getByRole("button", { name: "右下角" }).boundingBox();
    const x = (corner.x + corner.width / 2 - box.x) / box.width;
    const y = (corner.y + corner.height / 2 - box.y) / box.height;
    assert.ok(
      x > 0.4 && x < 0.99 && y > 0.4 && y < 0.99,
      `the corner is at ${x.toFixed(2)}, ${y.toFixed(2)}: on the sheet`,
    );
    assert.equal(await corners.count(), 4);
    await web.shot(counter, "counter-papers-corners");
  });

  await t.test("a corner is moved by keys, and the page made anew", async () => {
    const src = () => panel().getByRole("list", { name: "页面" }).locator("img").first().getAttribute("src");
    const before = await src();
    await panel().getByRole("button", { name: "左上角" }).focus();
    for (let i = 0; i < 3; i++) await counter.keyboard.press("ArrowRight");
    await until("the page is made anew", async () => (await src().catch(() => before)) !== before);
    await ready(1);
    await counter.keyboard.press("Escape");
    await panel().getByRole("img", { name: "处理后的页面" }).waitFor();
  });

  await t.test("a second page, black and white, goes to the front", async () => {
    await counter.keyboard.press("F11");
    await panel().getByRole("img", { name: "高拍仪画面" }).waitFor();
    await counter.keyboard.press("F11");
    await ready(2);
    await counter.keyboard.press("k");
    await until("it is black and white", () =>
      panel()
        .getByRole("button", { name: "黑白" })
        .evaluate((b) => b.getAttribute("aria-pressed") === "true"),
    );
    await ready(2);
    await counter.keyboard.press("Shift+ArrowUp");
    await until(
      "it is the first",
      async () => (await pages().first().getAttribute("aria-pressed")) === "true",
    );
  });

  await t.test("the page reloads and nothing is lost", async () => {
    await counter.reload();
    await usable(counter, "完成");
    await counter.keyboard.press("F11");
    await ready(2);
  });

  await t.test("it is made one PDF and arrives", async () => {
    await panel().getByLabel("材料名称").fill("增值税申报表");
    await counter.keyboard.press("Control+Enter");
    await panel().getByRole("link", { name: "增值税申报表" }).waitFor();
    const [doc] = await documents();
    assert.deepEqual(
      [doc.name, doc.kind, doc.type, doc.stored, doc.window],
      ["增值税申报表", "material", "application/pdf", true, "2"],
    );
    assert.equal(await drawn(doc.id), 2);
    for (const n of [1, 2]) {
      const { light, dark, width, height } = lightness(doc.id, n);
      assert.ok(
        Math.abs(height / width - Math.SQRT2) < 0.1 || Math.abs(width / height - Math.SQRT2) < 0.1,
        `page ${n} is ${width}×${height}`,
      );
      assert.ok(light > 0.6, `page ${n} is mostly paper: ${light.toFixed(2)}`);
      assert.ok(dark > 0.001 && dark < 0.35, `page ${n} has something on it: ${dark.toFixed(3)}`);
    }
    await web.shot(counter, "counter-papers-sent");
  });
});

test("a phone's picture becomes a page", async (t) => {
  let phone;
  await t.test("the code is shown and opened", async () => {
    await counter.keyboard.press("t");
    const code = panel().getByRole("img", { name: "手机上传二维码" });
    await code.waitFor();
    await until("the code is drawn", () => code.evaluate((img) => img.naturalWidth > 100));
    await web.shot(counter, "counter-papers-code");
    phone = await web.open(await code.getAttribute("data-url"), 375, 812);
    await phone.getByText(ticket.number).waitFor();
    await web.shot(phone, "phone-upload");
  });

  await t.test("the picture is shrunk, sent and counted", async () => {
    const picture = join(folder, "phone.png");
    const made = await phone.evaluate(async () => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: 3000, height: 4000 });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#445";
      pen.fillRect(0, 0, 3000, 4000);
      pen.setTransform(1, 0.06, -0.04, 1, 120, 0);
      pen.fillStyle = "#f6f6f0";
      pen.fillRect(400, 400, 2100, 2970);
      pen.fillStyle = "#222";
      for (let y = 700; y < 3100; y += 130) pen.fillRect(600, y, 1600 - (y % 500), 36);
      return canvas.toDataURL("image/png").split(",")[1];
    });
    writeFileSync(picture, Buffer.from(made, "base64"));
    const [chooser] = await Promise.all([
      phone.waitForEvent("filechooser"),
      phone.getByText("从相册选择").click(),
    ]);
    await chooser.setFiles(picture);
    await phone.getByText("已发送").waitFor();
    await phone.getByText("已收到 1 张照片").waitFor();
    await web.shot(phone, "phone-upload-sent");
  });

  await t.test("it comes to the clerk as a page, and goes the same way", async () => {
    await ready(1);
    await panel().getByText("已收到 1 张").waitFor();
    assert.deepEqual(
      (await documents()).map((d) => d.kind),
      ["material"],
      "it has left the hall for the clerk",
    );
    await web.shot(counter, "counter-papers-phone");
    await panel().getByLabel("材料名称").fill("完税证明");
    await counter.keyboard.press("Control+Enter");
    await panel().getByRole("link", { name: "完税证明" }).waitFor();
    const doc = (await documents()).find((d) => d.name === "完税证明");
    assert.equal(await drawn(doc.id), 1);
    assert.ok(lightness(doc.id, 1).light > 0.6, "the sheet was cut out of the dark table");
  });

  await t.test("another phone can't use the code, and after its end nobody can", async () => {
    const url = phone.url();
    const form = new FormData();
    form.append("picture", new Blob(["x"]), "x.jpg");
    const other = await fetch(url, { method: "POST", headers: { "Smarthall-Part": "1" }, body: form });
    assert.equal(other.status, 403);
    await counter.getByLabel("材料名称").blur();
    await counter.keyboard.press("t");
    await panel().getByRole("img", { name: "手机上传二维码" }).waitFor({ state: "detached" });
    await phone.reload();
    await phone.getByText("二维码已失效").waitFor();
    await phone.context().close();
  });
});

test("the hall goes away: the document waits in the agent and arrives later", async () => {
  await counter.keyboard.press("F11");
  await until("a picture can be taken", () =>
    panel()
      .getByRole("button", { name: /^(拍照|再拍一页)/ })
      .isEnabled(),
  );
  await hall.stop("hall-server");
  await counter.keyboard.press("F11");
  if ((await pages().count()) === 0) await counter.keyboard.press("F11");
  await ready(1);
  await panel().getByLabel("材料名称").fill("离线材料");
  await counter.keyboard.press("Control+Enter");
  await panel().getByText("恢复后自动上传").waitFor();
  await web.shot(counter, "counter-papers-away");
  await hall.stop("counter-2");
  hall.start("counter-2");
  hall.start("hall-server");
  await until("it arrives", async () =>
    (await documents().catch(() => [])).some((d) => d.name === "离线材料" && d.stored),
  );
});

test("the desk's keys work beside the materials, and the next visit sees none of them", async () => {
  await usable(counter, "完成");
  if (!(await panel().isVisible())) await counter.keyboard.press("F11");
  await panel().getByRole("link", { name: "增值税申报表" }).waitFor();
  await counter.keyboard.press("F8");
  await until("finished", async () => (await hall.api(`/tickets/${ticket.id}`)).state === "finished");
  const next = await serve("13900139000");
  await panel().getByText(`${next.number} 的材料`).waitFor();
  assert.equal(await panel().getByRole("link").count(), 0);
  assert.deepEqual(await documents(next), []);
});
