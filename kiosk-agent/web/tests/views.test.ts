import { describe, expect, it } from "vitest";
import { type Component, createSSRApp, h } from "vue";
import { renderToString } from "vue/server-renderer";
import { type Flow, start } from "../src/flow";
import LayCard from "../src/parts/LayCard.vue";
import ResultView from "../src/views/ResultView.vue";
import ServicesView from "../src/views/ServicesView.vue";
import StaffView from "../src/views/StaffView.vue";
import VisitsView from "../src/views/VisitsView.vue";
import { appointment, card, held, snapshot, ticket } from "./fixture.mjs";

const page = snapshot();
const now = Date.now();

/** text is what a view says, without its markup. */
async function text(view: Component, props: Record<string, unknown>): Promise<string> {
  const html = await renderToString(createSSRApp({ render: () => h(view, props) }));
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

describe("where the card goes", () => {
  const cards = [
    { name: "市民卡", pattern: "DHM1" },
    { name: "电子社保卡", pattern: "SB1" },
  ];
  const lay = (extra: Record<string, unknown>, devices = page.devices) => {
    const hall = { ...page.hall, hall: { ...page.hall.hall, ...extra } };
    return text(LayCard, { page: { ...page, hall, devices }, online: true, why: "", unread: false });
  };
  const scanner = [
    ...page.devices,
    { id: "scanner", class: "scanner", name: "", profile: "", state: "online", since: "" },
  ];

  it("names the citizen cards of the hall, where their codes can be scanned", async () => {
    expect(await lay({ citizenCards: cards }, scanner)).toContain("也可以扫市民卡、电子社保卡的二维码");
    expect(await lay({}, scanner)).not.toContain("二维码");
    const without = page.devices.filter((d: { class: string }) => d.class !== "scanner");
    expect(await lay({ citizenCards: cards }, without)).not.toContain("二维码");
  });
});

const at = (step: Flow["step"], extra: Record<string, unknown> = {}) => ({ ...start(), step, ...extra });

describe("the page of what a person has here", () => {
  const visits = {
    appointments: [appointment("a1", 10)],
    tickets: [held("medical", "F007", "waiting"), held("license", "A009", "missed", { channel: "card" })],
  };

  it("offers all that the card's holder may do", async () => {
    const says = await text(VisitsView, { flow: at("visits", { card, visits }), page, now });
    for (const part of [
      "王*，您好",
      "签到取号",
      "取消预约",
      "F007",
      "前面还有 2 位，大约 5–10 分钟",
      "补打号票",
    ]) {
      expect(says).toContain(part);
    }
    for (const part of ["A009", "过号重排", "取消排队", "办理其他业务"]) expect(says).toContain(part);
  });

  it("offers a phone's holder no cancelling of what was taken by card", async () => {
    const says = await text(VisitsView, { flow: at("visits", { phone: "13812345678", visits }), page, now });
    expect(says).toContain("签到取号");
    expect(says).toContain("过号重排");
    expect(says).not.toMatch(/取消预约|取消排队/);
  });

  it("offers who has but a code no other service", async () => {
    const says = await text(VisitsView, { flow: at("visits", { code: "20613370", visits }), page, now });
    expect(says).toContain("取消预约");
    expect(says).not.toContain("办理其他业务");
  });

  it("says a refusal in the hall's words", async () => {
    const problem = { status: 409, code: "appointment.early", detail: "还没到签到时间，10:00 起可以签到" };
    const says = await text(VisitsView, { flow: at("visits", { card, visits, problem }), page, now });
    expect(says).toContain("10:00 起可以签到");
  });
});

describe("the services", () => {
  const props = { page, online: true, alone: false };

  it("tell a range, what is left, and offer priority and silence", async () => {
    const says = await text(ServicesView, { ...props, flow: at("services", { card }) });
    for (const part of ["约 5–10 分钟", "余 8 个号", "优先办理", "不用语音叫我"])
      expect(says).toContain(part);
  });

  it("say which class was chosen", async () => {
    const says = await text(ServicesView, { ...props, flow: at("services", { card, priority: "pregnant" }) });
    expect(says).toContain("已选孕妇优先");
  });

  it("offer neither without the hall, which alone can give them", async () => {
    const flow = at("services", { card, priority: "pregnant" });
    const says = await text(ServicesView, { ...props, alone: true, flow });
    expect(says).not.toMatch(/优先|不用语音叫我/);
  });
});

describe("the staff page", () => {
  it("never shows the password", async () => {
    const staff = { account: "li", password: "secret", field: "password" };
    const flow = at("staff", { card, staff, service: "license", priority: "pregnant" });
    const says = await text(StaffView, { flow, className: "孕妇优先", serviceName: "企业设立登记" });
    expect(says).toContain("孕妇优先 · 企业设立登记");
    expect(says).toContain("●●●●●●");
    expect(says).not.toContain("secret");
  });
});

describe("the result", () => {
  const result = (extra: Record<string, unknown>, flow: Record<string, unknown> = {}) =>
    text(ResultView, {
      flow: at("result", { paper: "printed", ticket: { ...ticket("license"), ...extra }, ...flow }),
      page,
      left: 12,
    });

  it("says which class and which appointment it is of, and the range of the wait", async () => {
    const says = await result({
      priority: "elderly",
      slotAt: "2026-11-23T10:30:00+08:00",
      waitLow: 15,
      waitHigh: 20,
    });
    for (const part of ["已按长者优先", "预约 10:30", "15–20 分钟"]) expect(says).toContain(part);
  });

  it("falls back to the plain wait, and says that a call will be silent", async () => {
    const says = await result({ silent: true });
    expect(says).toContain("18 分钟");
    expect(says).toContain("叫号时不播语音");
  });

  it("of a second check-in says so and asks nobody to wait for paper", async () => {
    const says = await result({}, { paper: "kept", outcome: "again" });
    expect(says).toContain("您已签到");
    expect(says).toContain("请用原来的号票");
    expect(says).not.toMatch(/打印|请取走/);
  });

  it("of a rejoined ticket says so, and not how many were ahead when it was taken", async () => {
    const says = await result({}, { paper: "kept", outcome: "rejoined" });
    expect(says).toContain("已重新排队");
    expect(says).not.toMatch(/6 位|18 分钟/);
  });
});
