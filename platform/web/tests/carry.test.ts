import encode from "qr";
import decode from "qr/decode.js";
import { expect, test } from "vitest";
import { asCase, asResult, type CarriedResult, valuesFor } from "../src/carry/carried";
import { pack, Reader, TooLong } from "../src/carry/parts";

const name = "𠮷野家（杭州）餐饮管理有限公司";
/** long doesn't pack well, and so takes several codes. */
const long = JSON.stringify({
  name,
  noise: Array.from({ length: 400 }, (_, i) => (i * 7919) % 9973).join(" "),
});

async function readAll(lines: string[]) {
  const reader = new Reader();
  let last = await reader.add("");
  for (const line of lines) last = await reader.add(line);
  return last;
}

test("a text comes back as it went, in any order, each code as often as it is scanned", async () => {
  for (const text of ["", "{}", name, long]) {
    const codes = await pack(text);
    expect(await readAll([...codes].reverse())).toEqual({ kind: "whole", text });
  }
  const codes = await pack(long);
  expect(codes.length).toBeGreaterThan(2);
  expect(await readAll([codes[0] ?? "", codes[0] ?? "", ...codes])).toEqual({ kind: "whole", text: long });
});

test("what is still missing is told by number", async () => {
  const codes = await pack(long);
  const reader = new Reader();
  expect(await reader.add(codes[1] ?? "")).toEqual({ kind: "part", have: 1, total: codes.length });
  expect(reader.missing).not.toContain(2);
  expect(reader.missing).toContain(1);
});

test("a code of another text begins that one", async () => {
  const [mine, other] = [await pack(long), await pack("{}")];
  const reader = new Reader();
  await reader.add(mine[0] ?? "");
  expect(await reader.add(other[0] ?? "")).toEqual({ kind: "whole", text: "{}" });
});

test("capital letters, digits and points alone, as a keyboard types them", async () => {
  for (const code of await pack(long)) expect(code).toMatch(/^[A-Z0-9.]{1,520}$/);
  // With caps lock on, a scanner types small letters.
  const [code = ""] = await pack("{}");
  expect(await readAll([` ${code.toLowerCase()}\r`])).toEqual({ kind: "whole", text: "{}" });
});

test("every code can be read back from its picture", async () => {
  for (const code of await pack(long)) {
    const rows = encode(code, "raw", { ecc: "medium", encoding: "alphanumeric", border: 4 });
    const scale = 4;
    const size = rows.length * scale;
    const data = new Uint8Array(size * size * 4).fill(255);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        if (rows[Math.floor(y / scale)]?.[Math.floor(x / scale)])
          data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
    expect(decode({ width: size, height: size, data })).toBe(code);
  }
});

test("lost, changed and foreign letters are told apart, and nothing broken comes out", async () => {
  const [code = ""] = await pack(long);
  const bad = async (line: string) => await new Reader().add(line);
  expect(await bad("http://example.com/t/1")).toEqual({ kind: "bad", why: "foreign" });
  expect(await bad("")).toEqual({ kind: "bad", why: "foreign" });
  for (let i = 5; i < code.length; i += 37) {
    expect(await bad(code.slice(0, i) + code.slice(i + 1)), `without letter ${i}`).toEqual({
      kind: "bad",
      why: "garbled",
    });
    const other = code[i] === "A" ? "B" : "A";
    expect(await bad(code.slice(0, i) + other + code.slice(i + 1)), `letter ${i} changed`).toEqual({
      kind: "bad",
      why: "garbled",
    });
  }
});

test("a small code that would burst is refused", async () => {
  const codes = await pack("0".repeat(3_000_000)); // packs into a few thousand letters
  expect(await readAll(codes)).toEqual({ kind: "bad", why: "broken" });
});

test("what nobody would scan is refused", async () => {
  let noise = "";
  for (let i = 0, x = 1; i < 12_000; i++) {
    x = (x * 48271) % 2147483647;
    noise += String.fromCharCode(32 + (x % 90));
  }
  await expect(pack(noise)).rejects.toBeInstanceOf(TooLong);
});

const result: CarriedResult = {
  kind: "result",
  caseNo: "3301",
  result: "approve",
  opinion: "同意",
  values: {},
  at: "2026-11-23 09:00",
};

test("only a whole result is one", () => {
  expect(asResult(JSON.stringify(result))).toEqual(result);
  const wrong: unknown[] = [
    null,
    [],
    "approve",
    { ...result, kind: "case" },
    { ...result, result: "terminate" },
    { ...result, caseNo: 3301 },
    { ...result, opinion: "长".repeat(1001) },
    { ...result, values: { a: { b: 1 } } },
    { ...result, values: null },
    { ...result, by: "名".repeat(101) },
    { ...result, number: 5 },
  ];
  for (const one of wrong) expect(asResult(JSON.stringify(one)), JSON.stringify(one)).toBeUndefined();
  expect(asResult("{")).toBeUndefined();
});

test("a result fills only what the step asks for, and only with what fits", () => {
  const asked = [
    { name: "risk", label: "风险", kind: "text" as const, options: ["高", "低"] },
    { name: "onSite", label: "现场", kind: "boolean" as const, options: [] },
    { name: "area", label: "面积", kind: "number" as const, options: [] },
  ];
  const given = { ...result, values: { risk: "低", onSite: true, area: 12.5, other: "x" } };
  expect(valuesFor(given, asked)).toEqual({ risk: "低", onSite: true, area: 12.5 });
  expect(valuesFor({ ...result, values: { risk: "中", onSite: "yes", area: "12" } }, asked)).toEqual({});
});

test("only a whole case is one", () => {
  const fact = { name: "n", label: "名称", text: name };
  const one = {
    kind: "case",
    caseNo: "1",
    item: "i",
    step: "s",
    who: [fact],
    sections: [{ title: "t", facts: [fact] }],
    asked: [],
  };
  expect(asCase(JSON.stringify(one))).toEqual(one);
  for (const wrong of [
    { ...one, who: [{ name: "n" }] },
    { ...one, sections: [{ title: "t" }] },
    { ...one, asked: [{ name: "x" }] },
    { ...one, kind: "result" },
  ])
    expect(asCase(JSON.stringify(wrong)), JSON.stringify(wrong)).toBeUndefined();
});
