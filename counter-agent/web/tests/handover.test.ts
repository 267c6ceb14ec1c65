import type { DocumentView, TicketView } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Handover, type Visit, visitOf } from "../src/handover";

const platform = { pages: "https://zwfw.example.cn", hall: "demo" };
const visit: Visit = {
  hall: "demo",
  window: "3",
  ticket: "t",
  number: "A1",
  service: "s",
  serviceName: "n",
  papers: [{ id: "p", name: "a", type: "application/pdf", size: 5 }],
};

/** rig is a page whose desk is a window of the platform. */
function rig() {
  const heard: ((e: unknown) => void)[] = [];
  const desk = {
    closed: false,
    location: { href: "about:blank" },
    focus: vi.fn(),
    postMessage: vi.fn(),
  };
  const self = {
    addEventListener: (_: string, f: (e: unknown) => void) => heard.push(f),
    removeEventListener: () => heard.splice(0),
    open: vi.fn(() => desk),
  };
  const fetch = vi.fn(async () => new Blob(["x"]));
  const link = new Handover({
    self: self as unknown as Window,
    platform: () => platform,
    visit: async () => visit,
    fetch,
  });
  const say = async (data: unknown, origin = platform.pages, source: unknown = desk) => {
    for (const f of heard) f({ data, origin, source });
    await vi.advanceTimersByTimeAsync(0);
  };
  return { desk, self, fetch, link, say };
}

describe("the hand-over to the desk", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("opens the desk and tells it of the visit when it is ready", async () => {
    const r = rig();
    expect(r.link.go()).toBe(true);
    expect(r.desk.location.href).toBe("https://zwfw.example.cn/staff/acceptance/visit");
    expect(r.desk.postMessage).not.toHaveBeenCalled();
    await r.say({ type: "smarthall.ready" });
    expect(r.desk.postMessage).toHaveBeenCalledWith({ type: "smarthall.visit", visit }, platform.pages);
  });

  it("hears no other window and no other origin", async () => {
    const r = rig();
    r.link.go();
    await r.say({ type: "smarthall.ready" }, "https://evil.example");
    await r.say({ type: "smarthall.ready" }, platform.pages, {});
    await r.say({ type: "smarthall.document", id: "p" }, "https://evil.example");
    expect(r.desk.postMessage).not.toHaveBeenCalled();
    expect(r.fetch).not.toHaveBeenCalled();
  });

  it("sends documents of the visit in front, and no others", async () => {
    const r = rig();
    r.link.go();
    await r.say({ type: "smarthall.document", id: "p" });
    expect(r.desk.postMessage).toHaveBeenLastCalledWith(
      { type: "smarthall.document", id: "p", name: "a", blob: expect.any(Blob) },
      platform.pages,
    );
    await r.say({ type: "smarthall.document", id: "another" });
    expect(r.fetch).toHaveBeenCalledTimes(1);
    expect(r.desk.postMessage).toHaveBeenLastCalledWith(
      { type: "smarthall.document", id: "another", name: undefined, blob: undefined },
      platform.pages,
    );
  });

  it("leaves an open desk where it is if that says that it heard, else leads it back", async () => {
    const r = rig();
    r.link.go();
    r.desk.location.href = "https://zwfw.example.cn/staff/acceptance/cases/c";
    r.link.go();
    await r.say({ type: "smarthall.taken" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(r.desk.location.href).toContain("/cases/c");
    r.link.go();
    await vi.advanceTimersByTimeAsync(5000);
    expect(r.desk.location.href).toContain("/acceptance/visit");
    expect(r.self.open).toHaveBeenCalledTimes(1);
  });

  it("opens a case that was scanned, which the visit in front doesn't push away", async () => {
    const r = rig();
    expect(r.link.show("SQ20261123000012")).toBe(true);
    expect(r.self.open).toHaveBeenCalledWith(
      "https://zwfw.example.cn/staff/acceptance?q=SQ20261123000012",
      "smarthall-desk",
    );
    await r.say({ type: "smarthall.ready" });
    expect(r.desk.postMessage).not.toHaveBeenCalled();
    r.link.go();
    await r.say({ type: "smarthall.ready" });
    expect(r.desk.postMessage).toHaveBeenCalledWith({ type: "smarthall.visit", visit }, platform.pages);
  });

  it("learns the number of a visit's case from the desk alone", async () => {
    const r = rig();
    r.link.go();
    const told = { type: "smarthall.case", ticket: "t", number: "SQ20261123000012" };
    await r.say(told, "https://evil.example");
    await r.say({ ...told, number: 12 });
    expect(r.link.numberOf("t")).toBe("");
    await r.say(told);
    expect([r.link.numberOf("t"), r.link.numberOf("other")]).toEqual(["SQ20261123000012", ""]);
  });

  it("says when the browser opens no window", () => {
    const r = rig();
    r.self.open.mockReturnValueOnce(null as never);
    expect(r.link.go()).toBe(false);
  });
});

it("a visit has the stored documents of its own ticket", () => {
  const ticket = { id: "t", number: "A1", service: "s", serviceName: "n", name: "W*" } as TicketView;
  const document = (id: string, more: object) =>
    ({ id, ticket: "t", name: id, type: "application/pdf", size: 1, stored: true, ...more }) as DocumentView;
  const got = visitOf(platform, "3", ticket, [
    document("a", {}),
    document("b", { stored: false }),
    document("c", { ticket: "other" }),
  ]);
  expect(got.papers.map((p) => p.id)).toEqual(["a"]);
  expect([got.hall, got.window, got.name]).toEqual(["demo", "3", "W*"]);
});
