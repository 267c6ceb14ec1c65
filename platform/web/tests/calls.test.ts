import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { arrived, type Call, calls, fresh, hear, quiet, setQuiet } from "../src/staff/calls";
import { countdown, isSoon } from "../src/staff/desk/conversations/conversations";

const one: Call = { id: "1", subject: "开餐馆", waits: "2026-11-24T01:00:00Z" };
const two: Call = { id: "2", subject: "注册公司", waits: "2026-11-24T01:01:00Z" };

let notes = 0;
class Audio {
  currentTime = 0;
  destination = {};
  resume = () => Promise.resolve();
  createGain = () => ({
    gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} },
    connect: (next: unknown) => next,
  });
  createOscillator() {
    return { frequency: { value: 0 }, connect: (next: unknown) => next, start: () => notes++, stop() {} };
  }
}

beforeEach(() => {
  localStorage.clear();
  calls.value = [];
  fresh.value = undefined;
  notes = 0;
  vi.stubGlobal("AudioContext", Audio);
});
afterEach(() => vi.unstubAllGlobals());

test("each call is heard once, and once more after it was handed over", () => {
  setQuiet(false);
  expect(hear([one])?.id).toBe("1");
  expect(notes).toBe(2);
  expect(hear([one])).toBeUndefined();
  expect(hear([one, two])?.id).toBe("2");
  expect(calls.value).toHaveLength(2);
  expect(hear([one])).toBeUndefined();
  expect(fresh.value, "what was taken up is told no more").toBeUndefined();
  expect(arrived([one.id + one.waits], [{ ...one, waits: "2026-11-24T01:09:00Z" }])).toHaveLength(1);
  expect(notes).toBe(4);
});

test("in silence a call is only seen, and the choice is remembered", () => {
  setQuiet(true);
  expect(hear([one])?.id).toBe("1");
  expect([notes, fresh.value?.id]).toEqual([0, "1"]);
  expect(localStorage.getItem("staff-calls-quiet")).toBe("1");
  setQuiet(false);
  expect(quiet.value).toBe(false);
});

test("what somebody else kept under our name does no harm", () => {
  for (const junk of ["{", "7", '"x"', "[1,null]"]) {
    localStorage.setItem("staff-calls-heard", junk);
    expect(hear([one])?.id).toBe("1");
  }
});

test("patience is counted down to nothing", () => {
  const now = Date.parse("2026-11-24T01:00:00Z");
  expect(countdown("2026-11-24T01:10:00Z", now)).toBe("10:00");
  expect(countdown("2026-11-24T01:00:59.200Z", now)).toBe("1:00");
  expect(countdown("2026-11-24T00:59:00Z", now)).toBe("0:00");
  expect(countdown(undefined, now)).toBe("0:00");
  expect([isSoon("2026-11-24T01:02:59Z", now), isSoon("2026-11-24T01:03:00Z", now)]).toEqual([true, false]);
});
