import { describe, expect, it } from "vitest";
import { type Component, createSSRApp, h } from "vue";
import { renderToString } from "vue/server-renderer";
import { start } from "../src/flow";
import HomeView from "../src/views/HomeView.vue";
import ResultView from "../src/views/ResultView.vue";
import ServicesView from "../src/views/ServicesView.vue";
import { card, snapshot, ticket } from "./fixture.mjs";

const SMALL_WORDS = "暂时连不上大厅系统，取号照常，请留意叫号";
const page = snapshot();

/** text is what a view says, without its markup. */
async function text(view: Component, props: Record<string, unknown>): Promise<string> {
  const html = await renderToString(createSSRApp({ render: () => h(view, props) }));
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

describe("without the hall", () => {
  it("the home page says so in small words and stays open", async () => {
    const says = await text(HomeView, { page, online: true, alone: true, why: "", flow: start() });
    expect(says).toContain(SMALL_WORDS);
    expect(says).toContain("请把身份证放在读卡区");
    expect(says).not.toContain("无法取号");
  });

  it("the home page is silent about it while the hall is there", async () => {
    const says = await text(HomeView, { page, online: true, alone: false, why: "", flow: start() });
    expect(says).not.toContain(SMALL_WORDS);
  });

  it("a machine that gives none says why", async () => {
    const why = "本机的离线号已经取完，请到咨询台取号";
    const says = await text(HomeView, { page, online: false, alone: false, why, flow: start() });
    expect(says).toContain(why);
    expect(says).not.toContain(SMALL_WORDS);
  });

  it("services promise nothing, and closed ones stay closed", async () => {
    const flow = { ...start(), step: "services", card };
    const says = await text(ServicesView, { flow, page, online: true, alone: true });
    expect(says).toContain(SMALL_WORDS);
    expect(says).toContain("取号照常");
    expect(says).toContain("窗口停用，今日不办理");
    expect(says).not.toMatch(/排队 \d|约 \d|无需等候/);
  });

  it("the ticket is marked and names nobody ahead", async () => {
    const { ahead: _, waitMinutes: __, url: ___, ...given } = ticket("license");
    const flow = {
      ...start(),
      step: "result",
      paper: "failed",
      ticket: { ...given, number: "KA001", offline: true },
    };
    const says = await text(ResultView, { flow, page, left: 12 });
    expect(says).toContain("KA001");
    expect(says).toContain("离线号");
    expect(says).toContain("按取号时间排队，请留意叫号");
    expect(says).not.toMatch(/前面还有|大约等候|扫码/);
  });
});
