import { LinkClient, type TicketView } from "@smarthall/ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, defineComponent, h } from "vue";
import { type FakeSocket, sockets } from "../../../internal/ui/tests/socket";
import { problemWords, unanswered, visitWords } from "../src/refused";
import { useKiosk } from "../src/useKiosk";
import { appointment, card, held, snapshot, ticket } from "./fixture.mjs";

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

/** lay lays a card of a person who has nothing here today. */
async function lay(body = card): Promise<void> {
  socket.receive({ type: "card.read", body });
  socket.answer({ visits: { appointments: [], tickets: [] } });
  await vi.advanceTimersByTimeAsync(0);
}

/** commands are what the page sent but for lookups. */
const commands = () => socket.sent.filter((m) => m.type !== "visits.find");

describe("the kiosk", () => {
  it("takes a ticket with the card's session, and never with the person's data", async () => {
    await lay();
    kiosk.take("license");
    expect(kiosk.flow.value.taking).toBe("license");
    expect(commands()).toMatchObject([
      { type: "ticket.take", body: { service: "license", session: card.session } },
    ]);
    expect(JSON.stringify(socket.sent)).not.toContain(card.name);
    socket.answer({ ticket: ticket("license") as TicketView });
    await vi.advanceTimersByTimeAsync(0);
    expect(kiosk.flow.value).toMatchObject({ step: "result", ticket: { number: "A012" } });
  });

  it("sends one command for two quick presses", async () => {
    await lay();
    kiosk.take("license");
    kiosk.take("tax");
    expect(socket.sent.filter((m) => m.type === "ticket.take")).toHaveLength(1);
  });

  it("clears the session when the page goes home, by hand or by idleness", async () => {
    await lay();
    kiosk.happen({ type: "home" });
    expect(commands().map((m) => m.type)).toEqual(["session.clear"]);
    await lay();
    await vi.advanceTimersByTimeAsync(46_000);
    expect(kiosk.flow.value.step).toBe("home");
    expect(commands().map((m) => m.type)).toEqual(["session.clear", "session.clear"]);
  });

  it("names whom it forgets, so that a card laid at that moment stays", async () => {
    kiosk.happen({ type: "enterPhone" });
    kiosk.happen({ type: "home" });
    await lay();
    kiosk.happen({ type: "home" });
    expect(commands().map((m) => m.body)).toEqual([{ session: "" }, { session: card.session }]);
  });

  it("keeps the new person's session when a card takes the place of a finished visit", async () => {
    await lay();
    kiosk.take("license");
    socket.answer({ ticket: ticket("license") });
    await vi.advanceTimersByTimeAsync(0);
    await lay({ ...card, session: "next" });
    expect(kiosk.flow.value.card?.session).toBe("next");
    expect(commands().map((m) => m.type)).not.toContain("session.clear");
  });

  it("doesn't begin a visit again when the agent repeats its snapshot, and clears what it missed", async () => {
    await lay();
    kiosk.happen({ type: "home" });
    socket.receive({ type: "page.snapshot", body: snapshot({ card }) });
    expect(kiosk.flow.value.step).toBe("home");
    expect(commands().map((m) => m.type)).toEqual(["session.clear", "session.clear"]);
  });

  it("sees the card that was laid while the agent was away", async () => {
    await lay();
    socket.receive({ type: "page.snapshot", body: snapshot({ card: { ...card, session: "next" } }) });
    expect(kiosk.flow.value).toMatchObject({ step: "looking", card: { session: "next" } });
  });

  it("keeps the choices of a visit when the snapshot repeats its card", async () => {
    await lay();
    kiosk.happen({ type: "turn", by: 1 });
    socket.receive({ type: "page.snapshot", body: snapshot({ card }) });
    expect(kiosk.flow.value).toMatchObject({ step: "services", page: 1 });
    expect(commands()).toEqual([]);
  });

  it("is closed while the hall is away or not yet known", () => {
    expect(kiosk.online.value).toBe(true);
    socket.receive({ type: "link.changed", body: { online: false, since: "" } });
    expect(kiosk.online.value).toBe(false);
  });

  it("goes on by itself when the agent does, and says why when it doesn't", () => {
    const away = { online: false, since: "" };
    socket.receive({ type: "link.changed", body: { ...away, offline: { available: true } } });
    expect([kiosk.online.value, kiosk.alone.value, kiosk.why.value]).toEqual([false, true, ""]);
    socket.receive({
      type: "link.changed",
      body: { ...away, offline: { available: false, why: "号已取完" } },
    });
    expect([kiosk.online.value, kiosk.alone.value, kiosk.why.value]).toEqual([false, false, "号已取完"]);
    socket.receive({ type: "link.changed", body: { online: true, since: "" } });
    expect([kiosk.online.value, kiosk.alone.value, kiosk.why.value]).toEqual([true, false, ""]);
  });

  it("shows the hall's refusal", async () => {
    await lay();
    kiosk.take("license");
    socket.answer({ status: 409, code: "ticket.exists", detail: "您已取过号" }, "error");
    await vi.advanceTimersByTimeAsync(0);
    expect(kiosk.flow.value).toMatchObject({ step: "services", problem: { detail: "您已取过号" } });
  });
});

describe("what the person has here", () => {
  const visits = {
    appointments: [appointment("a1", 10)],
    tickets: [held("medical", "F007", "waiting"), held("license", "A009", "missed")],
  };
  const settle = () => vi.advanceTimersByTimeAsync(0);
  async function layKnown(): Promise<void> {
    socket.receive({ type: "card.read", body: card });
    socket.answer({ visits });
    await settle();
  }

  it("is asked for with the card's session as soon as the card is read", async () => {
    await layKnown();
    expect(socket.sent).toMatchObject([{ type: "visits.find", body: { session: card.session } }]);
    expect(kiosk.flow.value).toMatchObject({ step: "visits", visits });
  });

  it("is asked for with the phone that was typed, and with a code that was typed or scanned", () => {
    kiosk.happen({ type: "enterPhone" });
    for (const digit of "13812345678") kiosk.happen({ type: "digit", digit });
    kiosk.look();
    expect(socket.sent.at(-1)).toMatchObject({ type: "visits.find", body: { phone: "13812345678" } });
    kiosk.happen({ type: "home" });
    kiosk.happen({ type: "enterCode" });
    for (const digit of "2061") kiosk.happen({ type: "digit", digit });
    kiosk.look();
    expect(socket.sent.at(-1)).toMatchObject({ type: "visits.find", body: { code: "2061" } });
    kiosk.happen({ type: "home" });
    socket.receive({ type: "code.scanned", body: { text: "77" } });
    expect(socket.sent.at(-1)).toMatchObject({ type: "visits.find", body: { code: "77" } });
  });

  it("opens a scanned case among the cases, and only where nothing was begun", async () => {
    const number = "SQ20261123000012";
    socket.receive({ type: "code.scanned", body: { text: number, kind: "case", case: number } });
    expect(kiosk.flow.value).toMatchObject({ step: "area", area: "query", case: number });
    kiosk.happen({ type: "home" });
    const text = `https://city.example/progress?number=${number}&code=${"A".repeat(60)}`;
    socket.receive({ type: "code.scanned", body: { text, kind: "progress", case: number } });
    expect(kiosk.flow.value).toMatchObject({ step: "area", area: "query", case: text });
    kiosk.happen({ type: "home" });
    await lay();
    socket.receive({ type: "code.scanned", body: { text: number, kind: "case", case: number } });
    expect(kiosk.flow.value.step).toBe("services");
    expect(socket.sent.filter((m) => m.type === "visits.find")).toHaveLength(1);
  });

  it("isn't asked for while the hall is away: the machine goes on by itself", async () => {
    socket.receive({
      type: "link.changed",
      body: { online: false, since: "", offline: { available: true } },
    });
    socket.receive({ type: "card.read", body: card });
    await settle();
    expect(kiosk.flow.value.step).toBe("services");
    expect(socket.sent).toEqual([]);
  });

  it("of the person before is never shown to the next one", async () => {
    socket.receive({ type: "card.read", body: card });
    const first = socket.sent.at(-1)?.id;
    socket.receive({ type: "card.read", body: { ...card, session: "next" } });
    socket.receive({ type: "answer", re: first, body: { visits } });
    await settle();
    expect(kiosk.flow.value).toMatchObject({ step: "looking", card: { session: "next" } });
  });

  it("is checked in; asked twice the same number is shown", async () => {
    await layKnown();
    kiosk.checkIn("a1");
    expect(commands()).toMatchObject([{ type: "appointment.checkIn", body: { appointment: "a1" } }]);
    socket.answer({ ticket: { ...ticket("social"), print: "printed" } });
    await settle();
    expect(kiosk.flow.value).toMatchObject({ step: "result", outcome: "again", paper: "kept" });
  });

  it("is printed again and rejoined by the ticket's id", async () => {
    await layKnown();
    kiosk.reprint("held-F007");
    expect(commands()).toMatchObject([{ type: "ticket.reprint", body: { ticket: "held-F007" } }]);
    socket.answer({ ticket: visits.tickets[0] });
    await settle();
    expect(kiosk.flow.value).toMatchObject({ step: "result", outcome: "copy", paper: "printing" });
    await layKnown();
    kiosk.rejoin("held-A009");
    expect(socket.sent.at(-1)).toMatchObject({ type: "ticket.rejoin", body: { ticket: "held-A009" } });
    socket.answer({ ticket: visits.tickets[1] });
    await settle();
    expect(kiosk.flow.value).toMatchObject({ step: "result", outcome: "rejoined", paper: "kept" });
  });

  it("is given up after the question only", async () => {
    await layKnown();
    kiosk.giveUp();
    expect(commands()).toEqual([]);
    kiosk.happen({ type: "ask", given: { what: "ticket", id: "held-F007" } });
    kiosk.giveUp();
    expect(commands()).toMatchObject([{ type: "ticket.cancel", body: { ticket: "held-F007" } }]);
    socket.answer({});
    await settle();
    expect(kiosk.flow.value).toMatchObject({ step: "visits", given: "ticket" });
    expect(kiosk.flow.value.visits.tickets.map((x) => x.id)).toEqual(["held-A009"]);
  });
});

describe("priority", () => {
  async function choose(id: string): Promise<void> {
    await lay();
    kiosk.happen({ type: "classes" });
    kiosk.happen({ type: "class", id });
    kiosk.take("license");
  }

  it("that staff vouch for is asked for with their sign-in, which leaves the page with the answer", async () => {
    await choose("pregnant");
    expect(commands()).toEqual([]);
    expect(kiosk.flow.value.step).toBe("staff");
    for (const digit of "li") kiosk.happen({ type: "digit", digit });
    kiosk.happen({ type: "field", field: "password" });
    for (const digit of "secret") kiosk.happen({ type: "digit", digit });
    kiosk.take("license");
    expect(commands()).toMatchObject([
      {
        type: "ticket.take",
        body: { service: "license", priority: "pregnant", authoriser: { staff: "li", password: "secret" } },
      },
    ]);
    socket.answer({ status: 403, code: "staff.password", detail: "账号或口令不对" }, "error");
    await vi.advanceTimersByTimeAsync(0);
    expect(JSON.stringify(kiosk.flow.value)).not.toContain("secret");
  });

  it("by age needs nobody if the card gives it", async () => {
    await choose("elderly");
    expect(commands()).toMatchObject([
      { type: "ticket.take", body: { priority: "elderly", session: card.session } },
    ]);
  });

  it("by age needs staff for a phone number, which tells no age", () => {
    kiosk.happen({ type: "enterPhone" });
    for (const digit of "13812345678") kiosk.happen({ type: "digit", digit });
    kiosk.happen({ type: "look" });
    kiosk.happen({ type: "found" });
    kiosk.happen({ type: "class", id: "elderly" });
    kiosk.take("license");
    expect(kiosk.flow.value.step).toBe("staff");
  });

  it("a silent call is asked for with the ticket", async () => {
    await lay();
    kiosk.happen({ type: "silent" });
    kiosk.take("license");
    expect(commands()).toMatchObject([{ type: "ticket.take", body: { service: "license", silent: true } }]);
  });
});

describe("problemWords", () => {
  it.each([
    ["ticket.exists", "您已取过号", "您已取过号"],
    ["moon.full", "", "请再试一次，仍不行请到咨询台"],
    ["offline.used-up", "本机的离线号已经取完，请到咨询台取号", "本机的离线号已经取完，请到咨询台取号"],
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

  it.each([
    ["link.slow", "不会重复"],
    ["link.away", "请稍后再试"],
    ["visits.none", "没有找到今天的预约"],
    ["appointment.early", "10:00 起可以签到"],
  ])("%s about a visit says %s, and nothing of paper", (code, want) => {
    const words = visitWords({ status: 0, code, detail: "10:00 起可以签到" });
    expect(words).toContain(want);
    expect(words).not.toMatch(/取号|号票/);
  });

  it("knows that a refusal means no ticket", () =>
    expect(unanswered({ status: 503, code: "link.away", detail: "" })).toBe(false));
});
