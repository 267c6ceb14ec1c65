import { afterEach, describe, expect, it } from "vitest";
import { createApp, h } from "vue";
import { type PlanView, type ServiceView, SOURCE, setLanguage, setNames } from "../src";
import { PlanMap, placeWords, spotOfAgent, spotOfWindow, spotsOfNumbers, spotsOfService } from "../src/plan";
import { broken, shortened, widthOf } from "../src/plan/labels";
import { type Drawn, layout, type Mark } from "../src/plan/layout";
import { findWay, stretchesOn } from "../src/plan/route";
import { overlap } from "../src/plan/shapes";
import demo from "./demo-plan.json";

const plan = demo as PlanView;
const floor = (id = "f1") => plan.floors?.find((f) => f.id === id) as NonNullable<PlanView["floors"]>[0];

const english = {
  社会保险: "Social insurance",
  不动产登记: "Real estate registration",
  公安出入境区: "Public security and exit-entry",
  综合受理: "General reception",
  无障碍卫生间: "Accessible toilet",
};

afterEach(async () => {
  setNames(undefined);
  await setLanguage(SOURCE);
});

/** clear holds a drawing to its promise: no text lies on a mark, on another text or outside. */
function clear(drawn: Drawn, width: number, height: number) {
  const texts = [...drawn.labels, ...drawn.names];
  for (const [i, a] of texts.entries()) {
    const inside = a.box.left >= 0 && a.box.top >= 0 && a.box.right <= width && a.box.bottom <= height;
    expect(inside, `${a.id} in the box`).toBe(true);
    for (const b of texts.slice(i + 1)) expect(overlap(a.box, b.box), `${a.id} and ${b.id}`).toBe(false);
    for (const p of drawn.places)
      expect(overlap(a.box, p.box), `${a.id} and the mark ${p.place.id}`).toBe(false);
  }
}

const windows = (floor().places ?? []).filter((p) => p.window);
const marks: Record<string, Mark> = Object.fromEntries(
  windows.map((p) => [p.id, { tone: "busy", word: "正在办理", lines: ["A012", "08:31"] }]),
);

describe("texts on a plan", () => {
  for (const [width, height, em] of [
    [984, 600, 22],
    [1080, 660, 24],
    [984, 700, 30],
    [1280, 720, 16],
    [375, 260, 12],
  ] as const) {
    for (const tag of [SOURCE, "en"]) {
      it(`never overlap at ${width} by ${height}, letters of ${em}, in ${tag}`, async () => {
        setNames({ en: english });
        await setLanguage(tag);
        for (const f of ["f1", "f2"]) clear(layout(floor(f), { width, height, em }), width, height);
        clear(layout(floor(), { width, height, em, marks }), width, height);
        const route = stretchesOn(findWay(plan, "k1", "w11"), "f1");
        const way = layout(floor(), {
          width,
          height,
          em,
          route,
          here: "k1",
          highlight: ["w11"],
          hereText: "您在这里",
        });
        clear(way, width, height);
        expect(way.labels.find((l) => l.here)?.lines).toEqual(["您在这里"]);
      });
    }
  }

  it("of all windows and zones are there at the width of a kiosk", () => {
    const drawn = layout(floor(), { width: 984, height: 600, em: 22 });
    const said = [...drawn.labels, ...drawn.names].map((l) => l.id);
    for (const id of [...windows.map((w) => w.id), "a", "b", "c"]) expect(said).toContain(id);
    expect((floor().places ?? []).filter((p) => !said.includes(p.id)).map((p) => p.id)).toEqual([]);
  });

  it("are broken in two lines, or shortened with an ellipsis", () => {
    expect(broken("不动产登记", 10)).toEqual(["不动产登记"]);
    expect(broken("不动产登记", 4)).toEqual(["不动产", "登记"]);
    expect(broken("Real estate registration", 8)).toEqual(["Real estate", "registration"]);
    expect(shortened("大厅管理办公室", 4)).toBe("大厅管…");
    expect(widthOf("3 号")).toBeCloseTo(2, 0);
  });

  it("survive floors without size, without room and with places in one spot", () => {
    const places = Array.from({ length: 40 }, (_, i) => ({
      id: `p${i}`,
      name: "同一处",
      kind: "window",
      x: 1,
      y: 1,
    }));
    const tight = { id: "f", name: "f", width: 2, depth: 2, areas: [], places };
    clear(layout(tight, { width: 300, height: 300, em: 16 }), 300, 300);
    layout({ ...tight, areas: null, places: null }, { width: 0, height: 0, em: 16 });
  });
});

describe("what is where", () => {
  it("is found by window, post of a window, number on the sign, machine and service", () => {
    expect(spotOfWindow(plan, "8")?.place.id).toBe("w8");
    expect(spotOfWindow(plan, "8-2")?.place.id).toBe("w8");
    expect(spotOfWindow(plan, "88")).toBeUndefined();
    expect(spotOfAgent(plan, "kiosk-2")?.place.id).toBe("k2");
    expect(spotsOfNumbers(plan, ["11", "99", "3"]).map((s) => s.place.id)).toEqual(["w11", "w3"]);
    const service = { windows: ["10", "8-1", "8-2", "3"] } as ServiceView;
    expect(spotsOfService(plan, service).map((s) => s.place.number)).toEqual(["3", "8", "10"]);
    expect(spotsOfService(undefined, service)).toEqual([]);
  });

  it("is called by its sign, in the language shown", async () => {
    const window = spotOfWindow(plan, "3")?.place as NonNullable<ReturnType<typeof spotOfWindow>>["place"];
    expect(placeWords(window)).toBe("3 号窗口 社会保险");
    setNames({ en: english });
    await setLanguage("en");
    expect(placeWords(window)).toBe("Window 3 Social insurance");
  });
});

describe("a drawn plan", () => {
  function show(props: Record<string, unknown>) {
    const root = document.createElement("div");
    const pressed: string[] = [];
    const app = createApp({
      render: () => h(PlanMap, { plan, ...props, onPress: (p: { id: string }) => pressed.push(p.id) }),
    });
    app.mount(root);
    return { root, pressed, app };
  }

  it("is pressed by finger and by keyboard", () => {
    const { root, pressed, app } = show({ floor: "f1", marks });
    const button = root.querySelector('[data-place="w3"]') as SVGGElement;
    expect(button.getAttribute("role")).toBe("button");
    expect(button.getAttribute("tabindex")).toBe("0");
    expect(button.getAttribute("aria-label")).toBe("3 号窗口 社会保险，正在办理，A012，08:31");
    button.dispatchEvent(new Event("click"));
    for (const key of ["Enter", " ", "x"]) button.dispatchEvent(new KeyboardEvent("keydown", { key }));
    expect(pressed).toEqual(["w3", "w3", "w3"]);
    app.unmount();
  });

  it("is a picture without buttons if it is still, and shows its first floor for an unknown one", () => {
    const { root, app } = show({
      floor: "f9",
      still: true,
      route: [
        [
          { x: 1, y: 1 },
          { x: 2, y: 2 },
        ],
      ],
    });
    expect(root.querySelectorAll('[role="button"]')).toHaveLength(0);
    expect(root.querySelector("svg")?.getAttribute("aria-label")).toBe("一楼平面图");
    expect(root.querySelectorAll(".way .line")).toHaveLength(1);
    app.unmount();
  });

  it("writes names as texts, never as markup", () => {
    const places = [{ id: "x", name: "<img src=x onerror=alert(1)>", kind: "desk", x: 5, y: 5 }];
    const floors = [{ id: "f", name: "<b>", width: 10, depth: 10, areas: null, places }];
    const { root, app } = show({ plan: { floors } });
    expect(root.querySelector("img, b")).toBeNull();
    expect(root.textContent).toContain("<img");
    app.unmount();
  });
});
