import { expect, test, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { type LiveList, useLiveList } from "../src/staff/supervision/live";
import { spanOf } from "../src/staff/supervision/span";
import { byStep, type Case } from "../src/staff/supervision/watch";

test("how long a step took, or takes until now", () => {
  const now = Date.parse("2026-11-24T09:00:00Z");
  expect(spanOf("2026-11-24T08:59:30Z", undefined, now)).toBe("0 分钟");
  expect(spanOf("2026-11-24T06:30:00Z", undefined, now)).toBe("2 小时 30 分");
  expect(spanOf("2026-11-20T06:00:00Z", "2026-11-22T09:00:00Z", now)).toBe("2 天 3 小时");
  expect(spanOf("2026-11-24T10:00:00Z", undefined, now)).toBe("");
});

test("a list that is fresh keeps as many rows as were shown", async () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  let edition = 1;
  let list: LiveList<string> | undefined;
  const page = async (after: string, limit: number) => {
    asked.push(`${after || 0}+${limit}`);
    const from = Number(after || 0);
    const rows = Array.from({ length: Math.min(limit, 7 - from) }, (_, i) => `${from + i}.${edition}`);
    return { rows, next: from + rows.length < 7 ? String(from + rows.length) : "" };
  };
  const app = createApp(
    defineComponent(() => {
      list = useLiveList(page, 2);
      return () => h("p");
    }),
  );
  app.mount(document.createElement("div"));
  if (!list) throw new Error("no list");
  await list.again();
  await list.next();
  expect(list.rows.value).toEqual(["0.1", "1.1", "2.1", "3.1"]);
  edition = 2;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(list.rows.value).toEqual(["0.2", "1.2", "2.2", "3.2"]);
  expect(list.more.value).toBe(true);
  await list.next();
  await list.next();
  expect(list.rows.value).toHaveLength(7);
  expect(list.more.value).toBe(false);
  expect(asked).toEqual(["0+2", "2+2", "0+4", "4+2", "6+2"]);
  app.unmount();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(5);
  vi.useRealTimers();
});

test("a light that a step turned says so", () => {
  const reading = (light: string) => ({ light, words: "" });
  const of = (light: string, promised: string, statutory: string) =>
    byStep({ light, promised: reading(promised), statutory: reading(statutory) } as unknown as Case);
  expect(of("red", "green", "green")).toBe("red");
  expect(of("red", "red", "green")).toBeUndefined();
  expect(of("red", "yellow", "red")).toBeUndefined();
  expect(of("yellow", "green", "green")).toBe("yellow");
  expect(of("yellow", "yellow", "green")).toBeUndefined();
  expect(of("green", "green", "green")).toBeUndefined();
});
