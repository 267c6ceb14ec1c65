import type { CardRead, TicketView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import {
  CODE_LENGTH,
  type Flow,
  type Happening,
  LOOK_PATIENCE,
  next,
  PRINT_PATIENCE,
  RESULT_SHOWN,
  RESULT_SHOWN_NO_PAPER,
  STAFF_SHOWN,
  start,
  type Visits,
} from "../src/flow";
import { appointment, card as cardFixture, held, ticket as ticketFixture } from "./fixture.mjs";

const IDLE = 45_000;
const card = cardFixture as CardRead;
const ticket = ticketFixture("license") as TicketView;

/** play lets things happen in order, at a fixed time unless an entry says another. */
function play(...events: (Happening | number)[]): Flow {
  let now = 1_000_000;
  let flow = start();
  for (const e of events) {
    if (typeof e === "number") now += e;
    else flow = next(flow, e, now, IDLE);
  }
  return flow;
}

const digits = (text: string): Happening[] => [...text].map((digit) => ({ type: "digit", digit }));
const none: Happening = { type: "found", visits: { appointments: [], tickets: [] } };
const byCard: Happening[] = [{ type: "card", card }, none];
const taken: Happening[] = [...byCard, { type: "take", service: "license" }, { type: "taken", ticket }];
const paper = (
  outcome: "printed" | "failed" | "partial" | "unknown" | "expired",
  id = ticket.id,
): Happening => ({
  type: "paper",
  ticket: id,
  outcome,
});

describe("a visit by card", () => {
  it("goes from the card to the services to the ticket", () => {
    expect(play(...byCard).step).toBe("services");
    expect(play(...byCard, { type: "take", service: "license" })).toMatchObject({
      step: "services",
      taking: "license",
    });
    expect(play(...taken)).toMatchObject({ step: "result", paper: "printing", ticket: { number: "A012" } });
  });

  it("forgets the person with the ticket", () => {
    const flow = play(...taken);
    expect(flow.card).toBeUndefined();
    expect(flow.phone).toBe("");
  });

  it("takes one ticket however often the service is pressed", () => {
    const flow = play(...byCard, { type: "take", service: "license" }, { type: "take", service: "tax" });
    expect(flow.taking).toBe("license");
  });

  it("is large for the elderly from the card on, and normal again for the next person", () => {
    expect(play({ type: "card", card: { ...card, elderly: true } }).elder).toBe(true);
    expect(play({ type: "card", card: { ...card, elderly: true } }, { type: "home" }).elder).toBe(false);
  });

  it("begins anew when the next person lays a card on a finished page", () => {
    const flow = play({ type: "elder" }, ...taken, {
      type: "card",
      card: { ...card, session: "next", name: "李*" },
    });
    expect(flow).toMatchObject({ step: "looking", card: { session: "next" }, elder: false });
    expect(flow.ticket).toBeUndefined();
  });

  it("doesn't change the person while a ticket is being taken", () => {
    const flow = play(
      ...byCard,
      { type: "take", service: "license" },
      { type: "card", card: { ...card, session: "next" } },
    );
    expect(flow.card?.session).toBe(card.session);
  });
});

describe("a visit by phone", () => {
  it("stops at eleven digits and erases one by one", () => {
    expect(play({ type: "enterPhone" }, ...digits("138123456789")).phone).toBe("13812345678");
    expect(play({ type: "enterPhone" }, ...digits("138"), { type: "erase" }).phone).toBe("13");
    expect(play({ type: "enterPhone" }, ...digits("138"), { type: "clear" }).phone).toBe("");
  });

  it("keeps the number when going back to it, and drops it when going home", () => {
    const entered: Happening[] = [{ type: "enterPhone" }, ...digits("13812345678"), { type: "look" }, none];
    expect(play(...entered, { type: "back" })).toMatchObject({ step: "phone", phone: "13812345678" });
    expect(play(...entered, { type: "back" }, { type: "back" })).toMatchObject({ step: "home", phone: "" });
    expect(play(...entered, { type: "home" })).toEqual(start());
  });
});

describe("a refusal", () => {
  const problem = { status: 409, code: "ticket.exists", detail: "您已取过号" };
  const refused: Happening[] = [
    ...byCard,
    { type: "take", service: "license" },
    { type: "refused", problem },
  ];

  it("is shown where the service was chosen, and another can be chosen", () => {
    expect(play(...refused)).toMatchObject({ step: "services", problem, taking: undefined });
    expect(play(...refused, { type: "dismiss" }).problem).toBeUndefined();
    expect(play(...refused, { type: "take", service: "tax" })).toMatchObject({
      taking: "tax",
      problem: undefined,
    });
  });
});

describe("paper", () => {
  it("that came out ends the visit after twelve seconds", () => {
    expect(play(...taken, paper("printed"), RESULT_SHOWN - 1, { type: "tick" })).toMatchObject({
      step: "result",
      paper: "printed",
    });
    expect(play(...taken, paper("printed"), RESULT_SHOWN, { type: "tick" }).step).toBe("home");
  });

  it.each(["failed", "expired"] as const)("%s keeps the number up for thirty seconds", (outcome) => {
    expect(play(...taken, paper(outcome), RESULT_SHOWN_NO_PAPER - 1, { type: "tick" })).toMatchObject({
      step: "result",
      paper: "failed",
    });
    expect(play(...taken, paper(outcome), RESULT_SHOWN_NO_PAPER, { type: "tick" }).step).toBe("home");
  });

  it.each(["partial", "unknown"] as const)("that is %s may have ended half-way", (outcome) => {
    const flow = play(
      ...byCard,
      { type: "take", service: "license" },
      { type: "taken", ticket },
      paper(outcome),
    );
    expect(flow).toMatchObject({ step: "result", paper: "half" });
  });

  it("of which nothing is heard counts as failed", () => {
    const flow = play(...taken, PRINT_PATIENCE, { type: "tick" });
    expect(flow).toMatchObject({ step: "result", paper: "failed" });
  });

  it("reported before the answer that names the ticket is not lost", () => {
    const flow = play(...byCard, { type: "take", service: "license" }, paper("failed"), {
      type: "taken",
      ticket,
    });
    expect(flow.paper).toBe("failed");
  });

  it("of another ticket changes nothing", () => {
    expect(play(...taken, paper("failed", "another")).paper).toBe("printing");
  });
});

describe("idleness", () => {
  it("clears the page and with it the person", () => {
    expect(play(...byCard, IDLE - 1, { type: "tick" }).step).toBe("services");
    expect(play(...byCard, IDLE, { type: "tick" })).toEqual(start());
  });

  it("begins anew with every touch", () => {
    expect(play(...byCard, IDLE - 1, { type: "touch" }, IDLE - 1, { type: "tick" }).step).toBe("services");
  });

  it("doesn't end a page that waits for the hall's answer", () => {
    expect(play(...byCard, { type: "take", service: "license" }, IDLE * 2, { type: "tick" }).taking).toBe(
      "license",
    );
  });

  it("isn't counted at home", () => {
    expect(play(IDLE * 10, { type: "tick" })).toEqual(start());
  });

  it("takes back what the last person left at home: large type, a card that wasn't read", () => {
    expect(play({ type: "elder" }, { type: "unread" }, IDLE - 1, { type: "tick" })).toMatchObject({
      elder: true,
      unread: true,
    });
    expect(play({ type: "elder" }, { type: "unread" }, IDLE, { type: "tick" })).toEqual(start());
  });

  it("isn't stretched by touches on the result", () => {
    expect(play(...taken, paper("printed"), RESULT_SHOWN, { type: "touch" }, { type: "tick" }).step).toBe(
      "home",
    );
  });
});

describe("a card that can't be read", () => {
  it("is told at home until it is lifted", () => {
    expect(play({ type: "unread" }).unread).toBe(true);
    expect(play({ type: "unread" }, { type: "lifted" }).unread).toBe(false);
    expect(play(...byCard, { type: "unread" }).unread).toBe(false);
  });
});

const problem = (code: string) => ({ status: 409, code, detail: "不行" });
const visits = {
  appointments: [appointment("a1", 10)],
  tickets: [held("medical", "F007", "waiting"), held("license", "A009", "missed")],
} as Visits;
const found: Happening = { type: "found", visits };
const known: Happening[] = [{ type: "card", card }, found];

describe("what the person has here today", () => {
  it("is shown before anything new, and services follow", () => {
    expect(play(...known)).toMatchObject({ step: "visits", visits });
    expect(play(...known, { type: "services" })).toMatchObject({ step: "services" });
    expect(play(...known, { type: "services" }, { type: "back" })).toMatchObject({ step: "visits", visits });
  });

  it("keeps nobody waiting: a hall that doesn't answer leads on to the services", () => {
    const waiting: Happening[] = [{ type: "card", card }];
    expect(play(...waiting, LOOK_PATIENCE - 1, { type: "tick" }).step).toBe("looking");
    const flow = play(...waiting, LOOK_PATIENCE, { type: "tick" });
    expect([flow.step, flow.problem]).toEqual(["services", undefined]);
  });

  it("isn't stretched by touches while it is looked for", () => {
    const flow = play({ type: "card", card }, LOOK_PATIENCE - 1, { type: "touch" }, 1, { type: "tick" });
    expect(flow.step).toBe("services");
  });

  it("that comes too late changes nothing", () => {
    expect(play(...byCard, found).step).toBe("services");
    expect(play({ type: "card", card }, { type: "home" }, found)).toEqual(start());
  });

  it("is checked in with the paper, and asked twice the same number is shown without any", () => {
    const asked: Happening[] = [...known, { type: "take", service: "a1" }];
    expect(play(...asked, { type: "taken", ticket })).toMatchObject({ step: "result", paper: "printing" });
    const again = play(...asked, { type: "taken", ticket, outcome: "again" });
    expect(again).toMatchObject({ step: "result", paper: "kept", outcome: "again" });
    expect(again.card).toBeUndefined();
  });

  it("of a copy is what it stands like now, not what was promised once", () => {
    const now = visits.tickets[0] as TicketView;
    const answer = { ...now, ahead: 6, print: "printed" } as TicketView;
    const flow = play(
      ...known,
      { type: "take", service: now.id },
      { type: "taken", ticket: answer, outcome: "copy" },
    );
    expect(flow.ticket?.ahead).toBe(2);
  });

  it("a copy waits for its own paper, a place kept by rejoining needs none", () => {
    const printed = { ...ticket, print: "printed" } as TicketView;
    const asked: Happening[] = [...known, { type: "take", service: ticket.id }];
    expect(play(...asked, { type: "taken", ticket: printed, outcome: "copy" }).paper).toBe("printing");
    expect(play(...asked, { type: "taken", ticket: printed, outcome: "rejoined" }).paper).toBe("kept");
  });

  it("is given up only after a question, and then leaves the page", () => {
    const given = { what: "appointment", id: "a1" } as const;
    const asking: Happening[] = [...known, { type: "ask", given }];
    expect(play(...asking)).toMatchObject({ step: "visits", asking: given, visits });
    expect(play(...asking, { type: "dismiss" })).toMatchObject({ asking: undefined, visits });
    const done = play(...asking, { type: "take", service: "a1" }, { type: "given", given });
    expect(done).toMatchObject({
      step: "visits",
      given: "appointment",
      asking: undefined,
      taking: undefined,
    });
    expect(done.visits.appointments).toEqual([]);
    expect(done.visits.tickets).toHaveLength(2);
  });

  it("leads to the services once nothing of it is left", () => {
    const given = { what: "appointment", id: "a1" } as const;
    const one: Happening = { type: "found", visits: { appointments: visits.appointments, tickets: [] } };
    const flow = play({ type: "card", card }, one, { type: "ask", given }, { type: "given", given });
    expect(flow).toMatchObject({ step: "services", given: "appointment" });
  });

  it("is told a refusal and stays", () => {
    const flow = play(...known, { type: "take", service: "a1" }, { type: "refused", problem: problem("x") });
    expect(flow).toMatchObject({ step: "visits", taking: undefined, problem: { code: "x" } });
  });
});

describe("a booking code", () => {
  const typed: Happening[] = [{ type: "enterCode" }, ...digits("20613370"), { type: "look" }];

  it("is typed and found", () => {
    expect(play(...typed)).toMatchObject({ step: "looking", code: "20613370" });
    expect(play(...typed, found)).toMatchObject({ step: "visits", code: "20613370" });
  });

  it("alone takes no other ticket: nobody knows who holds it", () => {
    expect(play(...typed, found, { type: "services" }).step).toBe("visits");
  });

  it("that leads nowhere is told where it was typed", () => {
    expect(play(...typed, none)).toMatchObject({ step: "code", code: "", problem: { code: "visits.none" } });
    expect(play(...typed, { type: "unfound", problem: problem("link.away") })).toMatchObject({
      step: "code",
      problem: { code: "link.away" },
    });
  });

  it("that is scanned needs no page, and goes with the card that lies there", () => {
    expect(play({ type: "look", code: "77" })).toMatchObject({ step: "looking", code: "77" });
    expect(play(...byCard, { type: "look", code: "77" })).toMatchObject({
      step: "looking",
      code: "77",
      card,
    });
    expect(play(...byCard, { type: "look", code: "77" }, none)).toMatchObject({ step: "services", card });
  });

  it("of the next person begins anew on a finished page", () => {
    const flow = play(...taken, { type: "look", code: "77" });
    expect(flow).toMatchObject({ step: "looking", code: "77" });
    expect(flow.ticket).toBeUndefined();
  });

  it("goes no longer than it may be", () => {
    expect(play({ type: "enterCode" }, ...digits("1".repeat(30))).code).toHaveLength(CODE_LENGTH);
  });

  it("is dropped on the way home", () => {
    expect(play(...typed, found, { type: "back" })).toMatchObject({ step: "code", visits: { tickets: [] } });
    expect(play(...typed, found, { type: "back" }, { type: "back" })).toMatchObject({
      step: "home",
      code: "",
    });
  });
});

describe("priority", () => {
  const chosen: Happening[] = [...byCard, { type: "classes" }, { type: "class", id: "pregnant" }];
  const password = (text: string): Happening[] => [{ type: "field", field: "password" }, ...digits(text)];
  const vouching: Happening[] = [
    ...chosen,
    { type: "vouch", service: "tax" },
    ...digits("li"),
    ...password("secret"),
  ];

  it("is chosen, then the service, then vouched for, one decision a page", () => {
    expect(play(...byCard, { type: "classes" }).step).toBe("priority");
    expect(play(...chosen)).toMatchObject({ step: "services", priority: "pregnant" });
    expect(play(...vouching)).toMatchObject({
      step: "staff",
      service: "tax",
      staff: { account: "li", password: "secret" },
    });
    const done = play(...vouching, { type: "take", service: "tax" }, { type: "taken", ticket });
    expect([done.step, done.staff, done.priority]).toEqual(["result", undefined, undefined]);
  });

  it("can be dropped again", () => {
    expect(play(...chosen, { type: "class" }).priority).toBeUndefined();
    expect(play(...byCard, { type: "classes" }, { type: "back" })).toMatchObject({ step: "services", card });
  });

  it("forgets what staff typed after thirty seconds, and keeps the citizen's page", () => {
    const flow = play(...vouching, STAFF_SHOWN, { type: "tick" });
    expect(flow).toMatchObject({ step: "services", card, priority: "pregnant", staff: undefined });
    expect(play(...vouching, STAFF_SHOWN - 1, { type: "tick" }).step).toBe("staff");
  });

  it("forgets what staff typed on the way back, and with another card", () => {
    expect(play(...vouching, { type: "back" })).toMatchObject({ step: "services", staff: undefined });
    expect(play(...vouching, { type: "card", card: { ...card, session: "next" } }).staff).toBeUndefined();
  });

  it.each(["staff.password", "request.limit"])("%s empties the password and can be tried again", (code) => {
    const flow = play(
      ...vouching,
      { type: "take", service: "tax" },
      { type: "refused", problem: problem(code) },
    );
    expect(flow).toMatchObject({
      step: "staff",
      taking: undefined,
      staff: { account: "li", password: "", field: "password", problem: { code } },
    });
  });

  it("another refusal is told at the services, without the password", () => {
    const flow = play(
      ...vouching,
      { type: "take", service: "tax" },
      { type: "refused", problem: problem("person.has-ticket") },
    );
    expect(flow).toMatchObject({ step: "services", staff: undefined, priority: "pregnant" });
    expect(flow.problem?.code).toBe("person.has-ticket");
  });

  it("that is used up for today leaves the ordinary queue", () => {
    const flow = play(
      ...vouching,
      { type: "take", service: "tax" },
      { type: "refused", problem: problem("priority.full") },
    );
    expect(flow).toMatchObject({ step: "services", priority: undefined, problem: { code: "priority.full" } });
  });

  it("that her age doesn't give is asked of staff", () => {
    const flow = play(
      ...byCard,
      { type: "classes" },
      { type: "class", id: "elderly" },
      { type: "take", service: "tax" },
      { type: "refused", problem: problem("priority.unauthorised") },
    );
    expect(flow).toMatchObject({ step: "staff", service: "tax", taking: undefined, problem: undefined });
  });

  it("isn't interrupted by a scanner", () => {
    expect(play(...vouching, { type: "look", code: "77" }).step).toBe("staff");
  });
});

describe("silent calls", () => {
  it("are a wish that goes with the person", () => {
    expect(play(...byCard, { type: "silent" }).silent).toBe(true);
    expect(play(...byCard, { type: "silent" }, { type: "silent" }).silent).toBe(false);
    expect(play(...byCard, { type: "silent" }, { type: "home" }).silent).toBe(false);
  });
});

describe("an area", () => {
  const query: Happening[] = [
    { type: "area", id: "query" },
    { type: "card", card },
    { type: "area", id: "terminal", case: "SQ1" },
  ];

  it("leads to another with the person's card and the case that she came for", () => {
    const flow = play(...query);
    expect([flow.step, flow.area, flow.case, flow.card]).toEqual(["area", "terminal", "SQ1", card]);
  });

  it("takes a ticket by the card that lies there", () => {
    const flow = play(...query, { type: "take", service: "license" });
    expect([flow.step, flow.taking, flow.deadline]).toEqual(["area", "license", 0]);
    const done = next(flow, { type: "taken", ticket }, 2_000_000, IDLE);
    expect([done.step, done.case, done.card]).toEqual(["result", undefined, undefined]);
  });

  it("tells there why a ticket was refused, and goes on", () => {
    const problem = { status: 409, code: "service.closed", detail: "x" };
    const flow = play(...query, { type: "take", service: "license" }, { type: "refused", problem });
    expect([flow.step, flow.area, flow.problem, flow.taking]).toEqual([
      "area",
      "terminal",
      problem,
      undefined,
    ]);
  });

  it("forgets the case with the person", () => {
    for (const last of [IDLE + 1, { type: "home" }, { type: "back" }] as (Happening | number)[]) {
      const flow = play(...query, last, { type: "tick" });
      expect([flow.step, flow.case, flow.card]).toEqual(["home", undefined, undefined]);
    }
  });
});
