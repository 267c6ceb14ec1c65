// The pages that a QR code opens on a citizen's phone: the ticket, the plan and
// the sending of papers, in Chinese and English, light and dark, on phones as
// narrow as 320 px, with large letters, and without scripts.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { artefacts, root, startHall } from "./support/hall.mjs";
import { checkAxe, checkLayout } from "./support/look.mjs";

const THUMB = 48;
const SIZES = [
  { width: 375, height: 812 },
  { width: 320, height: 640 },
];
const LOOKS = ["light", "dark"].flatMap((colorScheme) =>
  ["zh-CN", "en-GB"].map((locale) => ({ colorScheme, locale })),
);

let hall;
let web;
before(async () => {
  [hall, web] = await Promise.all([startHall("phone", 12_660), openBrowser()]);
  await post("/windows/5/sign-in", { staff: "zhou" });
});
after(async () => {
  await web?.close();
  assert.deepEqual(await hall?.close(), [], "every program ends in peace");
  assert.deepEqual(web?.errors, [], "no page reported an error");
});

const post = (path, body) => hall.api(path, { method: "POST", body: JSON.stringify(body ?? {}) });

/** Takes a ticket; resolves with it and the path of its page. */
async function take(service, phone) {
  const token = hall.token("--role", "kiosk", "--name", "e2e");
  const ticket = await hall.api("/tickets", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ service, channel: "phone", person: { name: "王小明", phone } }),
  });
  return { ...ticket, path: new URL(ticket.url, hall.urls.hall).pathname };
}

/** Opens a page as a phone of a language and a look does; more goes to the browser. */
async function open(path, look, more = {}) {
  const context = await web.browser.newContext({
    viewport: SIZES[0],
    timezoneId: "Asia/Shanghai",
    ...look,
    ...more,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (err) => web.errors.push(`${path}: ${err.message}`));
  await page.goto(hall.urls.hall + path);
  return page;
}

/** The pages that axe looked at whole, by language. */
const whole = new Set();

/** Fails if page isn't whole at both sizes, if axe finds a barrier, or if English speaks Chinese. */
async function examine(page, name, { locale, colorScheme }) {
  const where = `${name}, ${locale}, ${colorScheme}`;
  await page.evaluate(() => document.fonts.ready);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await checkLayout(page, where, THUMB);
  }
  await page.setViewportSize(SIZES[0]);
  const one = `${name}, ${locale}`;
  await checkAxe(page, where, { coloursOnly: whole.has(one) });
  whole.add(one);
  await web.shot(page, `phone-${name}-${locale.slice(0, 2)}-${colorScheme}`);
  const ground = await page.evaluate(() =>
    getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number),
  );
  assert.equal(ground[0] < 128, colorScheme === "dark", `${where}: the ground is ${ground}`);
  if (locale.startsWith("en")) {
    const said = await page.evaluate(
      () => document.body.innerText.replaceAll("中文", "").match(/\p{Script=Han}+/gu) ?? [],
    );
    assert.deepEqual(said, [], where);
  }
}

/** Fails if letters of twice the size push anything off the screen. */
async function examineLarge(page, where) {
  await page.setViewportSize(SIZES[1]);
  await page.addStyleTag({ content: "html { font-size: 200% }" });
  await checkLayout(page, `${where}, large`);
  await web.shot(page, `phone-${where}-large`);
}

test("the ticket, from the queue to the rating, in both languages and looks", async () => {
  const waiting = await take("real-estate", "13900000001");
  const missed = await take("real-estate", "13900000002");
  const called = await take("real-estate", "13900000003");
  const done = await take("real-estate", "13900000004");
  for (const [{ id }, ...verbs] of [[done, "arrive", "finish"], [missed, "no-show"], [called]]) {
    await post("/windows/5/call", { ticket: id });
    for (const verb of verbs) await post(`/tickets/${id}/${verb}`);
  }
  for (const look of LOOKS) {
    for (const [name, ticket] of Object.entries({ waiting, missed, called, done })) {
      const page = await open(ticket.path, look);
      await page.getByRole("heading", { name: ticket.number }).waitFor();
      for (const closed of await page.locator("summary").all()) await closed.click();
      await examine(page, name, look);
      if (look === LOOKS[1]) await examineLarge(page, name);
      await page.context().close();
    }
  }
});

test("what has no ticket says so in the phone's language", async () => {
  for (const look of LOOKS) {
    const page = await open("/t/nothing", look);
    await page.getByRole("heading").first().waitFor();
    await examine(page, "none", look);
    await page.context().close();
  }
});

test("without scripts one goes on in English, and the buttons do too", async () => {
  const ticket = await take("tax", "13900000005");
  const page = await open(
    ticket.path,
    { locale: "zh-CN", colorScheme: "light" },
    { javaScriptEnabled: false },
  );
  await page.getByText("您前面还有").waitFor();
  await page.getByRole("link", { name: "English" }).click();
  await page.getByText("before you").waitFor();
  await page.getByText("I need 10 more minutes").click();
  await page.getByRole("button", { name: "Yes, 10 minutes later" }).click();
  await page.getByText("You asked for more time").waitFor();
  await page.getByText("Leave the queue", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, leave the queue" }).click();
  await page.getByText("Cancelled").waitFor();
  await page.getByRole("link", { name: "中文" }).click();
  await page.getByText("已取消").waitFor();
  await page.context().close();
});

test("a page that follows its ticket keeps the language that was chosen", async () => {
  const ticket = await take("tax", "13900000006");
  const page = await open(ticket.path, { locale: "zh-CN", colorScheme: "light" });
  await page.getByRole("link", { name: "English" }).click();
  await page.getByText("before you").waitFor();
  await page.getByRole("button", { name: "Turn off" }).first().click();
  await page.getByText("Your phone gets no more messages").waitFor();
  await post("/windows/4/sign-in", { staff: "li" });
  await post("/windows/4/call", { ticket: ticket.id });
  await page.getByText("Please go to window 4", { exact: true }).waitFor();
  assert.equal(await page.title(), `Please go to window 4 · ${ticket.number}`);
  await page.getByRole("link", { name: "Floor plan and the way there" }).click();
  await page.getByRole("heading", { name: "Floor plan" }).waitFor();
  await page.context().close();
});

/** Writes English in Arabic letters, half as long again: what a script from right to left asks of a layout. */
function fromTheRight(text) {
  const letters = "ئابپتجچخدرزژسشغفقكگڭلمنھويې";
  return text
    .split(/(\{[^}]*\})/)
    .map((part) =>
      part.startsWith("{")
        ? part
        : part.replace(/[A-Za-z]+/g, (word) =>
            [...word, ..."xx"].map((c) => letters[c.toLowerCase().charCodeAt(0) % letters.length]).join(""),
          ),
    )
    .join("");
}

test("a third language comes by a file, from right to left, and the page stays whole", async () => {
  const english = JSON.parse(readFileSync(join(root, "hall-server/internal/httpd/mobile_en.json"), "utf8"));
  const texts = Object.fromEntries(
    Object.entries(english).map(([k, text]) => [`phone/${k}`, fromTheRight(text)]),
  );
  const folder = join(artefacts, "phone", "hall", "languages");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "ug.json"), JSON.stringify({ name: "ئۇيغۇرچە", dir: "rtl", texts }));
  const waiting = await take("tax", "13900000007");
  const called = await take("tax", "13900000008");
  await post("/windows/4/sign-in", { staff: "li" });
  await post("/windows/4/call", { ticket: called.id });
  for (const [name, ticket] of Object.entries({ waiting, called })) {
    const look = { locale: "zh-CN", colorScheme: "light" };
    const page = await open(ticket.path, look);
    await page.getByRole("link", { name: "ئۇيغۇرچە" }).click();
    await page.locator('html[lang="ug"][dir="rtl"]').waitFor();
    for (const closed of await page.locator("summary").all()) await closed.click();
    await examine(page, `${name}-file`, look);
    if (name === "called") await examineLarge(page, `${name}-file`);
    await page.context().close();
  }
  await post(`/tickets/${called.id}/arrive`);
  await post(`/tickets/${called.id}/finish`);
});

test("the plan, in both languages and looks", async () => {
  for (const look of LOOKS) {
    const page = await open("/plan?windows=3,8", look);
    await page.getByRole("listitem").first().waitFor();
    const lines = await page.getByRole("button", { name: "中文" }).evaluate((b) => {
      const range = document.createRange();
      range.selectNodeContents(b);
      return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
    });
    assert.equal(lines, 1, "the word is on one line");
    await examine(page, "plan", look);
    if (look === LOOKS[1]) await examineLarge(page, "plan");
    await page.context().close();
  }
  const page = await open("/plan", { locale: "zh-CN", colorScheme: "light" });
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Floor plan" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Floor plan" }).waitFor();
  assert.equal(await page.title(), "Floor plan");
  await page.context().close();
});

test("papers are sent by phone, in both languages and looks", async () => {
  await post("/windows/9/sign-in", { staff: "wu" });
  const ticket = await take("medical-insurance", "13900000007");
  await post("/windows/9/call", { ticket: ticket.id });
  await post(`/tickets/${ticket.id}/arrive`);
  const { url } = await post(`/tickets/${ticket.id}/phone-upload`);
  const path = new URL(url).pathname;
  for (const look of LOOKS) {
    const page = await open(path, look);
    await page.getByText(ticket.number).waitFor();
    await examine(page, "papers", look);
    if (look === LOOKS[1]) await examineLarge(page, "papers");
    await page.context().close();
  }
  const page = await open(`${path}?lang=en`, { locale: "zh-CN", colorScheme: "dark" });
  await page
    .locator("#pick")
    .setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await page.getByText("Only JPEG and PNG pictures or PDF files can be sent").waitFor();
  await examine(page, "papers-refused", { locale: "en", colorScheme: "dark" });
  await page.context().close();
  const plain = await open(path, { locale: "en", colorScheme: "light" }, { javaScriptEnabled: false });
  const picture = await web.browser.newPage();
  const png = await picture.screenshot({ type: "png" });
  await plain
    .getByLabel("Choose pictures")
    .setInputFiles({ name: "page.png", mimeType: "image/png", buffer: png });
  await plain.getByRole("button", { name: "Send" }).click();
  await plain.locator("#notice").waitFor();
  await plain.context().close();
});
