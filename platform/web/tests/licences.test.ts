import { expect, test } from "vitest";
import { blankType, changesOf, copyOf, freshField, sentOf } from "../src/staff/licences/licence";
import { latenessOf } from "../src/staff/tasks/overdue";

test("a licence is suspended, restored and revoked; one that is revoked, replaced or over stays so", () => {
  expect(changesOf("valid")).toEqual(["suspended", "revoked"]);
  expect(changesOf("suspended")).toEqual(["valid", "revoked"]);
  for (const state of ["revoked", "replaced", "expired"] as const) expect(changesOf(state)).toEqual([]);
});

test("a kind of licences is sent without what was left empty, and a copy is changed alone", () => {
  const pass = {
    ...blankType(),
    id: " bus-pass ",
    name: "老年公交卡",
    authority: "11330100mb0000006a",
    code: "0a1",
    fields: [{ id: "name", label: " 姓名 ", from: "holder.name", otherwise: " " }],
  };
  expect(sentOf(pass)).toEqual({
    id: "bus-pass",
    name: "老年公交卡",
    holder: "any",
    authority: "11330100MB0000006A",
    code: "0A1",
    fields: [{ id: "name", label: "姓名", from: "holder.name" }],
  });
  const copy = copyOf(sentOf(pass));
  copy.fields.push(freshField(copy.fields));
  expect(copy).toMatchObject({ years: 0, single: false, prefix: "" });
  expect(pass.fields).toHaveLength(1);
});

test("a new fact has an id that no other has", () => {
  const field = (id: string) => ({ id, label: "", from: "" });
  expect(freshField([]).id).toBe("f1");
  expect(freshField([field("f2")]).id).toBe("f3");
});

test("an overdue material is decided with a reason, and extended with a day", () => {
  expect(latenessOf("extend", "2026-12-03", " ")).toBeUndefined();
  expect(latenessOf("extend", "", "出租人在外地")).toBeUndefined();
  expect(latenessOf("extend", "2026-12-03", " 出租人在外地 ")).toEqual({
    decision: "extend",
    due: "2026-12-03",
    reason: "出租人在外地",
  });
  expect(latenessOf("revoke", "2026-12-03", "经催告仍不补交")).toEqual({
    decision: "revoke",
    reason: "经催告仍不补交",
  });
});
