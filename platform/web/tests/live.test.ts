import { describe, expect, it } from "vitest";
import { byState, type LiveHall, urgent } from "../src/staff/live/live";

const hall = (name: string, more: Partial<LiveHall["live"]> = {}, away = false): LiveHall => ({
  id: name,
  name,
  region: "330102",
  away,
  live: { windows: [], waiting: 0, serving: 0, served: 0, longest: 0, alarms: 0, ...more },
});

describe("all halls of a centre", () => {
  it("puts first what somebody has to see to", () => {
    const list = [
      hall("quiet"),
      hall("long", { longest: 900 }),
      hall("alarm", { alarms: 1 }),
      hall("gone", {}, true),
    ];
    expect(list.sort(urgent).map((h) => h.name)).toEqual(["gone", "alarm", "long", "quiet"]);
  });

  it("counts windows by state and leaves out what there isn't", () => {
    const windows = ["idle", "serving", "idle", "on fire"].map((state, i) => ({
      id: String(i),
      number: String(i),
      state,
    }));
    expect(byState(windows)).toEqual([
      { state: "serving", n: 1 },
      { state: "idle", n: 2 },
    ]);
  });
});
