import { expect, test } from "vitest";
import { bodyOf, emptyEntry, kindOf } from "../src/staff/people/legal";

test("the credit code tells which licence it is on", () => {
  expect(kindOf(" 91330102MA27XL0X30")).toBe("business");
  expect(kindOf("51")).toBe("social");
  expect(kindOf("12")).toBe("institution");
  expect(kindOf("31")).toBe("other");
  expect(kindOf(" ")).toBeUndefined();
});

test("of a representative in person nothing of an agent's is sent", () => {
  const agent = {
    ...emptyEntry(),
    role: "handler" as const,
    representative: " 李四 ",
    until: "2027-01-31",
    seen: ["id-card", "power-of-attorney"],
  };
  expect(bodyOf(agent)).toMatchObject({
    representative: "李四",
    until: "2027-01-31T23:59:59+08:00",
    seen: ["id-card", "power-of-attorney"],
  });
  const herself = bodyOf({ ...agent, role: "representative" });
  expect(herself).toMatchObject({ role: "representative", seen: ["id-card"] });
  expect(herself).not.toHaveProperty("representative");
  expect(herself).not.toHaveProperty("until");
});

test("a reason counts only while the registrar answers for it", () => {
  expect(bodyOf({ ...emptyEntry(), manual: "系统维护" })).not.toHaveProperty("manual");
  expect(bodyOf({ ...emptyEntry(), sure: true, manual: " 系统维护 " })).toHaveProperty("manual", "系统维护");
});
