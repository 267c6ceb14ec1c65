import { describe, expect, it } from "vitest";
import { asked, given, missed } from "../src/rating";

const a = asked({ ticket: "a", number: "B012", until: "2026-11-23T09:13:00Z" });

describe("a rating", () => {
  it("is asked for, then given", () => {
    expect(given(a, { ticket: "a", score: 5 })).toEqual({
      ticket: "a",
      number: "B012",
      phase: "given",
      score: 5,
    });
  });

  it("that was given is not missed by a late timeout", () => {
    const done = given(a, { ticket: "a", score: 4 });
    expect(missed(done, { ticket: "a", detail: "没有等到评价" })).toBe(done);
  });

  it("may still be given after it was missed and asked again", () => {
    const again = asked({ ticket: "a", number: "B012", until: "" });
    expect(missed(a, { ticket: "a", detail: "没有等到评价" })?.phase).toBe("missed");
    expect(given(again, { ticket: "a", score: 3 })?.score).toBe(3);
  });

  it("of another ticket changes nothing", () => {
    expect(given(a, { ticket: "b", score: 1 })).toBe(a);
    expect(missed(a, { ticket: "b", detail: "" })).toBe(a);
    expect(given(undefined, { ticket: "b", score: 1 })).toBeUndefined();
  });

  it("is missed without having been asked when there is no pad", () => {
    expect(missed(undefined, { ticket: "a", detail: "本窗口没有评价器" }, "B012")).toMatchObject({
      number: "B012",
      phase: "missed",
    });
  });
});
