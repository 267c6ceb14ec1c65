import type { ServiceView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import { ordered, pageOf, placesLeft, waitWords, whyNot } from "../src/services";
import { services as fixture } from "./fixture.mjs";

const services = fixture as ServiceView[];
const service = (extra: Partial<ServiceView>): ServiceView => ({ ...(services[0] as ServiceView), ...extra });

describe("services", () => {
  it("of the machine's own zone come first, each in the hall's order", () => {
    expect(
      ordered(services, "B")
        .map((s) => s.id)
        .slice(0, 3),
    ).toEqual(["social", "medical", "license"]);
    expect(ordered(services, undefined)).toEqual(services);
    expect(ordered(services, "B")).toHaveLength(services.length);
  });

  it.each([
    [{ waiting: 6, openWindows: 2, waitMinutes: 18 }, "约 18 分钟"],
    [{ waiting: 6, openWindows: 2, waitMinutes: 18, waitLow: 15, waitHigh: 20 }, "约 15–20 分钟"],
    [{ waiting: 1, openWindows: 2, waitMinutes: 0 }, "约 1 分钟"],
    [{ waiting: 0, openWindows: 1, waitMinutes: 0 }, "无需等候"],
    [{ waiting: 3, openWindows: 0, waitMinutes: undefined }, "暂无窗口"],
    [{ waiting: 3, openWindows: 0, waitMinutes: 7 }, "暂无窗口"],
  ])("%o is told as %s", (facts, want) => expect(waitWords(service(facts))).toBe(want));

  it.each([
    [undefined, ""],
    [11, ""],
    [10, "余 10 个号"],
    [0, "余 0 个号"],
  ])("with %s places left say %s", (left, want) =>
    expect(placesLeft(service({ placesLeft: left }))).toBe(want),
  );

  it("that can't be taken say why, with the hall's words if there are any", () => {
    expect(whyNot(service({ available: true }))).toBe("");
    expect(whyNot(service({ available: false, why: "窗口停用" }))).toBe("窗口停用");
    expect(whyNot(service({ available: false }))).toBe("暂不能取号");
  });
});

describe("pages", () => {
  const all = [1, 2, 3, 4, 5, 6, 7];

  it("are full but the last", () => {
    expect(pageOf(all, 0, 3)).toEqual({ items: [1, 2, 3], page: 0, pages: 3 });
    expect(pageOf(all, 2, 3)).toEqual({ items: [7], page: 2, pages: 3 });
  });

  it("beyond either end are the nearest one", () => {
    expect(pageOf(all, 9, 3).page).toBe(2);
    expect(pageOf(all, -1, 3).page).toBe(0);
  });

  it("of nothing are one empty page", () =>
    expect(pageOf([], 0, 6)).toEqual({ items: [], page: 0, pages: 1 }));
});
