import { LinkClient, type PadFace } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { penWidth, pressureOf, Strokes } from "../../../internal/ui/src/pen";
import { sockets } from "../../../internal/ui/tests/socket";
import { type ThePad, tokenOf, usePad } from "../src/pad/usePad";
import { filled, sheetOf } from "../src/useCitizen";

const wire = sockets();
let pad: ThePad;
let end: () => void;

/** face sends what the page is to show. */
const face = (body: PadFace) => wire.last().receive({ type: "pad.face", body });
const later = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const sheet: PadFace = {
  show: "confirm",
  ask: "q",
  title: "请核对",
  rows: [{ label: "姓名", value: "王*" }],
};

beforeEach(() => {
  vi.useFakeTimers();
  const client = new LinkClient({ url: "ws://agent/pad/ws", open: wire.open, random: () => 0 });
  const app = createApp(
    defineComponent({
      setup() {
        pad = usePad(client);
        return () => h("div");
      },
    }),
  );
  app.mount(document.createElement("div"));
  end = () => app.unmount();
  wire.last().open();
  face({ show: "idle", desk: { window: "3", waiting: 2 } });
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

describe("the citizen's page", () => {
  it("answers a question once", () => {
    face({ show: "rate", ask: "q", until: later(20) });
    pad.answer({ score: 5 });
    pad.answer({ score: 1 });
    expect(wire.last().sent.map((m) => m.body)).toEqual([{ score: 5, ask: "q" }]);
    face({ show: "thanks", text: "感谢您的评价" });
    expect(pad.face.value).toEqual({ show: "thanks", text: "感谢您的评价" });
  });

  it("thanks for a moment, whatever the name plate says meanwhile", async () => {
    face({ show: "thanks", text: "感谢您的评价" });
    face({ show: "idle", desk: { window: "3", waiting: 1 } });
    expect(pad.face.value?.show).toBe("thanks");
    expect(pad.desk.value?.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(4100);
    expect(pad.face.value).toEqual({ show: "idle" });
  });

  it("is asked the next question at once", () => {
    face({ show: "thanks", text: "感谢您的评价" });
    face(sheet);
    expect(pad.face.value?.show).toBe("confirm");
  });

  it("forgets a person when the time has passed", async () => {
    face({ ...sheet, until: later(3) });
    await vi.advanceTimersByTimeAsync(4000);
    expect(pad.face.value).toEqual({ show: "idle" });
    pad.answer({ confirmed: true });
    expect(wire.last().sent).toEqual([]);
  });

  it("forgets a person when the line breaks", async () => {
    face({ ...sheet, until: later(60) });
    wire.last().close();
    await vi.advanceTimersByTimeAsync(0);
    expect(pad.face.value).toBeUndefined();
  });

  it("leaves its place to another page until somebody takes it back", async () => {
    const before = wire.made.length;
    face({ show: "elsewhere" });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(wire.made.length).toBe(before);
    expect(pad.face.value?.show).toBe("elsewhere");
    pad.here();
    expect(wire.made.length).toBe(before + 1);
  });
});

describe("the tablet's token", () => {
  it.each([
    ["#ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    ["", ""],
    ["#short", ""],
    ["#not a token, not a token", ""],
  ])("%s is %s", (hash, token) => {
    expect(tokenOf(hash)).toBe(token);
  });
});

describe("a signature", () => {
  it("keeps the pen's way in the field, without points that say nothing", () => {
    const s = new Strokes(800, 300);
    expect(s.empty).toBe(true);
    s.down(10.4, 20.6, 1000, 0);
    expect(s.move(11, 21, 1010, 0)).toBeUndefined();
    expect(s.move(100, 400, 1050.7, 200)).toEqual([
      { x: 10, y: 21, t: 0, pressure: 0 },
      { x: 100, y: 300, t: 51, pressure: 200 },
    ]);
    expect(s.enough).toBe(true);
    s.down(-5, 5, 2000, 1);
    expect(s.signature()).toEqual({
      width: 800,
      height: 300,
      strokes: [
        [10, 21, 0, 0, 100, 300, 51, 200],
        [0, 5, 1000, 1],
      ],
    });
  });

  it("is not a touch by mistake, nor without end", () => {
    const s = new Strokes(4000, 300);
    expect(s.move(10, 10, 0, 0)).toBeUndefined();
    s.down(10, 10, 0, 0);
    s.move(20, 20, 10, 0);
    expect(s.enough).toBe(false);
    for (let i = 0; i < 10_000; i++) s.move(i % 2 ? 100 : 300, 10, 20 + i, 0);
    expect(s.signature().strokes?.[0]?.length).toBe(6000 * 4);
  });

  it("has the pressure of pens only", () => {
    expect(pressureOf({ pointerType: "mouse", pressure: 0.5 })).toBe(0);
    expect(pressureOf({ pointerType: "pen", pressure: 1 })).toBe(255);
    expect(pressureOf({ pointerType: "pen", pressure: 0 })).toBe(1);
    expect(penWidth(0)).toBeGreaterThan(penWidth(1));
    expect(penWidth(255)).toBeGreaterThan(penWidth(128));
  });
});

describe("what a citizen confirms", () => {
  it("begins with what the hall knows, and leaves out what is empty", () => {
    const ticket = { id: "t", number: "A1", service: "card", serviceName: "社保卡", phone: "138****0011" };
    const service = { id: "card", materials: ["身份证", "照片"] };
    expect(sheetOf(ticket as never, service as never, "王*明").map((r) => r.value)).toEqual([
      "社保卡",
      "王*明",
      "138****0011",
      "身份证\n照片",
    ]);
    expect(sheetOf({ ...ticket, phone: undefined } as never).map((r) => r.value)).toEqual(["社保卡"]);
    expect(
      filled([
        { label: " a ", value: " b" },
        { label: "", value: "c" },
        { label: "d", value: "  " },
      ]),
    ).toEqual([{ label: "a", value: "b" }]);
  });
});
