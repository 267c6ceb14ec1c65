import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp } from "vue";
import { begin, type Check, next } from "../src/face/check";
import FaceStep from "../src/face/FaceStep.vue";
import type { FaceVerifier, Look } from "../src/face/verifier";
import type { Door } from "../src/terminal/door";

/** PATIENCE is what a busy machine may take. */
const PATIENCE = { timeout: 20_000 };

const ahead = (alike: number, faces = 1): Look => ({ faces, alike, turn: 0.02 });
const left: Look = { faces: 1, alike: 0.3, turn: 0.6 };
const right: Look = { faces: 1, alike: 0.3, turn: -0.6 };

/** run takes pictures into account until the comparison has ended, and tells how. */
function run(looks: Look[], chance = () => 0): Check {
  return looks.reduce((c, look) => next(c, look, 0.55), begin(chance));
}

test("who turns as asked and is alike before and after is the same", () => {
  const c = run([ahead(0.7), left, ahead(0.66), right, ahead(0.8)]);
  expect(c.phase).toBe("same");
  expect(c.score, "the least alike picture counts").toBe(0.66);
});

test("where to turn first is a matter of chance", () => {
  expect(begin(() => 0.9).sides).toEqual(["right", "left"]);
  expect(run([ahead(0.7), left, ahead(0.7)], () => 0.9).phase).toBe("turn");
});

const still = (look: Look, n = 40) => Array.from({ length: n }, () => look);
const refused: [string, Look[]][] = [
  ["somebody else", still(ahead(0.4))],
  ["a picture that doesn't turn", still(ahead(0.9))],
  ["a head that turns the other way", [ahead(0.9), ...still(right)]],
  ["nobody", still({ faces: 0, alike: 0, turn: 0 })],
  ["two people, one of them alike", still(ahead(0.9, 2))],
  ["somebody else after the turn", [ahead(0.9), left, ...still(ahead(0.3))]],
  ["a head that never looks ahead", still({ faces: 1, alike: 0.9, turn: 0.3 })],
];
test.each(refused)("%s is not the same", (_, looks) => {
  expect(run(looks).phase).toBe("failed");
});

test("a comparison that has ended stays as it is", () => {
  const c = run([ahead(0.7), left, ahead(0.66), right, ahead(0.8), ahead(0.1)]);
  expect([c.phase, c.score]).toEqual(["same", 0.66]);
});

/** settled lets everything that is ready happen. */
const settled = () => new Promise((done) => setTimeout(done, 5));

/** The page with a verifier that sees what it is told. */
async function page(
  looks: Look[],
  own: (method: string, path: string, body?: unknown) => Promise<unknown> = vi.fn(),
) {
  const verifier: FaceVerifier & { closed: boolean } = {
    closed: false,
    know: async () => true,
    look: async () => looks.shift() ?? { faces: 0, alike: 0, turn: 0 },
    close() {
      this.closed = true;
    },
  };
  const door = { own, raw: async () => new Response(new Blob(["jpeg"])) } as unknown as Door;
  const done = vi.fn();
  const app = createApp(FaceStep, {
    door,
    threshold: 0.55,
    photo: true,
    open: async () => verifier,
    onDone: done,
  });
  const root = document.createElement("div");
  document.body.append(root);
  app.mount(root);
  await settled();
  const button = (name: string) =>
    [...root.querySelectorAll("button")].find((b) => b.textContent?.trim() === name);
  async function press(name: string) {
    await vi.waitFor(() => expect(button(name), name).toBeTruthy(), PATIENCE);
    button(name)?.click();
    await settled();
  }
  return { app, root, verifier, done, button, press };
}

const track = { stop: vi.fn() };
beforeEach(() => {
  vi.stubGlobal("createImageBitmap", async () => ({ close() {} }));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => ({ getTracks: () => [track] }) } });
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", { configurable: true, set() {} });
  Object.defineProperty(HTMLMediaElement.prototype, "play", { configurable: true, value: async () => {} });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  track.stop.mockClear();
});

const START = "\u5f00\u59cb\u6bd4\u5bf9";

test("a comparison that went well tells its score, and lets go of camera and photo", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const p = await page([ahead(0.71234), left, ahead(0.7), right, ahead(0.9)]);
  await p.press(START);
  await vi.waitFor(
    () => expect(p.done).toHaveBeenCalledWith({ result: "same", score: 0.7, threshold: 0.55 }),
    PATIENCE,
  );
  p.app.unmount();
  expect(p.verifier.closed).toBe(true);
  expect(track.stop).toHaveBeenCalled();
});

test("after one that failed staff vouch, and are named", async () => {
  const own = vi.fn().mockResolvedValue({ staff: "zhao" });
  const p = await page(still(ahead(0.41)), own);
  await p.press(START);
  await p.press("\u8bf7\u5de5\u4f5c\u4eba\u5458\u6838\u5bf9");
  for (const k of "zhao") await p.press(k);
  await p.press("\u4e0b\u4e00\u9879");
  for (const k of "demo") await p.press(k);
  await p.press("\u786e\u8ba4\u662f\u672c\u4eba");
  expect(own).toHaveBeenCalledWith("POST", "/voucher", { staff: "zhao", password: "demo" });
  expect(p.done).toHaveBeenCalledWith({ result: "vouched", score: 0.41, threshold: 0.55, by: "zhao" });
  p.app.unmount();
});

/** run sees so many pictures of somebody else that a comparison has failed. */
const UNLIKE = still(ahead(0.41), 8);
const AGAIN = "\u518d\u8bd5\u4e00\u6b21";
const STAFF = "\u8bf7\u5de5\u4f5c\u4eba\u5458\u6838\u5bf9";
const BACK = "\u8fd4\u56de";

test("who wasn't recognised twice is led to staff, and may try again all the same", async () => {
  const p = await page([...UNLIKE, ...UNLIKE]);
  await p.press(START);
  await p.press(AGAIN);
  await vi.waitFor(
    () => expect(p.root.querySelector(".words")?.textContent).toContain("\u4e24\u6b21"),
    PATIENCE,
  );
  expect(p.button(STAFF)?.className).toContain("primary");
  expect(p.button(AGAIN)).toBeTruthy();
  p.app.unmount();
});

test("who comes back from the staff's fields sees the camera again, and can begin", async () => {
  let shown = 0;
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    set: (stream) => {
      if (stream) shown++;
    },
  });
  const p = await page([]);
  await p.press(STAFF);
  await p.press(BACK);
  await vi.waitFor(() => expect(shown).toBe(2), PATIENCE);
  expect(p.button(START)).toBeTruthy();
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect(p.button(AGAIN), "nothing was compared yet").toBeUndefined();
  p.app.unmount();
});

test("without a camera nothing is compared, and staff are asked", async () => {
  const getUserMedia = async () => {
    throw new Error("no camera");
  };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  const p = await page([]);
  expect(p.root.querySelector(".words")?.textContent).toContain("\u73b0\u5728\u4e0d\u80fd");
  expect(p.button(START)).toBeUndefined();
  await p.press(STAFF);
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  await settled();
  expect(p.button(AGAIN), "there is nothing to try again").toBeUndefined();
  expect(p.root.querySelector(".words")?.textContent).toContain("\u73b0\u5728\u4e0d\u80fd");
  p.app.unmount();
});
