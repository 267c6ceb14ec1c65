import { describe, expect, it } from "vitest";
import type { AreaView, FloorView, PlanView, Point } from "../src";
import { Grid, ROOMS } from "../src/plan/grid";
import { findWay, nearestWay, stretchesOn, type Way } from "../src/plan/route";
import { distance, fromEdge, inside } from "../src/plan/shapes";
import { stepsOf, stepWords } from "../src/plan/steps";
import demo from "./demo-plan.json";

const plan = demo as PlanView;
const floorOf = (id: string) => plan.floors?.find((f) => f.id === id) as FloorView;
const ids = (floor: FloorView) => (floor.places ?? []).map((p) => p.id);

/** random is the same every time, so that a failure can be looked at again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/** side tells on which side of the line a to b p lies. */
const side = (a: Point, b: Point, p: Point) =>
  Math.sign((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x));

/** apart is how far two segments are from each other; 0 if they cross. */
function apart(a: Point, b: Point, c: Point, d: Point): number {
  if (side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)) return 0;
  return Math.min(fromEdge(a, c, d), fromEdge(b, c, d), fromEdge(c, a, b), fromEdge(d, a, b));
}

const hard = (floor: FloorView) =>
  (floor.areas ?? []).filter((a) => a.kind === "room" || a.kind === "counter" || a.kind === "wall");

/** meets is the obstacle that a line crosses, touches or comes closer to than five centimetres. */
function meets(points: Point[], areas: AreaView[]): string | undefined {
  for (const [i, b] of points.entries()) {
    const a = points[i - 1] ?? b;
    for (const area of areas) {
      const shape = area.shape ?? [];
      const close = shape.some(
        (c, k) => apart(a, b, shape[k > 0 ? k - 1 : shape.length - 1] as Point, c) < 0.05,
      );
      if (close || inside(b, shape)) return area.id;
    }
  }
  return undefined;
}

/** check holds a way to what every way promises. */
function check(plan: PlanView, way: Way) {
  for (const stretch of way.stretches) {
    const floor = plan.floors?.find((f) => f.id === stretch.floor) as FloorView;
    expect(meets(stretch.points, hard(floor)), `${way.from.id} to ${way.to.id}`).toBeUndefined();
  }
  const straight = way.stretches.reduce((sum, s) => {
    const [a, b] = [s.points[0] as Point, s.points[s.points.length - 1] as Point];
    return sum + distance(a, b);
  }, 0);
  expect(way.metres).toBeGreaterThanOrEqual(straight - 1e-9);
  const back = findWay(plan, way.to.id, way.from.id);
  expect(back?.metres).toBeCloseTo(way.metres, 9);
}

describe("ways in the demo hall", () => {
  it("lead from every place to every other, round all obstacles, there as far as back", () => {
    for (const floor of plan.floors ?? [])
      for (const [i, from] of ids(floor).entries())
        for (const to of ids(floor).slice(i + 1)) {
          const way = findWay(plan, from, to);
          expect(way, `${from} to ${to}`).toBeDefined();
          if (way) check(plan, way);
        }
  });

  it("go round the rows of seats", () => {
    const seats = (floorOf("f1").areas ?? []).filter((a) => a.kind === "seats");
    for (const to of ids(floorOf("f1"))) {
      const way = findWay(plan, "k1", to) as Way;
      expect(meets(way.stretches[0]?.points ?? [], seats), to).toBeUndefined();
    }
  });

  it("take the stairs, and the lift with a wheelchair", () => {
    const walk = findWay(plan, "w5", "review-door") as Way;
    expect(walk.stretches.map((s) => s.by?.kind)).toEqual(["stairs", undefined]);
    const wheels = findWay(plan, "w5", "review-door", { wheelchair: true }) as Way;
    expect(wheels.stretches.map((s) => [s.floor, s.by?.id, s.to?.id])).toEqual([
      ["f1", "lift-1", "lift-2"],
      ["f2", undefined, undefined],
    ]);
    check(plan, walk);
    expect(stretchesOn(wheels, "f2")).toHaveLength(1);
  });

  it("are the shortest among several windows", () => {
    expect(nearestWay(plan, "k1", ["w3", "w7", "w8"])?.to.id).toBe("w8");
    expect(nearestWay(plan, "k1", [])).toBeUndefined();
  });

  it("don't exist to places that don't", () => {
    expect(findWay(plan, "k1", "nowhere")).toBeUndefined();
    expect(findWay({ floors: [] }, "a", "b")).toBeUndefined();
    expect(findWay({ floors: null }, "a", "b")).toBeUndefined();
    expect(findWay(plan, "k1", "k1")?.metres).toBe(0);
  });

  it("are found within 20 ms", () => {
    const times: number[] = [];
    for (const to of [...ids(floorOf("f1")), ...ids(floorOf("f2"))]) {
      const fresh = structuredClone(plan);
      const start = performance.now();
      findWay(fresh, "k1", to);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] as number;
    console.log(
      `a way in the demo hall: median ${median.toFixed(1)} ms, longest ${times[times.length - 1]?.toFixed(1)} ms`,
    );
    expect(median).toBeLessThan(20);
  });
});

/** maze is a floor of random walls with a place in each of two corners. */
function maze(seed: number): PlanView {
  const next = random(seed);
  const areas: AreaView[] = [];
  for (let i = 0; i < 14; i++) {
    const [x, y] = [next() * 18, next() * 18];
    const [w, h] = next() < 0.5 ? [0.3 + next(), 1 + next() * 12] : [1 + next() * 12, 0.3 + next()];
    const tilt = next() < 0.3 ? next() * 3 : 0;
    const shape = [
      { x, y },
      { x: Math.min(20, x + w), y: Math.min(20, y + tilt) },
      { x: Math.min(20, x + w), y: Math.min(20, y + h + tilt) },
      { x, y: Math.min(20, y + h) },
    ];
    areas.push({ id: `w${i}`, kind: (["wall", "room", "counter"] as const)[i % 3] ?? "wall", shape });
  }
  const place = (id: string, x: number, y: number) => ({ id, name: id, kind: "other", x, y });
  const places = [place("a", 0.5, 0.5), place("b", 19.5, 19.5), place("c", next() * 20, next() * 20)];
  return { floors: [{ id: "f", name: "f", width: 20, depth: 20, areas, places }] };
}

/** reachable floods a grid from a cell. */
function reachable(grid: Grid, from: number): Set<number> {
  const seen = new Set([from]);
  for (const cell of seen) {
    const column = cell % grid.columns;
    for (const [next, ok] of [
      [cell - 1, column > 0],
      [cell + 1, column < grid.columns - 1],
      [cell - grid.columns, cell >= grid.columns],
      [cell + grid.columns, cell < grid.columns * (grid.rows - 1)],
    ] as const)
      if (ok && grid.free(next)) seen.add(next);
  }
  return seen;
}

describe("ways among random walls", () => {
  it("are found exactly where a flood gets through, and hold what they promise", () => {
    let [found, none] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const plan = maze(seed);
      const floor = plan.floors?.[0] as FloorView;
      for (const [from, to] of [
        ["a", "b"],
        ["a", "c"],
      ] as const) {
        const way = findWay(plan, from, to);
        const floods = ROOMS.some((room) => {
          const grid = new Grid(floor, room);
          const [a, b] = [from, to].map((id) =>
            grid.stand(floor.places?.find((p) => p.id === id) as never),
          ) as [number, number];
          return a >= 0 && b >= 0 && reachable(grid, a).has(b);
        });
        expect(way !== undefined, `${seed}: ${from} to ${to}`).toBe(floods);
        if (way) {
          found++;
          check(plan, way);
        } else none++;
      }
    }
    expect(found).toBeGreaterThan(25);
    expect(none).toBeGreaterThan(5);
  });

  it("survive outlines that are no outlines and floors without size", () => {
    const shapes: Point[][] = [
      [],
      [{ x: 1, y: 1 }],
      [
        { x: 1, y: 1 },
        { x: 1, y: 1 },
        { x: 1, y: 1 },
      ],
    ];
    const areas = shapes.map((shape, i) => ({ id: `${i}`, kind: "wall" as const, shape }));
    const places = [
      { id: "a", name: "a", kind: "other", x: 0, y: 0 },
      { id: "b", name: "b", kind: "other", x: 4, y: 4 },
    ];
    for (const width of [0.01, 5, 2000]) {
      const way = findWay({ floors: [{ id: "f", name: "f", width, depth: width, areas, places }] }, "a", "b");
      expect(way === undefined || way.metres >= 0).toBe(true);
    }
  });
});

describe("the words of a way", () => {
  const words = (from: string, to: string, wheelchair = false) =>
    stepsOf(plan, findWay(plan, from, to, { wheelchair }) as Way).map(stepWords);

  it("begin where the machine's user looks, name turns and end at the window", () => {
    const said = words("k1", "w11");
    expect(said[0]).toMatch(/^向右前方走 \d+ 米|^直行 \d+ 米|^右转，走 \d+ 米/);
    expect(said[said.length - 1]).toMatch(/^到达 11 号窗口 户政/);
    expect(said.length).toBeLessThanOrEqual(5);
    expect(said[0]).toContain("经过");
  });

  it("go by stairs and lift to the other floor", () => {
    expect(words("k1", "office-door")).toContain("走楼梯到二楼");
    expect(words("k1", "office-door", true)).toContain("乘电梯到二楼");
    expect(words("office-door", "door")).toContain("走楼梯到一楼");
  });

  it("add up to the way's length", () => {
    const way = findWay(plan, "k1", "review-door") as Way;
    const sum = stepsOf(plan, way).reduce((all, step) => all + step.metres, 0);
    expect(sum).toBeCloseTo(way.metres, 6);
  });
});
