import type { FloorView, PageSnapshot, PlanView } from "@smarthall/ui";
import { distance, findWay, inside, type Way } from "@smarthall/ui/plan";
import { describe, expect, it } from "vitest";
import demo from "../../../internal/ui/tests/demo-plan.json";
import { goalsOf, startAngle } from "../src/floor/goals";
import { Walker } from "../src/floor/walk/walker";

const plan = demo as PlanView;
const floor = plan.floors?.[0] as FloorView;
const page = {
  agent: "kiosk-1",
  hall: {
    services: [
      { id: "social", name: "社会保险业务", windows: ["3", "7", "8-1", "8-2"] },
      { id: "elsewhere", name: "别处办理", windows: ["77"] },
    ],
  },
} as unknown as PageSnapshot;

describe("where one may be led", () => {
  it("is by service, with the numbers of its windows", () => {
    expect(goalsOf("services", plan, page).map((g) => [g.name, g.hint])).toEqual([
      ["社会保险业务", "3、7、8 号窗口"],
    ]);
  });

  it("is by window in the order of the signs", () => {
    const numbers = goalsOf("windows", plan, page).map((g) => g.spots[0]?.place.number);
    expect(numbers).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
  });

  it("is to facilities, each once over all floors, but not to this machine", () => {
    const goals = goalsOf("places", plan, page);
    expect(goals.filter((g) => g.name === "卫生间").map((g) => [g.hint, g.spots.length])).toEqual([
      ["一楼、二楼", 2],
    ]);
    expect(goals.map((g) => g.id)).not.toContain("k1");
    expect(goals.map((g) => g.id)).toContain("k2");
  });

  it("is nowhere without a plan", () => {
    for (const sheet of ["services", "windows", "places"] as const)
      expect(goalsOf(sheet, undefined, page)).toEqual([]);
  });
});

describe("the arrow at the start", () => {
  const angle = (to: string) => startAngle(findWay(plan, "k1", to) as Way);

  it("is seen by who faces the machine: windows behind it are ahead", () => {
    // Machine 1 looks to the door, so its user looks up the plan.
    expect(Math.abs(angle("w4"))).toBeLessThan(60);
    expect(angle("w11")).toBeGreaterThan(30);
    expect(angle("w8")).toBeLessThan(-30);
    expect(Math.abs(angle("door"))).toBeGreaterThan(90);
    expect(angle("k1")).toBe(0);
  });
});

describe("a walker", () => {
  const hard = (floor.areas ?? []).filter((a) => a.kind !== "zone" && a.kind !== "seats");
  const at = (x: number, y: number, heading = 0) => new Walker(floor, { x, y, heading, pitch: 0 });

  it("walks along a way to its end and looks where it goes", () => {
    const way = findWay(plan, "k1", "w11") as Way;
    const points = way.stretches[0]?.points ?? [];
    const walker = at(points[0]?.x ?? 0, points[0]?.y ?? 0, Math.PI);
    walker.follow(points);
    for (let i = 0; i < 2000 && walker.walking; i++) walker.step(0.05, { ahead: 0, turn: 0 });
    expect(walker.walking).toBe(false);
    expect(distance(walker.pose, points[points.length - 1] ?? walker.pose)).toBeLessThan(0.01);
    expect(Math.abs(Math.sin(walker.pose.heading))).toBeLessThan(0.9);
  });

  it("stays out of counters, rooms and the outside whatever is held down", () => {
    const walker = at(30, 20);
    let seed = 7;
    for (let i = 0; i < 3000; i++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      walker.step(0.1, { ahead: seed % 3 === 0 ? -1 : 1, turn: ((seed >> 8) % 3) - 1 });
      const { x, y } = walker.pose;
      expect(x > 0 && y > 0 && x < floor.width && y < floor.depth).toBe(true);
      expect(hard.find((a) => inside(walker.pose, a.shape ?? []))?.id).toBeUndefined();
    }
  });

  it("goes round the counter to a spot that was tapped, and stops for keys", () => {
    const walker = at(10, 20);
    expect(walker.goTo({ x: 50, y: 20 })).toBe(true);
    expect(walker.left).toBeGreaterThan(39);
    walker.step(0.1, { ahead: 0, turn: 1 });
    expect(walker.walking).toBe(false);
    expect(walker.step(0.1, { ahead: 0, turn: 0 })).toBe(false);
  });

  it("begins beside an obstacle it would stand in, and doesn't look over its back", () => {
    const walker = at(30, 4);
    expect(inside(walker.pose, hard.find((a) => a.id === "a-counter")?.shape ?? [])).toBe(false);
    for (let i = 0; i < 50; i++) walker.look(0, 1);
    expect(walker.pose.pitch).toBeLessThan(1);
  });
});
