import type { KioskSettings, PageSnapshot } from "@smarthall/ui";
import { afterEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { AREAS, type Area } from "../src/areas";
import { EASE } from "../src/ease";
import { type Flow, type Happening, next, start } from "../src/flow";
import { entries } from "../src/home";
import { ordered, search } from "../src/services";
import { type Sentence, sentence } from "../src/voice/sentence";
import { useVoice } from "../src/voice/speaker";
import { card, services, snapshot } from "./fixture.mjs";

const open = { online: true, alone: false };
const machine = (kiosk: Partial<KioskSettings>, extra = {}) =>
  snapshot({
    kiosk: { mode: "queue", services: "taken", voice: "off", volume: 100, ...kiosk },
    ...extra,
  }) as PageSnapshot;
const ids = (page: PageSnapshot) => entries(page, open).map((entry) => entry.id);
const play = (...events: Happening[]) =>
  events.reduce((flow: Flow, e) => next(flow, e, 1000, 45_000), start());

describe("what a machine offers at home", () => {
  const made: Area = {
    id: "made-up",
    title: () => "made up",
    hint: () => "",
    icon: "",
    needs: ["printer"],
    view: {},
  };
  afterEach(() => {
    const i = AREAS.indexOf(made);
    if (i >= 0) AREAS.splice(i, 1);
  });

  it("keeps tickets apart but on a terminal", () => {
    expect(ids(machine({ mode: "terminal" }))).toEqual(expect.arrayContaining(["phone", "code", "guide"]));
    for (const mode of ["queue", "query"] as const) expect(ids(machine({ mode }))).not.toContain("phone");
  });

  it("is what the settings name, in their order, without what nobody knows", () => {
    expect(ids(machine({ mode: "terminal", areas: ["guide", "nonsense", "phone", "guide"] }))).toEqual([
      "guide",
      "phone",
    ]);
  });

  it("says which device is missing, and leaves out what the machine was never made for", () => {
    AREAS.push(made);
    const why = (page: PageSnapshot) => entries(page, open).find((entry) => entry.id === "made-up")?.why;
    expect(why(machine({}))).toBe("");
    const broken = machine({}, { devices: [{ id: "p", class: "printer", state: "fault" }] });
    expect(why(broken)).toBe("打印机暂时不能使用");
    expect(why(machine({}, { devices: [] }))).toBeUndefined();
    expect(why(machine({ areas: ["made-up"] }, { devices: [] }))).toBe("本机没有打印机");
  });
});

describe("how somebody wants the pages", () => {
  it("stays on the way home, and goes with whoever leaves", () => {
    const eased = play(
      { type: "elder" },
      { type: "ease", setting: { wheel: true, voice: true } },
      { type: "enterPhone" },
      { type: "home" },
    );
    expect(eased).toMatchObject({ step: "home", elder: true, ease: { wheel: true, voice: true } });
    expect(next(eased, { type: "tick" }, 1000 + 45_000, 45_000)).toEqual(start());
  });

  it("is nothing once all of it was taken back", () => {
    expect(play({ type: "elder" }, { type: "elder" })).toEqual(start());
    expect(play({ type: "language", tag: "en" }, { type: "language", tag: "zh-CN" }).ease).toBe(EASE);
  });

  it("by the card of somebody old lasts as long as she is there", () => {
    const laid: Happening = { type: "card", card: { ...card, elderly: true } };
    expect(play(laid).elder).toBe(true);
    expect(play(laid, { type: "home" })).toEqual(start());
  });

  it.each<[string, Happening[]]>([
    ["while she looks for a service", []],
    ["in an area of the machine", [{ type: "home" }, { type: "area", id: "query" }]],
    ["once she has been home", [{ type: "home" }]],
  ])("isn't changed by her card, read anew %s", (_, way) => {
    const laid: Happening = { type: "card", card: { ...card, elderly: true } };
    const again: Happening = { type: "card", card: { ...card, session: "again", elderly: true } };
    const normal = play(laid, { type: "elder" }, ...way, again);
    expect(normal).toMatchObject({ card: { session: "again" }, elder: false });
    const young: Happening = { type: "card", card: { ...card, session: "again" } };
    const wishes: Happening[] = [
      { type: "elder" },
      { type: "ease", setting: { wheel: true, contrast: true, voice: true } },
      { type: "language", tag: "en" },
    ];
    const large = play({ type: "card", card }, ...wishes, ...way, young);
    const ease = { elder: true, wheel: true, contrast: true, voice: true, language: "en" };
    expect(large).toMatchObject({ card: { session: "again" }, elder: true, ease });
  });

  it("isn't taken over from somebody else's card", () => {
    const old: Happening = { type: "card", card: { ...card, elderly: true } };
    const inside = play({ type: "area", id: "query" }, old);
    expect(inside.elder).toBe(true);
    expect(next(inside, { type: "card", card: { ...card, session: "next" } }, 1000, 45_000).elder).toBe(
      false,
    );
  });
});

describe("a call for staff", () => {
  it("is one, however often it is made, until somebody comes", () => {
    const asked = play({ type: "help" }, { type: "helped", help: "asked" });
    expect(asked).toMatchObject({ help: "asked", helpShown: true });
    expect(next(asked, { type: "help" }, 1000, 45_000).help).toBe("asked");
    const coming = next(asked, { type: "helped", help: "coming" }, 1000, 45_000);
    expect(next(coming, { type: "helpRead" }, 1000, 45_000).help).toBeUndefined();
  });

  it("stands while she waits and touches nothing, without a word of her", () => {
    const asked = play(
      { type: "help" },
      { type: "helped", help: "asked" },
      { type: "enterPhone" },
      { type: "digit", digit: "1" },
    );
    const idle = next(asked, { type: "tick" }, 1000 + 45_000, 45_000);
    expect(idle).toEqual({ ...start(), help: "asked" });
    const coming = next(idle, { type: "helped", help: "coming" }, 50_000, 45_000);
    expect(coming).toMatchObject({ help: "coming", helpShown: true });
    expect(next(coming, { type: "tick" }, 50_000 + 45_000, 45_000)).toEqual(start());
  });

  it("that nobody made has no answer", () => {
    expect(play({ type: "helped", help: "coming" })).toEqual(start());
  });
});

describe("services", () => {
  const of = (id: string, taken: number, name = id) =>
    ({ ...services[0], id, name, short: name, zone: "A", taken }) as never;

  it("that people here choose most come first, or the hall's order", () => {
    const all = [of("a", 3), of("b", 9), of("c", 9)];
    expect(ordered(all, "A").map((s) => s.id)).toEqual(["b", "c", "a"]);
    expect(ordered(all, "A", "hall").map((s) => s.id)).toEqual(["a", "b", "c"]);
  });

  it("are found by the first letters of their sound", () => {
    const all = [of("si", 0, "社会保险业务"), of("tax", 0, "涉税业务办理")];
    expect(search(all, "SHBX").map((s) => s.id)).toEqual(["si"]);
    expect(search(all, "S").map((s) => s.id)).toEqual(["si", "tax"]);
    expect(search(all, "QQ")).toEqual([]);
  });
});

describe("what a page says", () => {
  const says = (flow: Partial<Flow>, page = machine({}), more = {}) =>
    sentence({ flow: { ...start(), ...flow } as Flow, page, open: true, warn: false, card: false, ...more });

  it.each<[string, Partial<Flow>, Sentence | undefined]>([
    ["home", {}, "home-queue"],
    ["home for who wants few choices", { elder: true }, "home-elder"],
    ["the phone's page", { step: "phone" }, "phone"],
    ["a refusal", { step: "services", problem: { status: 409, code: "x", detail: "" } }, "refused"],
    ["a guide", { step: "guide", guide: { letters: "", item: "x", answers: [] } }, "guide-item"],
    ["the paper", { step: "result", paper: "printed" }, "printed"],
    ["no paper", { step: "result", paper: "failed" }, "number"],
    ["staff's page", { step: "staff" }, undefined],
    ["a call for staff", { help: "asked", helpShown: true }, "help-asked"],
  ])("%s: %#", (_, flow, want) => expect(says(flow)).toBe(want));

  it("follows the machine and what can be done", () => {
    expect(says({}, machine({ mode: "query" }))).toBe("hall");
    expect(says({}, machine({ mode: "terminal" }))).toBe("home-terminal");
    expect(says({}, machine({}), { open: false })).toBe("away");
    expect(says({ step: "phone" }, machine({}), { warn: true })).toBe("idle");
    expect(says({ step: "area", area: "hall" }, machine({}), { card: true })).toBe("card");
    expect(says({ step: "area", area: "made-up" })).toBeUndefined();
    expect(says({ step: "area", area: "floor" })).toBe("floor");
    expect(says({ step: "area", area: "floor" }, machine({}), { step: "floor-way" })).toBe("floor-way");
    expect(says({ step: "area", area: "terminal" }, machine({}), { step: "apply-sign", card: true })).toBe(
      "card",
    );
  });

  it("is played once, one at a time, and never without being asked for", async () => {
    const log: string[] = [];
    vi.stubGlobal(
      "Audio",
      class {
        volume = 1;
        constructor(private src: string) {}
        play() {
          log.push(`${this.src} ${this.volume}`);
          return Promise.reject(new Error("no loudspeaker"));
        }
        pause() {
          log.push("pause");
        }
      },
    );
    const now = ref<Sentence | undefined>("phone");
    const on = ref(false);
    const scope = effectScope();
    const voice = scope.run(() => useVoice(now, on, ref(60)));
    now.value = "code";
    await nextTick();
    expect(log).toEqual([]);
    on.value = true;
    await nextTick();
    now.value = "visits";
    await nextTick();
    voice?.say("visits");
    expect(log).toEqual([
      "/voice/zh-CN/code.wav 0.6",
      "pause",
      "/voice/zh-CN/visits.wav 0.6",
      "pause",
      "/voice/zh-CN/visits.wav 0.6",
    ]);
    scope.stop();
    vi.unstubAllGlobals();
  });
});
