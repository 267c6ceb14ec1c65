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
