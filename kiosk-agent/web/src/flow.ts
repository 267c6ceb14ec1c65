import type { CardRead, PrintOutcome, Problem, TicketView } from "@smarthall/ui";

/** Step is where the citizen is. */
export type Step = "home" | "phone" | "services" | "result";

/** Paper is what is known of the printed ticket. */
export type Paper = "printing" | "printed" | "failed";

/** Times in milliseconds. */
export const PRINT_PATIENCE = 12_000;
export const RESULT_SHOWN = 12_000;
export const RESULT_SHOWN_NO_PAPER = 30_000;

/** Digits of a mobile number. */
export const PHONE_DIGITS = 11;

/**
 * Flow is one visit to the machine, from the first touch to the paper. It
 * holds what the page knows of a person (masked card, phone number), and going
 * home forgets all of it.
 */
export interface Flow {
  step: Step;
  card?: CardRead;
  phone: string;
  /** The service whose ticket is being taken. */
  taking?: string;
  /** Why no ticket came, until the citizen has read it. */
  problem?: Problem;
  ticket?: TicketView;
  paper: Paper;
  /** A print outcome that came before the answer that names its ticket. */
  early?: { ticket: string; outcome: PrintOutcome };
  /** The last card could not be read. */
  unread: boolean;
  elder: boolean;
  /** The page of services shown, from 0. */
  page: number;
  /** When the page clears itself, in ms; 0 while it doesn't. */
  deadline: number;
}

/** What happens to a flow. */
export type Happening =
  | { type: "card"; card: CardRead }
  | { type: "unread" }
  | { type: "lifted" }
  | { type: "enterPhone" }
  | { type: "digit"; digit: string }
  | { type: "erase" }
  | { type: "clearPhone" }
  | { type: "phoneDone" }
  | { type: "turn"; by: number }
  | { type: "take"; service: string }
  | { type: "taken"; ticket: TicketView }
  | { type: "refused"; problem: Problem }
  | { type: "dismiss" }
  | { type: "paper"; ticket: string; outcome: PrintOutcome }
  | { type: "elder" }
  | { type: "back" }
  | { type: "home" }
  | { type: "touch" }
  | { type: "tick" };

/** start is the flow of a machine that waits for the next person. */
export function start(): Flow {
  return { step: "home", phone: "", paper: "printing", unread: false, elder: false, page: 0, deadline: 0 };
}

/**
 * next is the flow after something happened at now; idle is how long the page
 * waits for a person who does nothing. What doesn't fit the step is ignored.
 */
export function next(flow: Flow, event: Happening, now: number, idle: number): Flow {
  if (event.type === "tick") return tick(flow, now);
  if (event.type === "home") return start();
  const after = step(flow, event, now);
  if (after.taking) return { ...after, deadline: 0 };
  if (after.step === "result") return after;
  // At home there is nothing to clear but what the last person left behind.
  const waits = after.step !== "home" || after.unread || after.elder;
  return { ...after, deadline: waits ? now + idle : 0 };
}

function tick(flow: Flow, now: number): Flow {
  if (!flow.deadline || now < flow.deadline) return flow;
  if (flow.step === "result" && flow.paper === "printing") {
    return { ...flow, paper: "failed", deadline: now + RESULT_SHOWN_NO_PAPER };
  }
  return start();
}

function step(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "card":
      if (flow.taking) return flow;
      return {
        ...start(),
        step: "services",
        card: event.card,
        elder: (flow.step !== "result" && flow.elder) || event.card.elderly === true,
      };
    case "unread":
      return flow.step === "home" ? { ...flow, unread: true } : flow;
    case "lifted":
      return flow.unread ? { ...flow, unread: false } : flow;
    case "elder":
      return { ...flow, elder: !flow.elder, page: 0 };
    case "enterPhone":
      return flow.step === "home" ? { ...start(), elder: flow.elder, step: "phone" } : flow;
    case "dismiss":
      return { ...flow, problem: undefined };
    case "touch":
      return flow;
  }
  if (flow.step === "phone") return phone(flow, event);
  if (flow.step === "services") return services(flow, event, now);
  if (flow.step === "result") return result(flow, event, now);
  return flow;
}

function phone(flow: Flow, event: Happening): Flow {
  switch (event.type) {
    case "digit":
      return flow.phone.length < PHONE_DIGITS ? { ...flow, phone: flow.phone + event.digit } : flow;
    case "erase":
      return { ...flow, phone: flow.phone.slice(0, -1) };
    case "clearPhone":
      return { ...flow, phone: "" };
    case "phoneDone":
      return { ...flow, step: "services", page: 0 };
    case "back":
      return { ...start(), elder: flow.elder };
  }
  return flow;
}

function services(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "turn":
      return { ...flow, page: Math.max(0, flow.page + event.by) };
    case "take":
      return flow.taking ? flow : { ...flow, taking: event.service, problem: undefined };
    case "paper":
      return flow.taking ? { ...flow, early: { ticket: event.ticket, outcome: event.outcome } } : flow;
    case "taken":
      return taken(flow, event.ticket, now);
    case "refused":
      return { ...flow, taking: undefined, problem: event.problem };
    case "back":
      if (flow.taking) return flow;
      return flow.card ? start() : { ...flow, step: "phone", problem: undefined };
  }
  return flow;
}

function taken(flow: Flow, ticket: TicketView, now: number): Flow {
  const early = flow.early?.ticket === ticket.id ? flow.early.outcome : undefined;
  return { ...start(), elder: flow.elder, step: "result", ticket, ...shown(early ?? ticket.print, now) };
}

function result(flow: Flow, event: Happening, now: number): Flow {
  if (event.type !== "paper" || event.ticket !== flow.ticket?.id) return flow;
  return { ...flow, ...shown(event.outcome, now) };
}

function shown(outcome: PrintOutcome | undefined, now: number): Pick<Flow, "paper" | "deadline"> {
  if (!outcome) return { paper: "printing", deadline: now + PRINT_PATIENCE };
  if (outcome === "printed") return { paper: "printed", deadline: now + RESULT_SHOWN };
  return { paper: "failed", deadline: now + RESULT_SHOWN_NO_PAPER };
}
