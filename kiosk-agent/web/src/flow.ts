import type { AppointmentView, CardRead, PrintOutcome, Problem, TicketView } from "@smarthall/ui";
import { SOURCE } from "@smarthall/ui";
import { EASE, type Ease, eased, type Setting } from "./ease";
import { GUIDE, type Guide, MAX_LETTERS, up } from "./guidesteps";

/** Step is where the citizen is. */
export type Step =
  | "home"
  | "guide"
  | "area"
  | "phone"
  | "code"
  | "looking"
  | "visits"
  | "services"
  | "priority"
  | "staff"
  | "result";

/**
 * Paper is what is known of the printed ticket; "half" ended half-way or may
 * have, "kept" is the one she has already.
 */
export type Paper = "printing" | "printed" | "failed" | "half" | "kept";

/** Outcome is what a result page is about. */
export type Outcome = "taken" | "again" | "rejoined" | "copy";

/** Times in milliseconds. */
export const PRINT_PATIENCE = 12_000;
export const RESULT_SHOWN = 12_000;
export const RESULT_SHOWN_NO_PAPER = 30_000;
/** How long a person waits for what is known of her before she may go on. */
export const LOOK_PATIENCE = 3_000;
/** How long the city's card centre may take to name a citizen card's holder. */
export const CARD_PATIENCE = 8_000;
/** CARD begins the handle of a citizen card's code. */
export const CARD = "card:";
/** How long what staff have typed stays on the page untouched. */
export const STAFF_SHOWN = 30_000;

/** Digits of a mobile number, and the longest of what else is typed. */
export const PHONE_DIGITS = 11;
export const CODE_LENGTH = 20;
export const STAFF_LENGTH = 64;

/** Field is what a key on the staff page goes to. */
export type Field = "account" | "password";

/** Staff is what a member of staff types to vouch for a citizen. */
export interface Staff {
  account: string;
  password: string;
  field: Field;
  /** Why it was refused. */
  problem?: Problem;
}

/** Given is what was given up, or is about to be. */
export interface Given {
  what: "ticket" | "appointment";
  id: string;
}

/**
 * Help is how a call for staff stands: on its way to the hall, there, answered
 * (somebody comes), or not delivered.
 */
export type Help = "asking" | "asked" | "coming" | "failed";

/** Visits is what a person has here today. */
export interface Visits {
  appointments: AppointmentView[];
  tickets: TicketView[];
}

/**
 * Flow is one visit to the machine, from the first touch to the paper. It
 * holds what the page knows of a person (masked card, phone number, booking
 * code, her visits), and going home forgets all of it.
 */
export interface Flow {
  step: Step;
  card?: CardRead;
  phone: string;
  code: string;
  /** What the person has here today. */
  visits: Visits;
  /** What the hall is being asked to do: the id of a service, an appointment or a ticket. */
  taking?: string;
  /** Why that wasn't done, until the citizen has read it. */
  problem?: Problem;
  /** What she is asked about before it is given up. */
  asking?: Given;
  /** What she gave up just now. */
  given?: Given["what"];
  /** The class of people who are due earlier that she asked for. */
  priority?: string;
  /** Calls are to come without the loudspeaker. */
  silent: boolean;
  /** The service that staff vouch for. */
  service?: string;
  staff?: Staff;
  ticket?: TicketView;
  outcome: Outcome;
  paper: Paper;
  /** A print outcome that came before the answer that names its ticket. */
  early?: { ticket: string; outcome: PrintOutcome };
  /** The last card could not be read. */
  unread: boolean;
  /** How she wants the pages; elder is what she chose, else by her card. */
  ease: Ease;
  elder: boolean;
  /** Staff were called; the words about it are shown. */
  help?: Help;
  helpShown: boolean;
  /** Where in the guides she is; the service she wants a ticket of, having read one. */
  guide: Guide;
  wanted?: string;
  /** First letters of the services that are shown; undefined: all of them. */
  letters?: string;
  /** The area of the machine that she is in, and the number (or its paper's code) of the case that she came for. */
  area?: string;
  case?: string;
  /** The page of services, visits or guides shown, from 0. */
  page: number;
  /** When the page clears itself, in ms; 0 while it doesn't. */
  deadline: number;
}

/** What happens to a flow. */
export type Happening =
  | { type: "card"; card: CardRead }
  | { type: "unread" }
  | { type: "lifted" }
  | { type: "guides" }
  | { type: "area"; id: string; case?: string }
  | { type: "read"; guide: Partial<Guide> }
  | { type: "want"; service: string }
  | { type: "enterPhone" }
  | { type: "enterCode" }
  | { type: "digit"; digit: string }
  | { type: "erase" }
  | { type: "clear" }
  | { type: "look"; code?: string }
  | { type: "found"; visits?: Visits }
  | { type: "unfound"; problem: Problem }
  | { type: "services" }
  | { type: "turn"; by: number }
  | { type: "silent" }
  | { type: "classes" }
  | { type: "class"; id?: string }
  | { type: "vouch"; service: string }
  | { type: "field"; field: Field }
  | { type: "take"; service: string }
  | { type: "taken"; ticket: TicketView; outcome?: Outcome }
  | { type: "ask"; given: Given }
  | { type: "given"; given: Given }
  | { type: "refused"; problem: Problem }
  | { type: "dismiss" }
  | { type: "paper"; ticket: string; outcome: PrintOutcome }
  | { type: "elder" }
  | { type: "ease"; setting: Setting }
  | { type: "language"; tag: string }
  | { type: "letters"; letters?: string }
  | { type: "help" }
  | { type: "helped"; help?: Help }
  | { type: "helpRead" }
  | { type: "back" }
  | { type: "home" }
  | { type: "touch" }
  | { type: "tick" };

/** NONE is the visits of a person who has none. */
export const NONE: Visits = { appointments: [], tickets: [] };

/** start is the flow of a machine that waits for the next person. */
export function start(): Flow {
  return {
    step: "home",
    phone: "",
    code: "",
    visits: NONE,
    silent: false,
    outcome: "taken",
    paper: "printing",
    unread: false,
    ease: EASE,
    elder: false,
    helpShown: false,
    guide: GUIDE,
    page: 0,
    deadline: 0,
  };
}

/**
 * fresh is start for the person who goes on: it forgets what she did, and keeps
 * how she wants the pages and that she called for staff.
 */
function fresh(flow: Flow): Flow {
  return { ...start(), ease: flow.ease, elder: flow.ease.elder ?? false, help: flow.help };
}

/**
 * gone is start after somebody who left: a call for staff that nobody has
 * answered yet still stands, and says nothing of her.
 */
function gone(flow: Flow): Flow {
  return flow.help === "asked" ? { ...start(), help: "asked" } : start();
}

/** idles tells whether nothing at home is left of the last person. */
function idles(flow: Flow): boolean {
  return (
    flow.ease === EASE &&
    !flow.unread &&
    !flow.elder &&
    (flow.help === undefined || flow.help === "asked") &&
    flow.wanted === undefined
  );
}

/** known tells whether a flow has a person who can take a ticket. */
export function known(flow: Flow): boolean {
  return flow.card !== undefined || flow.phone.length === PHONE_DIGITS;
}

/** has tells whether there is anything to show of a person's visits. */
export function has(visits: Visits): boolean {
  return visits.appointments.length + visits.tickets.length > 0;
}

/**
 * next is the flow after something happened at now; idle is how long the page
 * waits for a person who does nothing. What doesn't fit the step is ignored.
 */
export function next(flow: Flow, event: Happening, now: number, idle: number): Flow {
  if (event.type === "tick") return tick(flow, now, idle);
  // Who has her ticket goes; whoever comes next is somebody else.
  const done = event.type === "home" && flow.step === "result";
  const after = done ? gone(flow) : event.type === "home" ? fresh(flow) : step(flow, event, now);
  if (after.taking) return { ...after, deadline: 0 };
  if (after.step === "result") return after;
  if (after.step === "looking") {
    const patience = after.code.startsWith(CARD) ? CARD_PATIENCE : LOOK_PATIENCE;
    return {
      ...after,
      deadline: flow.step === "looking" && flow.code === after.code ? flow.deadline : now + patience,
    };
  }
  if (after.step === "staff") return { ...after, deadline: now + Math.min(STAFF_SHOWN, idle) };
  // At home there is nothing to clear but what the last person left behind.
  const waits = after.step !== "home" || !idles(after);
  return { ...after, deadline: waits ? now + idle : 0 };
}

function tick(flow: Flow, now: number, idle: number): Flow {
  if (!flow.deadline || now < flow.deadline) return flow;
  if (flow.step === "result" && flow.paper === "printing") {
    return { ...flow, paper: "failed", deadline: now + RESULT_SHOWN_NO_PAPER };
  }
  if (flow.step === "looking") {
    return { ...unfound(flow, { status: 504, code: "link.away", detail: "" }), deadline: now + idle };
  }
  if (flow.step === "staff") return { ...unvouched(flow), deadline: now + idle };
  return gone(flow);
}

function step(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "card":
      if (flow.taking) return flow;
      if (flow.step === "area")
        return {
          ...flow,
          card: event.card,
          problem: undefined,
          elder: large(flow, event.card),
        };
      return laid(flow, event.card);
    case "unread":
      return flow.step === "home" ? { ...flow, unread: true } : flow;
    case "lifted":
      return flow.unread ? { ...flow, unread: false } : flow;
    case "elder":
      return chosen(flow, !flow.elder);
    case "ease":
      return { ...flow, ease: eased(flow.ease, event.setting), page: 0 };
    case "language":
      return { ...flow, ease: eased(flow.ease, { language: event.tag === SOURCE ? undefined : event.tag }) };
    case "help":
    case "helped":
    case "helpRead":
      return helped(flow, event);
    case "look":
      return look(flow, event.code);
    case "dismiss":
      return { ...flow, problem: undefined, asking: undefined };
    case "touch":
      return flow;
  }
  return steps[flow.step](flow, event, now);
}

/** large tells whether the pages are for the elderly once the card is known: as she chose, else by her age. */
function large(flow: Flow, card: CardRead): boolean {
  return flow.ease.elder ?? card.elderly === true;
}

/** chosen is the flow of who wants the pages large or not. Who only tried it at home wants them as for everybody. */
function chosen(flow: Flow, elder: boolean): Flow {
  const tried = flow.step === "home" && flow.ease.elder === true;
  const wish = elder || !tried ? elder : undefined;
  return { ...flow, elder, ease: eased(flow.ease, { elder: wish }), page: 0 };
}

/** laid is the flow of whoever laid the card: after a result that is somebody else. */
function laid(flow: Flow, card: CardRead): Flow {
  const from = flow.step === "result" ? gone(flow) : fresh(flow);
  return {
    ...from,
    step: "looking",
    card,
    wanted: flow.step === "home" ? flow.wanted : undefined,
    elder: large(from, card),
  };
}

/** helped is what becomes of a call for staff. Who has gone home by idleness has none. */
function helped(flow: Flow, event: Happening): Flow {
  switch (event.type) {
    case "help":
      return {
        ...flow,
        help: flow.help === "coming" || flow.help === "asked" ? flow.help : "asking",
        helpShown: true,
      };
    case "helped":
      return flow.help ? { ...flow, help: event.help, helpShown: event.help !== undefined } : flow;
  }
  return {
    ...flow,
    help: flow.help === "asking" || flow.help === "asked" ? flow.help : undefined,
    helpShown: false,
  };
}

const steps: Record<Step, (flow: Flow, event: Happening, now: number) => Flow> = {
  home,
  guide,
  area,
  phone,
  code,
  looking,
  visits,
  services,
  priority,
  staff,
  result,
};

/** look waits for what is known of the person; a code goes with the card that lies there. */
function look(flow: Flow, scanned?: string): Flow {
  if (flow.taking || flow.step === "staff" || flow.step === "area") return flow;
  if (scanned === undefined) return { ...flow, step: "looking", problem: undefined };
  const from = flow.step === "result" || !flow.card ? fresh(flow) : flow;
  return { ...from, step: "looking", code: scanned, problem: undefined, asking: undefined };
}

function home(flow: Flow, event: Happening): Flow {
  if (event.type === "guides") return { ...fresh(flow), elder: flow.elder, step: "guide" };
  if (event.type === "area")
    return { ...fresh(flow), elder: flow.elder, step: "area", area: event.id, case: event.case };
  if (event.type === "enterPhone")
    return { ...fresh(flow), elder: flow.elder, wanted: flow.wanted, step: "phone" };
  if (event.type === "enterCode") return { ...fresh(flow), elder: flow.elder, step: "code" };
  return flow;
}

function guide(flow: Flow, event: Happening): Flow {
  switch (event.type) {
    case "read":
      return { ...flow, guide: { ...flow.guide, ...event.guide }, page: 0 };
    case "turn":
      return { ...flow, page: Math.max(0, flow.page + event.by) };
    case "want":
      return { ...fresh(flow), elder: flow.elder, wanted: event.service };
    case "back": {
      const before = up(flow.guide);
      return before ? { ...flow, guide: before, page: 0 } : fresh(flow);
    }
  }
  return flow;
}

/** area goes on until its view has no step to go back, leads to another, or she wants or takes a ticket. */
function area(flow: Flow, event: Happening, now: number): Flow {
  if (event.type === "want") return { ...fresh(flow), elder: flow.elder, wanted: event.service };
  if (event.type === "area") return { ...flow, area: event.id, case: event.case };
  if (event.type === "back") return fresh(flow);
  return asked(flow, event, now);
}

function phone(flow: Flow, event: Happening): Flow {
  if (event.type === "back") return fresh(flow);
  return { ...flow, phone: typed(flow.phone, event, PHONE_DIGITS) };
}

function code(flow: Flow, event: Happening): Flow {
  if (event.type === "back") return fresh(flow);
  return { ...flow, code: typed(flow.code, event, CODE_LENGTH) };
}

/** typed is text after a key. */
function typed(text: string, event: Happening, longest: number): string {
  switch (event.type) {
    case "digit":
      return text.length < longest ? text + event.digit : text;
    case "erase":
      return text.slice(0, -1);
    case "clear":
      return "";
  }
  return text;
}

function looking(flow: Flow, event: Happening): Flow {
  switch (event.type) {
    case "found":
      if (event.visits && has(event.visits))
        return { ...flow, step: "visits", visits: event.visits, page: 0 };
      return unfound(flow, { status: 404, code: "visits.none", detail: "" });
    case "unfound":
      return unfound(flow, event.problem);
  }
  return flow;
}

/**
 * unfound goes on without visits: a card or a phone needs none, but a code that
 * leads nowhere is told where it was typed.
 */
function unfound(flow: Flow, problem: Problem): Flow {
  if (!flow.code) return { ...flow, step: "services", visits: NONE };
  return { ...flow, step: flow.card ? "services" : "code", visits: NONE, code: "", problem };
}

function visits(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "turn":
      return { ...flow, page: Math.max(0, flow.page + event.by) };
    case "services":
      return known(flow) ? { ...flow, step: "services", page: 0, given: undefined } : flow;
    case "ask":
      return { ...flow, asking: event.given, given: undefined };
    case "given":
      return givenUp(flow, event.given);
    case "back":
      return flow.taking ? flow : before(flow);
  }
  return asked(flow, event, now);
}

/** before is the page where the person said who she is. */
function before(flow: Flow): Flow {
  if (flow.card) return fresh(flow);
  const step = flow.code ? "code" : "phone";
  return { ...fresh(flow), elder: flow.elder, step, phone: flow.phone, code: flow.code };
}

/** givenUp takes what was given up off the page. */
function givenUp(flow: Flow, { what, id }: Given): Flow {
  const left = {
    appointments: flow.visits.appointments.filter((a) => what !== "appointment" || a.id !== id),
    tickets: flow.visits.tickets.filter((t) => what !== "ticket" || t.id !== id),
  };
  const more = has(left) || !known(flow);
  return {
    ...flow,
    step: more ? "visits" : "services",
    visits: left,
    taking: undefined,
    asking: undefined,
    given: what,
    page: 0,
  };
}

function services(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "turn":
      return { ...flow, page: Math.max(0, flow.page + event.by) };
    case "letters":
      return { ...flow, letters: event.letters?.slice(0, MAX_LETTERS), page: 0 };
    case "silent":
      return flow.taking ? flow : { ...flow, silent: !flow.silent };
    case "classes":
      return flow.taking ? flow : { ...flow, step: "priority", given: undefined };
    case "class":
      return flow.taking ? flow : { ...flow, priority: event.id };
    case "vouch":
      return flow.taking ? flow : vouch(flow, event.service);
    case "back":
      if (flow.taking) return flow;
      if (has(flow.visits)) return { ...flow, step: "visits", page: 0, problem: undefined };
      return before(flow);
    case "refused":
      // Her age doesn't give the class: staff may.
      if (event.problem.code === "priority.unauthorised" && flow.priority && flow.taking) {
        return vouch(flow, flow.taking);
      }
      if (event.problem.code === "priority.full")
        return { ...declined(flow, event.problem), priority: undefined };
  }
  return asked(flow, event, now);
}

function vouch(flow: Flow, service: string): Flow {
  const staff: Staff = { account: "", password: "", field: "account" };
  return { ...flow, step: "staff", taking: undefined, problem: undefined, given: undefined, service, staff };
}

/** unvouched goes back to the services and forgets what staff typed. */
function unvouched(flow: Flow): Flow {
  return { ...flow, step: "services", taking: undefined, service: undefined, staff: undefined };
}

function priority(flow: Flow, event: Happening): Flow {
  if (event.type === "class") return { ...flow, step: "services", priority: event.id, page: 0 };
  if (event.type === "back") return { ...flow, step: "services" };
  return flow;
}

/** Refusals that staff can do something about where they type. */
const TYPED = ["staff.", "request.limit", "priority.unauthorised"];

function staff(flow: Flow, event: Happening, now: number): Flow {
  const typing = flow.staff;
  if (!typing) return unvouched(flow);
  switch (event.type) {
    case "field":
      return { ...flow, staff: { ...typing, field: event.field } };
    case "digit":
    case "erase":
    case "clear": {
      if (flow.taking) return flow;
      const text = typed(typing[typing.field], event, STAFF_LENGTH);
      return { ...flow, staff: { ...typing, problem: undefined, [typing.field]: text } };
    }
    case "back":
      return flow.taking ? flow : unvouched(flow);
    case "refused": {
      if (!TYPED.some((code) => event.problem.code.startsWith(code))) {
        return services({ ...unvouched(flow), taking: flow.taking }, event, now);
      }
      const again: Staff = { ...typing, password: "", field: "password", problem: event.problem };
      return { ...flow, taking: undefined, staff: again };
    }
  }
  return asked(flow, event, now);
}

/** asked is what happens wherever the hall is asked to do something. */
function asked(flow: Flow, event: Happening, now: number): Flow {
  switch (event.type) {
    case "take":
      return flow.taking
        ? flow
        : { ...flow, taking: event.service, problem: undefined, asking: undefined, given: undefined };
    case "paper":
      return flow.taking ? { ...flow, early: { ticket: event.ticket, outcome: event.outcome } } : flow;
    case "taken":
      return taken(flow, event.ticket, event.outcome ?? "taken", now);
    case "refused":
      return declined(flow, event.problem);
  }
  return flow;
}

function declined(flow: Flow, problem: Problem): Flow {
  return { ...flow, taking: undefined, asking: undefined, problem };
}

function taken(flow: Flow, ticket: TicketView, outcome: Outcome, now: number): Flow {
  // Of a ticket that is printed again the lookup knows how it stands now.
  const stands = outcome === "copy" ? flow.visits.tickets.find((held) => held.id === ticket.id) : undefined;
  const to: Flow = { ...fresh(flow), elder: flow.elder, step: "result", ticket: stands ?? ticket, outcome };
  const early = flow.early?.ticket === ticket.id ? flow.early.outcome : undefined;
  if (outcome === "again" || outcome === "rejoined") {
    return { ...to, paper: "kept", deadline: now + RESULT_SHOWN };
  }
  return { ...to, ...shown(early ?? (outcome === "copy" ? undefined : ticket.print), now) };
}

function result(flow: Flow, event: Happening, now: number): Flow {
  if (event.type !== "paper" || event.ticket !== flow.ticket?.id || flow.paper === "kept") return flow;
  return { ...flow, ...shown(event.outcome, now) };
}

function shown(outcome: PrintOutcome | undefined, now: number): Pick<Flow, "paper" | "deadline"> {
  if (!outcome) return { paper: "printing", deadline: now + PRINT_PATIENCE };
  if (outcome === "printed") return { paper: "printed", deadline: now + RESULT_SHOWN };
  const paper = outcome === "partial" || outcome === "unknown" ? "half" : "failed";
  return { paper, deadline: now + RESULT_SHOWN_NO_PAPER };
}
