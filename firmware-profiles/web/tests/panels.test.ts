import { afterEach, expect, test, vi } from "vitest";
import { createApp, nextTick } from "vue";
import DeviceCard from "../src/DeviceCard.vue";
import type { SimDevice } from "../src/devices";
import data from "./devices.json";

afterEach(() => {
  vi.unstubAllGlobals();
});

function card(id: string, over: Partial<SimDevice> = {}) {
  const found = (data as unknown as SimDevice[]).find((d) => d.id === id) as SimDevice;
  const asked: [string, unknown][] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push([url, JSON.parse(String(init.body))]);
    return asked.length > 1
      ? new Response(JSON.stringify({ detail: "设备已拔出，请先插入" }), { status: 409 })
      : new Response(null, { status: 204 });
  });
  const page = document.createElement("div");
  createApp(DeviceCard, { device: { ...structuredClone(found), ...over } }).mount(page);
  const buttons = () => [...page.querySelectorAll("button")];
  const button = (text: string) => buttons().find((b) => b.textContent?.trim() === text);
  const press = async (text: string) => {
    const found = button(text);
    if (!found) throw new Error(`no button ${text}`);
    found.click();
    await new Promise((resolve) => setTimeout(resolve));
    await nextTick();
  };
  return { page, asked, button, press };
}

test("each of the four kinds of cards can be laid, and says what the tester wants", async () => {
  const { page, asked, press } = card("kiosk-1-reader");
  const name = page.querySelector("input") as HTMLInputElement;
  name.value = "欧阳测试";
  name.dispatchEvent(new Event("input"));
  await press("外国人永久居留证 2023 版");
  expect(asked).toEqual([
    ["/api/devices/kiosk-1-reader/lay", { card: "foreigner-2023", person: { name: "欧阳测试" } }],
  ]);
});

test("a printer without paper offers paper, not another way to run out", () => {
  const { page, button } = card("kiosk-2-printer", { conditions: ["paper-out"] });
  expect(button("装纸")).toBeDefined();
  expect(button("缺纸")).toBeUndefined();
  expect(page.querySelector(".conditions")?.textContent).toBe("缺纸");
});

test("a label is shown as its picture, with what its codes say", () => {
  const { page, button } = card("kiosk-2-printer", {
    id: "counter-1-labels",
    class: "label-printer",
    labels: [
      {
        n: 1,
        at: "2026-11-22T10:15:00Z",
        copies: 1,
        widthMm: 60,
        heightMm: 40,
        codes: [{ kind: "code128", text: "20261122E012" }],
      },
      { n: 2, at: "2026-11-22T10:16:00Z", copies: 2, widthMm: 60, heightMm: 40, texts: ["A"] },
    ],
  });
  const pictures = [...page.querySelectorAll("img")];
  expect(pictures.map((p) => p.alt)).toEqual(["A", "20261122E012"]);
  expect(pictures[1]?.getAttribute("src")).toContain("/api/devices/counter-1-labels/labels/1.png");
  expect(page.textContent).toContain("60×40 毫米 · 2 份");
  expect(button("校验错一次")).toBeUndefined();
});

test("a document and a sound can be fetched, the newest first", () => {
  const at = "2026-11-22T10:15:00Z";
  const printed = { title: "办事指南", at, bytes: 2048, pages: 3, copies: 2, paper: "A4", twoSided: true };
  const printer = card("kiosk-2-printer", {
    class: "page-printer",
    conditions: ["jam"],
    pages: [
      { n: 1, ...printed },
      { n: 2, ...printed, title: "样表", twoSided: false },
    ],
  });
  const links = [...printer.page.querySelectorAll<HTMLAnchorElement>("li a")];
  expect(links.map((a) => a.textContent)).toEqual(["样表", "办事指南"]);
  expect(links[1]?.getAttribute("href")).toBe("/api/devices/kiosk-2-printer/pages/1.pdf");
  expect(printer.page.textContent).toContain("A4 双面，3 页 × 2 份，2.0 KiB");
  expect(printer.button("排除卡纸")).toBeDefined();

  const speaker = card("kiosk-2-printer", {
    class: "speaker",
    played: [{ n: 7, at, ms: 4875, loudness: 0.1 }],
  });
  expect(speaker.page.querySelector("li a")?.getAttribute("href")).toBe(
    "/api/devices/kiosk-2-printer/played/7.wav",
  );
  expect(speaker.page.textContent).toContain("播放 4.9 秒");
  expect(speaker.button("校验错一次")).toBeUndefined();
});

test("a strip with a voice shows what it said", () => {
  const display = {
    text: "A012",
    at: "2026-11-22T10:15:00Z",
    width: 64,
    height: 16,
    said: "请A012号到3号窗口办理",
  };
  const { page } = card("kiosk-2-printer", { class: "led", display });
  expect(page.textContent).toContain("念出：请A012号到3号窗口办理");
});

test("a divided strip shows each text in its place", () => {
  const display = {
    text: "A012 请到3号窗口",
    at: "2026-11-22T10:15:00Z",
    width: 192,
    height: 16,
    areas: [
      { x: 0, y: 0, width: 32, height: 16, text: "A012" },
      { x: 32, y: 0, width: 160, height: 16, text: "请到3号窗口" },
    ],
  };
  const { page } = card("kiosk-2-printer", { class: "led", display });
  const places = [...page.querySelectorAll<HTMLElement>(".area")].map((a) => [a.style.left, a.style.width]);
  expect(places).toEqual([
    ["0px", "160px"],
    ["160px", "800px"],
  ]);
});

test("printers are not offered a wrong checksum, readers are", () => {
  expect(card("kiosk-1-printer").button("校验错一次")).toBeUndefined();
  expect(card("kiosk-1-reader").button("校验错一次")).toBeDefined();
});

test("a refusal is shown in the simulator's words and goes with the next action", async () => {
  const { page, press } = card("counter-1-pad");
  await press("停止应答");
  expect(page.querySelector("[role=alert]")).toBeNull();
  await press("非常满意");
  expect(page.querySelector("[role=alert]")?.textContent).toBe("设备已拔出，请先插入");
});

test("an unplugged device can be plugged in and is no longer laid cards on", () => {
  const { button } = card("counter-1-reader", { plugged: false });
  expect(button("居民身份证")?.disabled).toBe(true);
  expect(button("插入")).toBeDefined();
});

const sheets = [
  { id: "form-a4", name: "办事申请表（A4）", width: 210, height: 297 },
  { id: "plan-a3", name: "平面图（A3 横版）", width: 420, height: 297 },
];

test("a sheet is laid under a camera, which shows what it sees, and taken away", async () => {
  const { page, asked, button, press } = card("kiosk-2-printer", {
    id: "counter-1-camera",
    class: "camera",
    sheets,
    sheet: sheets[0],
  });
  expect(page.querySelector("img")?.getAttribute("src")).toBe(
    "/api/devices/counter-1-camera/photo.jpg?sheet=form-a4",
  );
  expect(page.querySelector(".bed")?.textContent).toContain("办事申请表（A4）");
  expect(button("办事申请表（A4）")?.disabled).toBe(true);
  expect(button("卡纸")).toBeUndefined();
  await press("平面图（A3 横版）");
  await press("取走纸张");
  expect(asked).toEqual([
    ["/api/devices/counter-1-camera/lay-sheet", { sheet: "plan-a3" }],
    ["/api/devices/counter-1-camera/take-sheet", {}],
  ]);
});

test("a scanner's feeder can be filled and jammed; it shows no picture", async () => {
  const { page, asked, press } = card("kiosk-2-printer", {
    id: "counter-1-scanner",
    class: "document-scanner",
    sheets,
    feeder: sheets,
  });
  expect(page.querySelector("img")).toBeNull();
  expect(page.querySelector(".feeder")?.textContent).toBe("进纸器：办事申请表（A4）、平面图（A3 横版）");
  await press("走一页后卡纸");
  expect(asked).toEqual([["/api/devices/counter-1-scanner/jam-after-pages", { lines: 1 }]]);
});
