import { describe, expect, test } from "vitest";
import type { Edit, Entry, Value } from "../src/admin/settings/api";
import { durationOf, entryEdits, fieldEdits, listEdits, newId, secondsOf } from "../src/admin/settings/edits";
import { Hall } from "../src/admin/settings/hall";
import { RULES, services, windows } from "../src/admin/settings/sections";
import { ApiError } from "../src/api";

/** applied makes list edits as the hall-server does. */
function applied(list: Value[], edits: Edit[]): Value[] {
  const out = [...list];
  for (const edit of edits) {
    const at = Number(edit.path.split("/").pop());
    if (edit.op === "set") out[at] = edit.value as Value;
    else if (edit.op === "remove") out.splice(at, 1);
    else out.splice(edit.at ?? out.length, 0, edit.value as Value);
  }
  return out;
}

describe("edits of a list", () => {
  const lists = ["", "a", "ab", "abc", "abcd", "xbc", "axc", "abx", "acb", "aab", "cba", "xyzabc"];
  for (const was of lists) {
    for (const now of lists) {
      test(`${was || "nothing"} becomes ${now || "nothing"}`, () => {
        expect(applied([...was], listEdits("tips", [...was], [...now])).join("")).toBe(now);
      });
    }
  }
  test("what stays is not touched", () => {
    expect(listEdits("tips", ["a", "b", "c"], ["a", "x", "c"])).toEqual([
      { op: "set", path: "tips/1", value: "x" },
    ]);
    expect(listEdits("tips", ["a", "b"], ["a", "b"])).toEqual([]);
  });
});

describe("edits of an entry", () => {
  const was: Entry = {
    id: "tax",
    name: "涉税",
    zone: "A",
    target_wait: "15m",
    closed: "维护",
    person_daily: 2,
  };

  test("only what differs is sent", () => {
    const now = { ...was, target_wait: "20m", closed: "", person_daily: null };
    expect(entryEdits("services", services.fields, was, now, 0)).toEqual([
      { op: "set", path: "services/tax/target_wait", value: "20m" },
      { op: "remove", path: "services/tax/person_daily" },
      { op: "remove", path: "services/tax/closed" },
    ]);
  });
  test("nothing is nothing", () => {
    expect(entryEdits("services", services.fields, was, { ...was, materials: [], short: "" }, 0)).toEqual([]);
  });
  test("a new id is named everywhere, last", () => {
    expect(entryEdits("services", services.fields, was, { ...was, id: "tax2", name: "税" }, 0)).toEqual([
      { op: "set", path: "services/tax/name", value: "税" },
      { op: "rename", path: "services/tax", id: "tax2" },
    ]);
  });
  test("a new entry has what was filled in", () => {
    const now = { number: "13", name: "", zone: "A", services: ["tax"], disabled: false, id: "13" };
    expect(entryEdits("windows", windows.fields, undefined, now, -1)).toEqual([
      { op: "insert", path: "windows", value: { number: "13", zone: "A", services: ["tax"], id: "13" } },
    ]);
  });
  test("an id with a slash is one step", () => {
    const odd = { id: "a/b", name: "x" };
    expect(entryEdits("zones", services.fields, odd, { ...odd, name: "y" }, 0)[0]?.path).toBe(
      "zones/a~1b/name",
    );
  });
  test("an entry without an id is named by its place", () => {
    expect(
      fieldEdits("roster/3", [{ key: "hours", kind: "period" }], { hours: "a" }, { hours: "b" })[0]?.path,
    ).toBe("roster/3/hours");
  });
  test("a flag that is on by itself is switched off by saying so", () => {
    expect(fieldEdits("rules", RULES, {}, { one_live_ticket: false })).toEqual([
      { op: "set", path: "rules/one_live_ticket", value: false },
    ]);
    expect(fieldEdits("rules", RULES, { one_live_ticket: true }, { one_live_ticket: true })).toEqual([]);
  });
});

test("durations are read and written as the file has them", () => {
  for (const [text, seconds] of [
    ["20m", 1200],
    ["1h30m", 5400],
    ["10s", 10],
    ["0", 0],
    ["1.5m", 90],
  ] as const) {
    expect(secondsOf(text)).toBe(seconds);
  }
  for (const text of ["", "20", "m", "x20m", "20 minutes"]) expect(secondsOf(text)).toBeUndefined();
  expect(durationOf(20, 60)).toBe("20m");
  expect(durationOf(1.5, 60)).toBe("90s");
  expect(durationOf(10, 1)).toBe("10s");
});

test("a new id is one that nobody has", () => {
  expect(newId("Z", [{ id: "Z1" }, { id: "Z3" }])).toBe("Z4");
  expect(newId("Z", [])).toBe("Z1");
});

describe("the hall", () => {
  const outcome = { version: "2", changes: [], effects: [], saved: true };
  const values: Entry = { name: "x", windows: [{ id: "1", number: "9" }, { id: "9" }], tips: ["a", "b"] };

  test("paths lead by ids, or by places where there are none", async () => {
    const hall = new Hall({ read: async () => ({ version: "1", values }), send: async () => outcome });
    await hall.load();
    expect(hall.at("windows/9/id")).toBe("9");
    expect(hall.at("windows/1/number")).toBe("9");
    expect(hall.at("tips/1")).toBe("b");
    expect(hall.at("none/x")).toBeUndefined();
    expect(hall.list("none")).toEqual([]);
  });
  test("saving names the version that was read, and reads again", async () => {
    const sent: unknown[] = [];
    let version = 0;
    const hall = new Hall({
      read: async () => ({ version: `v${++version}`, values }),
      send: async (...args) => {
        sent.push(args);
        return outcome;
      },
    });
    await hall.load();
    const edits: Edit[] = [{ op: "set", path: "name", value: "y" }];
    await hall.dryRun(edits);
    await hall.save(edits, "why");
    expect(sent).toEqual([
      ["v1", edits, "", true],
      ["v1", edits, "why", false],
    ]);
    expect(hall.state.version).toBe("v2");
  });
  test("a lost session leads to the sign-in, a lost server is said", async () => {
    let left = 0;
    const failing = (err: unknown) =>
      new Hall({ read: () => Promise.reject(err), send: () => Promise.reject(err) }, () => left++);
    const hall = failing(new ApiError(401, "请先登录"));
    await hall.load();
    expect([left, hall.state.failure]).toEqual([1, "请先登录"]);
    const away = failing(new Error("x"));
    await away.load();
    expect(away.state.failure).not.toBe("");
    expect(away.state.ready).toBe(false);
  });
});
