import { type PageSnapshot, setLanguage } from "@smarthall/ui";
import { afterEach, describe, expect, it } from "vitest";
import { createSSRApp, h, ref } from "vue";
import { renderToString } from "vue/server-renderer";
import DevicesPanel from "../src/devices/DevicesPanel.vue";
import { snapshot } from "./fixture.mjs";

const since = "2026-11-20T09:05:00+08:00";
const devices = [
  {
    id: "pad",
    class: "pad",
    name: "五键评价器",
    profile: "generic/pad-5key-ascii",
    state: "online",
    unasked: true,
    since,
  },
  {
    id: "printer",
    class: "printer",
    name: "芯烨 XP-80C",
    profile: "xprinter/xp-80c",
    port: "/dev/ttyUSB0",
    state: "paper_end",
    since,
    detail: "缺纸",
    advice: "请装入打印纸，并合上机盖",
    help: "串口型号的波特率看自检页",
  },
];

/** text is what the panel says, without its markup. */
async function text(list: unknown[], online = true): Promise<string> {
  const page = ref(snapshot({ devices: list }) as PageSnapshot);
  const html = await renderToString(
    createSSRApp({ render: () => h(DevicesPanel, { machine: { page, online: ref(online) } }) }),
  );
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

afterEach(() => setLanguage("zh-CN"));

describe("what a technician reads of the machine's devices", () => {
  it("is what is wrong first: since when, why, what to do and how it is set up", async () => {
    const says = await text(devices);
    expect(says.indexOf("芯烨")).toBeLessThan(says.indexOf("五键评价器"));
    for (const part of [
      "缺纸",
      "09:05 起",
      "处理 请装入打印纸",
      "接法 串口型号",
      "/dev/ttyUSB0",
      "共 2 台设备",
    ]) {
      expect(says).toContain(part);
    }
  });

  it("is in English on a page in English: the cause and what to do", async () => {
    await setLanguage("en");
    const says = await text([
      { ...devices[1], detailEn: "Out of paper", helpEn: "The self-test page tells its baud rate" },
    ]);
    expect(says).toContain("Out of paper");
    expect(says).toContain("What to do Put in paper and close the cover");
    expect(says).toContain("Set-up The self-test page tells its baud rate");
    expect(says).not.toMatch(/请|串口/);
  });

  it("doesn't call a device well that can't be asked", async () => {
    const says = await text(devices.slice(0, 1));
    expect(says).toContain("端口已打开");
    expect(says).not.toContain("正常");
  });

  it("says so without devices, and without the hall", async () => {
    const says = await text([], false);
    expect(says).toContain("没有配置设备");
    expect(says).toContain("看板上看不到");
  });
});
