import { type AppointmentView, clock, named, type TicketView } from "@smarthall/ui";
import type { Flow, Visits } from "./flow";
import { t } from "./text";

/** Visits on one page, fewer of them in elderly mode. */
export const VISITS = 3;
export const VISITS_ELDER = 2;

/** Item is one thing that a person has here today. */
export type Item = { appointment: AppointmentView } | { ticket: TicketView };

/**
 * items puts what can be done next first: appointments to check in, then
 * tickets. A checked-in appointment whose ticket stands there itself is left out.
 */
export function items({ appointments, tickets }: Visits): Item[] {
  const shown = new Set(tickets.map((ticket) => ticket.id));
  return [
    ...appointments.filter((a) => !a.ticket || !shown.has(a.ticket)).map((appointment) => ({ appointment })),
    ...tickets.map((ticket) => ({ ticket })),
  ];
}

/** slot is an appointment's time: 10:30–11:00. */
export function slot(a: AppointmentView, timeZone?: string): string {
  return `${clock(Date.parse(a.from), timeZone)}–${clock(Date.parse(a.to), timeZone)}`;
}

/** CheckIn is what can be done with an appointment now, and what to know of it. */
export interface CheckIn {
  open: boolean;
  label: string;
  hint: string;
}

/** checkIn tells whether an appointment can be checked in at now (ms). */
export function checkIn(a: AppointmentView, now: number, timeZone?: string): CheckIn {
  const name = { time: clock(Date.parse(a.from), timeZone), service: named(a.serviceName) };
  if (a.state === "checked-in") {
    return { open: true, label: t("kiosk.visits.seeNumber", name), hint: t("kiosk.visits.checkedIn") };
  }
  const label = t("kiosk.visits.checkIn", name);
  if (now < Date.parse(a.checkInFrom)) {
    const from = clock(Date.parse(a.checkInFrom), timeZone);
    return { open: false, label, hint: t("kiosk.visits.early", { from }) };
  }
  const late = now > Date.parse(a.checkInUntil);
  return {
    open: true,
    label,
    hint: late ? t("kiosk.visits.late") : t("kiosk.visits.slot", { slot: slot(a, timeZone) }),
  };
}

/** range is a wait in minutes, as a range if it is one, and never nothing. */
export function range(low: number, high: number): string {
  const least = Math.max(1, low);
  return high > least ? `${least}–${high}` : `${least}`;
}

/** SOON is a wait, in minutes, that isn't worth a number. */
export const SOON = 1;

/** stateWords says how a ticket stands, and what its holder does now. */
export function stateWords(ticket: TicketView, timeZone?: string): string {
  switch (ticket.state) {
    case "waiting":
      return waiting(ticket);
    case "called":
      return t("kiosk.visits.called", { window: named(ticket.windowName ?? "") || t("kiosk.visits.window") });
    case "serving":
      return t("kiosk.visits.serving");
    case "parked":
      return ticket.until
        ? t("kiosk.visits.parkedUntil", { until: clock(Date.parse(ticket.until), timeZone) })
        : t("kiosk.visits.parked");
    case "missed":
      return t("kiosk.visits.missed");
  }
  return "";
}

function waiting({ ahead, waitLow, waitHigh }: TicketView): string {
  const people = ahead > 0 ? t("kiosk.visits.ahead", { n: ahead }) : t("kiosk.visits.next");
  if (waitLow === undefined || waitHigh === undefined) return people;
  if (waitHigh <= SOON) return people + t("kiosk.visits.soon");
  return people + t("kiosk.visits.wait", { n: range(waitLow, waitHigh) });
}

/** Verbs are what a person may do with a ticket of hers. */
export interface Verbs {
  rejoin: boolean;
  reprint: boolean;
  cancel: boolean;
}

/**
 * verbs tells what the page offers. A phone number, which others know too,
 * gives up only what was taken by it; the agent holds to the same.
 */
export function verbs(ticket: TicketView, flow: Flow): Verbs {
  const allows = (verb: string) => ticket.allowed?.includes(verb) ?? false;
  return {
    rejoin: allows("rejoin"),
    reprint: ticket.state !== "missed" && ticket.state !== "serving",
    cancel: allows("cancel") && (!!flow.card || ticket.channel === "phone"),
  };
}

/** mayCancel tells the same of an appointment: the card or its code is needed. */
export function mayCancel(a: AppointmentView, flow: Flow): boolean {
  return a.state === "booked" && (!!flow.card || (!!a.code && a.code === flow.code));
}
