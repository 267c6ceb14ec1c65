import { boardCalls, boardServices } from "@smarthall/ui/screen";
import { expect, test } from "vitest";
import { call, service } from "./fixtures";

const later = (n: number) => `2026-11-23T10:24:${String(n).padStart(2, "0")}+08:00`;

test("the newest call stands first, and only six fit", () => {
  const calls = Array.from({ length: 9 }, (_, i) =>
    call({ id: `c${i}`, ticket: `t${i}`, number: `A00${i}`, at: later(i) }),
  );
  expect(boardCalls(calls, "").map((c) => c.number)).toEqual([
    "A008",
    "A007",
    "A006",
    "A005",
    "A004",
    "A003",
  ]);
});

test("a ticket that is called again stands once, where its latest call belongs", () => {
  const calls = [
    call({ id: "c1", ticket: "t1", at: later(1) }),
    call({ id: "c2", ticket: "t2", at: later(2) }),
    call({ id: "c3", ticket: "t1", at: later(3), recall: 1 }),
  ];
  expect(boardCalls(calls, "").map((c) => c.id)).toEqual(["c3", "c2"]);
});

test("a board of one zone shows no other zone's calls", () => {
  const calls = [call({ id: "c1", ticket: "t1", zone: "A" }), call({ id: "c2", ticket: "t2", zone: "B" })];
  expect(boardCalls(calls, "A").map((c) => c.id)).toEqual(["c1"]);
});

test("a call that isn't meant for boards stays off them, and so does its ticket's call before", () => {
  const calls = [
    call({ id: "c1", ticket: "t1", at: later(1) }),
    call({ id: "c2", ticket: "t1", at: later(2), channels: ["window"] }),
    call({ id: "c3", ticket: "t3", at: later(3), channels: ["board"], silent: true }),
  ];
  expect(boardCalls(calls, "").map((c) => c.id)).toEqual(["c3"]);
});

test("times are compared as instants, whatever their zone", () => {
  const calls = [
    call({ id: "old", ticket: "t1", at: "2026-11-23T10:24:00+08:00" }),
    call({ id: "new", ticket: "t2", at: "2026-11-23T02:25:00Z" }),
  ];
  expect(boardCalls(calls, "").map((c) => c.id)).toEqual(["new", "old"]);
});

test("when services don't fit, the ones people wait for are kept in the hall's order", () => {
  const services = [3, 0, 9, 1].map((waiting, i) => service({ id: `s${i}`, waiting }));
  const { shown, hidden } = boardServices(services, "", 3);
  expect(shown.map((s) => s.id)).toEqual(["s0", "s2", "s3"]);
  expect(hidden).toBe(1);
});

test("services of other zones are neither shown nor counted as hidden", () => {
  const services = [service({ id: "a", zone: "A" }), service({ id: "b", zone: "B" })];
  expect(boardServices(services, "B")).toEqual({ shown: [services[1]], hidden: 0 });
});
