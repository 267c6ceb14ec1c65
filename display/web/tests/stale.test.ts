import { describe, expect, test } from "vitest";
import { type Lines, lastKnown, STALE } from "../src/stale";

const now = Date.parse("2026-11-23T10:30:00+08:00");
const ago = (ms: number) => new Date(now - ms).toISOString();

describe("how old the data on a screen are", () => {
  const up: Lines["page"] = { connected: true, since: 0, offset: 0 };
  const cases: { name: string; lines: Lines; want: number }[] = [
    { name: "both lines stand", lines: { page: up, hall: { online: true, since: ago(60_000) } }, want: 0 },
    { name: "before the first snapshot", lines: { page: up, hall: undefined }, want: 0 },
    {
      name: "a short break is nobody's business",
      lines: { page: up, hall: { online: false, since: ago(STALE - 1) } },
      want: 0,
    },
    {
      name: "the hall is away",
      lines: { page: up, hall: { online: false, since: ago(STALE) } },
      want: now - STALE,
    },
    {
      name: "the page's own line is away; its clock is not the hall's",
      lines: {
        page: { connected: false, since: now - 90_000, offset: 30_000 },
        hall: { online: true, since: ago(0) },
      },
      want: now - 60_000,
    },
    {
      name: "both are away: the first loss counts",
      lines: {
        page: { connected: false, since: now - 20_000, offset: 0 },
        hall: { online: false, since: ago(99_000) },
      },
      want: now - 99_000,
    },
  ];
  for (const { name, lines, want } of cases) test(name, () => expect(lastKnown(lines, now)).toBe(want));
});
