import { type ReasonView, setLanguage, setNames } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reasonOf, said, stepOf, strategyOf, troubleAdvice } from "../src/said";

const late = { code: "attendance.late", vars: { who: "冯雪", from: "09:00" } };
const longest: ReasonView = {
  strategy: "longest-wait",
  rule: "longest",
  text: "3 位等候者中等候最久",
  candidates: 3,
};

describe("what the hall-server says, in Chinese", () => {
  it("is as it was said", () => {
    expect(said("冯雪 应 09:00 到岗，未登录", late)).toBe("冯雪 应 09:00 到岗，未登录");
    expect(reasonOf(longest)).toBe("3 位等候者中等候最久");
    expect(stepOf({ event: "ticket.parked", text: "挂起：缺材料" })).toBe("挂起：缺材料");
  });
});

describe("what the hall-server says, in English", () => {
  beforeEach(async () => {
    await setLanguage("en");
    setNames({ en: { 今天盘点: "Stocktaking today", 社保: "Social insurance" } });
  });
  afterEach(async () => {
    await setLanguage("zh-CN");
    setNames({});
  });

  it("is worded by its code", () => {
    expect(said("冯雪 应 09:00 到岗，未登录", late)).toBe("冯雪 should have signed in by 09:00");
    expect(
      said("离线号 K001 没有并入排队", {
        code: "offline.refused",
        vars: { number: "K001", problem: "ticket.unknown" },
      }),
    ).toBe("The offline ticket K001 did not join the queue: There is no such ticket");
  });
  it("is the hall's own where it has no code, or one that nobody knows", () => {
    expect(said("今天盘点")).toBe("Stocktaking today");
    expect(said("新的事", { code: "new.thing" })).toBe("新的事");
    expect(said(undefined)).toBe("");
  });
  it("says what to do about an agent's trouble", () => {
    expect(troubleAdvice({ advice: "请校准", said: { code: "clock.fast" } })).toBe(
      "Please set this terminal's clock",
    );
  });
  it("gives reasons, with what the clerk wrote", () => {
    expect(reasonOf(longest)).toBe("Longest wait of 3 people waiting");
    expect(reasonOf({ ...longest, rule: "ratio", class: "walk-in" })).toBe("Walk-ins have the turn by ratio");
    expect(reasonOf({ ...longest, rule: "ratio", class: "tax" })).toBe("Its service has the turn by ratio");
    expect(reasonOf({ ...longest, rule: "by-hand", note: "带小孩" })).toBe("Chosen by staff: 带小孩");
    expect(reasonOf({ ...longest, rule: "new" })).toBe(longest.text);
  });
  it("names a strategy's services and classes", () => {
    const shares = [
      { class: "appointment", weight: 2 },
      { name: "社保", weight: 1 },
    ];
    expect(strategyOf({ strategy: "ratio", strategyText: "按比例", strategyShares: shares })).toBe(
      "By ratio appointments 2 : Social insurance 1",
    );
    expect(strategyOf({})).toBe("");
  });
  it("tells the steps of a visit", () => {
    expect(stepOf({ event: "ticket.called", text: "呼叫（…）", reason: longest })).toBe(
      "Called: Longest wait of 3 people waiting",
    );
    expect(stepOf({ event: "ticket.parked", text: "挂起：缺材料" })).toBe("On hold: 缺材料");
    expect(stepOf({ event: "ticket.printed", text: "打印：已出纸" })).toBe("Print reported");
    expect(stepOf({ event: "ticket.new", text: "新事" })).toBe("新事");
  });
});
