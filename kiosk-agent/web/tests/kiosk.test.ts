import { LinkClient, type TicketView } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { type FakeSocket, sockets } from "../../../internal/ui/tests/socket";
import { problemWords, unanswered, useKiosk } from "../src/useKiosk";
import { card, snapshot, ticket } from "./fixture.mjs";

let end: () => void;
let socket: FakeSocket;
let kiosk: ReturnType<typeof useKiosk>;

beforeEach(() => {
  vi.useFakeTimers();
  const s = sockets();
  const app = createApp(
    defineComponent(() => {
      kiosk = useKiosk(new LinkClient({ url: "ws://agent/ws", open: s.open }));
      return () => h("p");
    }),
  );
  app.mount(document.createElement("div"));
  end = () => app.unmount();
  socket = s.last();
  socket.open();
  socket.receive({ type: "page.snapshot", body: snapshot() });
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

describe("the kiosk", () => {
  it("takes a ticket with the card's session, and never with the person's data", async () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.take("license");
    expect(kiosk.flow.value.taking).toBe("license");
    expect(socket.sent).toMatchObject([
      { type: "ticket.take", body: { service: "license", session: card.session } },
    ]);
    expect(JSON.stringify(socket.sent)).not.toContain(card.name);
    socket.answer({ ticket: ticket("license") as TicketView });
    await vi.advanceTimersByTimeAsync(0);
    expect(kiosk.flow.value).toMatchObject({ step: "result", ticket: { number: "A012" } });
  });

  it("sends one command for two quick presses", () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.take("license");
    kiosk.take("tax");
    expect(socket.sent.filter((m) => m.type === "ticket.take")).toHaveLength(1);
  });

  it("clears the session when the page goes home, by hand or by idleness", async () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.happen({ type: "home" });
    expect(socket.sent.map((m) => m.type)).toEqual(["session.clear"]);
    socket.receive({ type: "card.read", body: card });
    await vi.advanceTimersByTimeAsync(46_000);
    expect(kiosk.flow.value.step).toBe("home");
    expect(socket.sent.map((m) => m.type)).toEqual(["session.clear", "session.clear"]);
  });

  it("keeps the new person's session when a card takes the place of a finished visit", async () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.take("license");
    socket.answer({ ticket: ticket("license") });
    await vi.advanceTimersByTimeAsync(0);
    socket.receive({ type: "card.read", body: { ...card, session: "next" } });
    expect(kiosk.flow.value.card?.session).toBe("next");
    expect(socket.sent.map((m) => m.type)).not.toContain("session.clear");
  });

  it("doesn't begin a visit again when the agent repeats its snapshot, and clears what it missed", () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.happen({ type: "home" });
    socket.receive({ type: "page.snapshot", body: snapshot({ card }) });
    expect(kiosk.flow.value.step).toBe("home");
    expect(socket.sent.map((m) => m.type)).toEqual(["session.clear", "session.clear"]);
  });

  it("sees the card that was laid while the agent was away", () => {
    socket.receive({ type: "card.read", body: card });
    socket.receive({ type: "page.snapshot", body: snapshot({ card: { ...card, session: "next" } }) });
    expect(kiosk.flow.value).toMatchObject({ step: "services", card: { session: "next" } });
  });

  it("keeps the choices of a visit when the snapshot repeats its card", () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.happen({ type: "turn", by: 1 });
    socket.receive({ type: "page.snapshot", body: snapshot({ card }) });
    expect(kiosk.flow.value).toMatchObject({ step: "services", page: 1 });
    expect(socket.sent).toEqual([]);
  });

  it("is closed while the hall is away or not yet known", () => {
    expect(kiosk.online.value).toBe(true);
    socket.receive({ type: "link.changed", body: { online: false, since: "" } });
    expect(kiosk.online.value).toBe(false);
  });

  it("shows the hall's refusal", async () => {
    socket.receive({ type: "card.read", body: card });
    kiosk.take("license");
    socket.answer({ status: 409, code: "ticket.exists", detail: "您已取过号" }, "error");
    await vi.advanceTimersByTimeAsync(0);
    expect(kiosk.flow.value).toMatchObject({ step: "services", problem: { detail: "您已取过号" } });
  });
});

describe("problemWords", () => {
  it.each([
    ["ticket.exists", "您已取过号", "您已取过号"],
    ["moon.full", "", "请再试一次，仍不行请到咨询台"],
    ["link.away", "socket closed", "暂时无法取号，请到咨询台"],
    ["session.gone", "", "证件信息已清除，请重新放置证件"],
  ])("%s %s is told as %s", (code, detail, want) =>
    expect(problemWords({ status: 0, code, detail })).toBe(want),
  );

  it.each(["page.timeout", "page.closed", "link.slow"])(
    "%s doesn't claim that there is no ticket: its paper may still come",
    (code) => {
      const problem = { status: 504, code, detail: "大厅服务器没有及时回应，请稍候重试" };
      expect(unanswered(problem)).toBe(true);
      expect(problemWords(problem)).toContain("请先看出票口");
    },
  );

  it("knows that a refusal means no ticket", () =>
    expect(unanswered({ status: 503, code: "link.away", detail: "" })).toBe(false));
});
