import type { CardRead, TicketView } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import {
  type Flow,
  type Happening,
  next,
  PRINT_PATIENCE,
  RESULT_SHOWN,
  RESULT_SHOWN_NO_PAPER,
  start,
} from "../src/flow";
import { card as cardFixture, ticket as ticketFixture } from "./fixture.mjs";

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
const byCard: Happening[] = [{ type: "card", card }];
const taken: Happening[] = [...byCard, { type: "take", service: "license" }, { type: "taken", ticket }];
const paper = (outcome: "printed" | "failed" | "unknown" | "expired", id = ticket.id): Happening => ({
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
    expect(flow).toMatchObject({ step: "services", card: { session: "next" }, elder: false });
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
    expect(play({ type: "enterPhone" }, ...digits("138"), { type: "clearPhone" }).phone).toBe("");
  });

  it("keeps the number when going back to it, and drops it when going home", () => {
    const entered: Happening[] = [{ type: "enterPhone" }, ...digits("13812345678"), { type: "phoneDone" }];
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

  it.each(["failed", "unknown", "expired"] as const)(
    "%s keeps the number up for thirty seconds",
    (outcome) => {
      expect(play(...taken, paper(outcome), RESULT_SHOWN_NO_PAPER - 1, { type: "tick" })).toMatchObject({
        step: "result",
        paper: "failed",
      });
      expect(play(...taken, paper(outcome), RESULT_SHOWN_NO_PAPER, { type: "tick" }).step).toBe("home");
    },
  );

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
