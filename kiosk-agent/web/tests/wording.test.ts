import { type CaseView, type SlipWords, SOURCE, setLanguage, setNames } from "@smarthall/ui";
import { afterEach, describe, expect, it } from "vitest";
import { chapters, type Item, needs, type Place, themeId } from "../src/guide";
import { documents, stateOf, way } from "../src/query/cases";
import { caseSlip } from "../src/query/slip";
import { worded } from "../src/query/text";
import type { Case, Material } from "../src/terminal/door";
import { bookingWords, nextOf, receiptWords } from "../src/terminal/receipt";
import english from "../src/wording/en.json";
import { fit } from "../src/wording/fit";
import { charge, fee, limit, note, place, promised, statutory, theme, visits } from "../src/wording/guide";
import { lacking } from "../src/wording/lack";
import { bringSlip } from "../src/wording/slip";

const HAN = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/;

/** What the platform tells of an item: Chinese, with the data beside it. */
const told: Item = {
  id: "food",
  name: "food",
  services: [],
  item: {
    promised: "10个工作日",
    promisedLimit: { unit: "working-days", days: 10 },
    statutory: "法律法规未规定",
    statutoryLimit: { unit: "none" },
    visits: "最多跑1次",
    visitsMost: 1,
    fee: "不收费",
    free: true,
    materials: [
      {
        id: "form",
        name: "form",
        note: "原件1份",
        type: "form",
        originals: 1,
        source: "applicant",
        need: "must",
      },
    ],
    places: [
      {
        name: "hall",
        window: "3、7号窗口",
        windowNumbers: ["3", "7"],
        hours: "周一至周五 9:00-12:00、13:30-17:00；周六 9:00-12:00（法定节假日除外）",
        opening: {
          parts: [
            {
              days: [1, 2, 3, 4, 5],
              times: [
                { from: "9:00", to: "12:00" },
                { from: "13:30", to: "17:00" },
              ],
            },
            { days: [6], times: [{ from: "9:00", to: "12:00" }] },
          ],
          exceptHolidays: true,
        },
      },
    ],
    telephone: "0571-1",
  },
};
const place0 = told.item.places?.[0] as Place;

/** The same from a platform that tells words only. */
const older: Item = {
  ...told,
  item: {
    promised: "10个工作日",
    statutory: "20日",
    visits: "最多跑1次",
    fee: "不收费",
    materials: [{ name: "form", note: "原件1份" }],
  },
};

afterEach(async () => {
  setNames(undefined);
  await setLanguage(SOURCE);
});

describe("who reads Chinese", () => {
  it("reads the platform's own words", () => {
    expect([promised(told), statutory(told), visits(told), fee(told)]).toEqual([
      "10个工作日",
      "法律法规未规定",
      "最多跑1次",
      "不收费",
    ]);
    expect(note({ name: "x", note: "原件1份；可容缺后补", type: "both", originals: 2 })).toBe(
      "原件1份；可容缺后补",
    );
    expect(place(place0)).toBe(
      "3、7号窗口 周一至周五 9:00-12:00、13:30-17:00；周六 9:00-12:00（法定节假日除外）",
    );
    expect(charge({ id: "a", text: "工本费：10元", name: "工本费", standard: "10元" })).toBe("工本费：10元");
    expect(theme("社会保障", "p-social")).toBe("社会保障");
    expect(bringSlip(told, [], "", "hall")).toBeUndefined();
  });
});

describe("who reads English", () => {
  it("reads limits, visits and fees", async () => {
    await setLanguage("en");
    expect([promised(told), statutory(told), visits(told), fee(told)]).toEqual([
      "10 working days",
      "Not set by law",
      "1 visit at most",
      "Free of charge",
    ]);
    expect(limit({ unit: "working-days", days: 1 })).toBe("1 working day");
    expect(limit({ unit: "instant" })).toBe("While you wait");
    expect(visits({ ...told, item: { visits: "一次都不用跑", visitsMost: 0 } })).toBe("No visit needed");
    expect(chapters(told)).toEqual([{ id: "statutory", lines: [{ text: "Not set by law" }] }]);
    expect(
      fee({
        ...told,
        item: {
          fee: "a：1；b：2",
          charges: [
            { id: "a", text: "a：1", name: "a", standard: "1" },
            { id: "b", text: "b：2", name: "b", standard: "2" },
          ],
        },
      }),
    ).toBe("a: 1; b: 2");
  });

  it.each([
    [{ type: "form", originals: 1 }, "1 original"],
    [{ type: "both", originals: 2, copies: 1, need: "must" }, "2 originals, 1 copy"],
    [{ type: "copy", copies: 3, need: "tolerable" }, "3 copies; may be handed in later"],
    [{ type: "edoc", source: "sharing", originals: 1 }, "Departments share it: nothing to hand in"],
    [{ type: "show", originals: 1 }, "Original, given back once it is checked"],
    [
      { type: "edoc", need: "promise", when: "w" },
      "Electronic file; a written promise will do instead; only if: w",
    ],
  ])("reads how %o is brought", async (m, want) => {
    await setLanguage("en");
    expect(note({ name: "x", note: "原件", ...m })).toBe(want);
  });

  it("reads windows and hours", async () => {
    await setLanguage("en");
    expect(place(place0)).toBe(
      "Windows 3, 7: Monday to Friday 9:00-12:00, 13:30-17:00; Saturday 9:00-12:00, closed on public holidays",
    );
    expect(
      place({
        name: "x",
        window: "1号窗口",
        windowNumbers: ["1"],
        hours: "工作日 9:00-17:00",
        opening: { parts: [{ times: [{ from: "9:00", to: "17:00" }] }] },
      }),
    ).toBe("Window 1: Working days 9:00-17:00");
    const always = { parts: [{ days: [1, 2, 3, 4, 5, 6, 7], times: [{ from: "0:00", to: "24:00" }] }] };
    expect(place({ name: "Self-service area", hours: "全天", opening: always })).toBe(
      "Self-service area: Every day 24 hours",
    );
    const weekend = { parts: [{ days: [2, 6, 7], times: [{ from: "9:00", to: "10:00" }] }] };
    expect(place({ name: "x", hours: "周", opening: weekend })).toBe(
      "x: Tuesday, Saturday to Sunday 9:00-10:00",
    );
  });

  it("reads the office's own words where there is no data", async () => {
    await setLanguage("en");
    expect([promised(older), statutory(older), visits(older), fee(older)]).toEqual([
      "10个工作日",
      "20日",
      "最多跑1次",
      "不收费",
    ]);
    expect(needs(older, []).materials.map(note)).toEqual(["原件1份"]);
    expect(place({ name: "派出所", window: "户籍窗口", hours: "致电查询" })).toBe("户籍窗口: 致电查询");
    expect(charge({ id: "a", text: "工本费：10元" })).toBe("工本费：10元");
    expect(limit({ unit: "fortnights", days: 2 }, "两旬")).toBe("两旬");
  });

  it("reads shelves as the hall calls them, else as we do", async () => {
    await setLanguage("en");
    const items = [{ ...told, item: { themes: [{ id: "l-social", object: "legal", name: "社会保障" }] } }];
    expect(theme("社会保障", themeId(items, "社会保障"))).toBe("Social security");
    expect(themeId(items, "其他")).toBeUndefined();
    expect(theme("本地特色", "p-local")).toBe("本地特色");
    setNames({ en: { 社会保障: "Welfare" } });
    expect(theme("社会保障", "l-social")).toBe("Welfare");
  });

  it("takes a slip along without Chinese but that of names", async () => {
    await setLanguage("en");
    const slip = bringSlip(told, told.item.materials ?? [], promised(told), "Hall");
    expect(slip?.lines?.map((l) => l.text ?? "-")).toEqual([
      "food",
      "Time needed: 10 working days",
      "\u25a1 1. form",
      "   1 original",
      "-",
      "Where: Windows 3, 7",
      "   Monday to Friday 9:00-12:00, 13:30-17:00; Saturday 9:00-12:00, closed on public holidays",
      "Questions: 0571-1",
    ]);
    expect(HAN.test(JSON.stringify(slip))).toBe(false);
    expect(bringSlip(told, [], "", "Hall")?.lines?.map((l) => l.text)).toContain(
      "Nothing to bring but your ID card.",
    );
  });
});

describe("a language that comes by a file", () => {
  it("words the same data", async () => {
    const file = {
      name: "日本語",
      texts: {
        "kiosk.guide.days.working-days": "{n}営業日",
        "wording.originals": "原本{n}部",
        "wording.days": "{from}〜{to}",
        "wording.open": "{days} {times}",
        "wording.windows": "{list}番窓口",
      },
    };
    const served = (async () => new Response(JSON.stringify(file))) as typeof fetch;
    expect(await setLanguage("ja", served)).toBe(true);
    expect(promised(told)).toBe("10営業日");
    expect(note({ name: "x", note: "原件1份", type: "form", originals: 1 })).toBe("原本1部");
    expect(place(place0)).toContain("3、7番窓口");
    expect(place(place0)).toContain("月曜日〜金曜日 9:00-12:00");
  });
});

describe("what a machine takes of a slip", () => {
  it("is cut where it is too long, and says so", () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ text: `${i}` }));
    const lines = fit(many, "more");
    expect([lines.length, lines[79]]).toEqual([80, { text: "more" }]);
    expect(fit(many.slice(0, 80), "more")).toHaveLength(80);
    expect([...(fit([{ text: "x".repeat(500) }], "more")[0]?.text ?? "")]).toHaveLength(300);
    const wide = fit(
      Array.from({ length: 80 }, () => ({ text: "\u6c34".repeat(300) })),
      "more",
    );
    expect(JSON.stringify(wide).length).toBeLessThan(40_000);
    expect(wide[wide.length - 1]).toEqual({ text: "more" });
  });
});

const hers: CaseView = {
  number: "SQ1",
  caseNo: "1133",
  itemName: "item",
  organisationName: "office",
  applicant: "z*",
  state: "accepted",
  stateWord: "特别程序中",
  stateCode: "held",
  guidance: "请等待",
  left: 3,
  promisedDue: "2026-12-01",
  stages: [
    { kind: "application", word: "申请", begun: "2026-11-20T01:35:00Z", who: "申请人", by: "applicant" },
  ],
  todo: [{ kind: "pay", amount: 12050 }],
  documents: ["收件凭证", "奖状"],
  documentKinds: ["receipt", "award"],
};

describe("a case", () => {
  it("is the platform's words in Chinese", () => {
    expect([stateOf(hers), documents(hers), way(hers)[0]?.who]).toEqual([
      "特别程序中",
      ["收件凭证", "奖状"],
      "申请人",
    ]);
    expect(caseSlip(hers, "hall")).toBeUndefined();
  });

  it("is ours in English, and an older or newer platform's as far as we know it", async () => {
    await setLanguage("en");
    expect([stateOf(hers), documents(hers), way(hers)[0]?.who]).toEqual([
      "Special procedure",
      ["Receipt", "奖状"],
      "Applicant",
    ]);
    expect(stateOf({ ...hers, stateCode: undefined })).toBe("In progress");
    expect(stateOf({ ...hers, stateCode: "frozen" })).toBe("In progress");
    expect(documents({ ...hers, documentKinds: undefined })).toEqual(["收件凭证", "奖状"]);
    expect(worded("tag", "long-wait", "等候时间长")).toBe("Long wait");
    expect(worded("tag", undefined, "等候时间长")).toBe("等候时间长");
    const slip = caseSlip({ ...hers, documents: [] }, "Hall", "Asia/Shanghai");
    expect(slip?.lines?.map((l) => l.text ?? "-")).toEqual([
      "item",
      "Case number: 1133",
      "Applicant: z*",
      "Department: office",
      "Special procedure",
      "Promised by 2026-12-01, 3 working days left",
      "Pay, CNY 120.50",
      "-",
      "11-20 09:35  Application  Applicant",
    ]);
    expect(HAN.test(JSON.stringify(slip))).toBe(false);
  });
});

it("English has no sign of Chinese writing", () => {
  expect(Object.entries(english).filter(([, text]) => HAN.test(text))).toEqual([]);
});

describe("what a notice asked for", () => {
  const lacks = [
    { material: "form", review: "wrong", note: "not signed" },
    { material: "lease", review: "missing" },
    { material: "photo", review: "missing", note: "larger" },
    { material: "deed" },
    { note: "tell us more" },
  ];
  const theirs = ["form：not signed", "lease：缺少", "photo：缺少，larger", "deed", "tell us more"];

  it("is the platform's words in Chinese, ours in English", async () => {
    expect(lacking(lacks, theirs)).toEqual(theirs);
    await setLanguage("en");
    expect(lacking(lacks, theirs)).toEqual([
      "form: not signed",
      "lease: missing",
      "photo: missing, larger",
      "deed",
      "tell us more",
    ]);
  });

  it("is what an older platform sends, where there is nothing else", async () => {
    await setLanguage("en");
    expect(lacking(undefined, theirs)).toEqual(theirs);
    expect(lacking(lacks.slice(1), theirs)).toEqual(theirs);
    expect(lacking(undefined, undefined)).toEqual([]);
  });
});

describe("a receipt of self-service", () => {
  const paper = (id: string, more: Partial<Material> = {}): Material => ({
    id,
    name: id,
    type: "both",
    need: "must",
    electronic: true,
    source: "upload",
    ...more,
  });
  const handedIn = {
    id: "1",
    number: "SQ20261123000001",
    queryCode: "PY83QY2R",
    itemName: "item",
    organisationName: "office",
    state: "submitted",
    guidance: { text: "请等待", code: "submitted.online", visits: 0 },
  } as Case;
  const texts = (slip?: SlipWords) => slip?.lines?.map((l) => l.text);

  it("is written by the machine in Chinese", () => {
    expect(receiptWords(handedIn, { later: [], parts: [] }, "Hall")).toBeUndefined();
    expect(
      bookingWords({ number: "Y1", day: "2026-12-01", from: "09:30", itemName: "item" }, "Hall"),
    ).toBeUndefined();
    expect(nextOf(handedIn)).toBe("请等待");
  });

  it("is ours in English, with all that is on it", async () => {
    await setLanguage("en");
    const later = [paper("photo", { source: "deferred" }), paper("deed", { due: "2026-12-01" })];
    const slip = receiptWords(handedIn, { later, parts: [] }, "Hall");
    expect([slip?.hall, slip?.title]).toEqual(["Hall", "Receipt"]);
    expect(texts(slip)).toEqual([
      "item",
      "Application number: SQ20261123000001",
      "Query code: PY83QY2R",
      "photo: to be handed in later; you are told by when once your application is accepted",
      "deed: hand in by 2026-12-01",
      nextOf(handedIn),
    ]);
    const parts = [{ ...handedIn, number: "SQ20261123000002", itemName: "part" }];
    expect(texts(receiptWords(handedIn, { later: [], parts }, "Hall"))?.slice(3, 7)).toEqual([
      "In this package:",
      "1. part",
      "   office",
      "   SQ20261123000002",
    ]);
    const mended = receiptWords(handedIn, { later: [], parts: [], brought: [paper("deed")] }, "Hall");
    expect([mended?.title, texts(mended)?.[3]]).toEqual(["Receipt for documents", "1. deed: handed in"]);
    const booked = bookingWords(
      { number: "Y1", code: "7", day: "2026-12-01", from: "09:30", itemName: "item" },
      "Hall",
    );
    expect(texts(booked)?.slice(0, 4)).toEqual([
      "item",
      "Please come to the hall at 2026-12-01 09:30",
      "Booking Y1",
      "Code 7",
    ]);
    expect(HAN.test(JSON.stringify([slip, mended, booked]))).toBe(false);
  });

  it("says what comes next by the platform's code, by the state for an older one, else where to look", async () => {
    await setLanguage("en");
    const next = (state: string, code?: string, visits = 0) =>
      nextOf({ state, guidance: { text: "请等待", code, visits } });
    expect(next("accepted", "deferred")).toContain("hand in what is still missing");
    expect(next("accepted", "accepted.new-mode")).toBe(next("accepted"));
    expect(next("decided", "ready")).toBe("Scan the code to see what comes next.");
    expect(next("submitted", "submitted", 1)).toBe(
      `${next("submitted")} You come to the hall 1 time at most.`,
    );
  });
});
