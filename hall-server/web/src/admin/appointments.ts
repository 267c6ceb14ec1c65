import type { AppointmentView, TicketView } from "@smarthall/ui";
import { reactive } from "vue";
import { ApiError, call, type Mistake } from "../api";
import { t } from "../text";

/** STATES are the states of an appointment in the order of its life. */
export const STATES = ["booked", "checked-in", "served", "missed", "unserved", "cancelled"] as const;
export type State = (typeof STATES)[number];

/** Day is the appointments of one business day, by slot. */
export interface Day {
  day: string;
  appointments: AppointmentView[];
}

/** readDay asks for the appointments of a day; an empty one is the open day. */
export async function readDay(day: string): Promise<Day> {
  const query = day ? `?day=${encodeURIComponent(day)}` : "";
  return (await (await call(`/appointments${query}`)).json()) as Day;
}

/** dayAfter is n days after a business day, YYYY-MM-DD. */
export function dayAfter(day: string, n: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + n);
  return date.toISOString().slice(0, 10);
}

/** Filter is what of a day is shown; empty members show all. */
export interface Filter {
  state: State | "";
  service: string;
}

/** Counts is how many appointments are in each state. */
export type Counts = Record<State, number>;

/** ordered are visits by one of their columns; without one as they came, by time. */
export function ordered(list: AppointmentView[], prop: string | null, down: boolean): AppointmentView[] {
  if (!prop) return list;
  const text = (a: AppointmentView) => String(a[prop as keyof AppointmentView] ?? "");
  const up = [...list].sort((a, b) => text(a).localeCompare(text(b), "zh-CN", { numeric: true }));
  return down ? up.reverse() : up;
}

/** countsOf counts the appointments of a service, or of all, by state. */
export function countsOf(list: AppointmentView[], service: string): Counts {
  const counts = Object.fromEntries(STATES.map((s) => [s, 0])) as Counts;
  for (const a of list) {
    if (!service || a.service === service) counts[a.state as State] += 1;
  }
  return counts;
}

/** filtered are the appointments that a filter shows. */
export function filtered(list: AppointmentView[], { state, service }: Filter): AppointmentView[] {
  return list.filter((a) => (!state || a.state === state) && (!service || a.service === service));
}

/** Moment is where now is between an appointment's times of check-in. */
export type Moment = "early" | "due" | "late";

/** momentOf tells whether an appointment can be checked in now (ms), and as what: late ones queue as walk-ins. */
export function momentOf(a: AppointmentView, now: number): Moment {
  if (now < Date.parse(a.checkInFrom)) return "early";
  return now > Date.parse(a.checkInUntil) ? "late" : "due";
}

/** viaWord is the channel that a visit was booked by; unknown ones keep their own name. */
export function viaWord(via = ""): string {
  switch (via) {
    case "portal":
      return t("appointments.via.portal");
    case "app":
      return t("appointments.via.app");
    case "wechat":
      return t("appointments.via.wechat");
    case "phone":
      return t("appointments.via.phone");
    default:
      return via;
  }
}

/** The head line of a file to import; the hall-server reads the same words. */
const COLUMNS = t("appointments.columns").split(" ");

/** template is an empty file to fill in, marked so that Excel reads it as UTF-8. */
export function template(): string {
  return `\ufeff${COLUMNS.join(",")}\r\n`;
}

/** Remote is the hall-server's side; tests bring their own. */
export interface Remote {
  checkIn(id: string): Promise<TicketView>;
  cancel(id: string, reason: string): Promise<void>;
  import(file: Blob): Promise<number>;
}

const server: Remote = {
  async checkIn(id) {
    const path = `/appointments/${encodeURIComponent(id)}/check-in`;
    return (await (await call(path, { method: "POST" })).json()) as TicketView;
  },
  async cancel(id, reason) {
    await call(`/appointments/${encodeURIComponent(id)}/cancel`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ reason }),
    });
  },
  async import(file) {
    const response = await call("/appointments/import-csv", {
      method: "POST",
      headers: { "content-type": "text/csv" },
      body: file,
    });
    return ((await response.json()) as { received: number }).received;
  },
};

/** About is what staff did something with. */
export type About = "visit" | "file";

/** Desk is what staff do with appointments, one thing at a time. */
export class Desk {
  readonly state = reactive({
    busy: false,
    /** about is what done and failure are about: a visit, or a file. */
    about: "visit" as About,
    /** done is what was done last, failure what went wrong, in words. */
    done: "",
    failure: "",
    /** mistakes are the lines of a refused file. */
    mistakes: [] as Mistake[],
  });

  constructor(
    private readonly changed: () => void,
    private readonly remote: Remote = server,
    private readonly onSignedOut: () => void = () => {},
  ) {}

  /** checkIn takes the ticket of an appointment. */
  checkIn(a: AppointmentView): Promise<void> {
    return this.act("visit", async () => {
      const ticket = await this.remote.checkIn(a.id);
      return t("appointments.checked", { name: a.name || a.code || a.id, number: ticket.number });
    });
  }

  /** cancel gives an appointment up. */
  cancel(a: AppointmentView, reason: string): Promise<void> {
    return this.act("visit", async () => {
      await this.remote.cancel(a.id, reason);
      return t("appointments.cancelled", { name: a.name || a.code || a.id });
    });
  }

  /** import takes over a file of appointments, all lines of it or none. */
  import(file: Blob): Promise<void> {
    return this.act("file", async () => t("appointments.imported", { n: await this.remote.import(file) }));
  }

  /** clear forgets what was done last. */
  clear(): void {
    Object.assign(this.state, { done: "", failure: "", mistakes: [] });
  }

  private async act(about: About, what: () => Promise<string>): Promise<void> {
    if (this.state.busy) return;
    this.clear();
    this.state.about = about;
    this.state.busy = true;
    try {
      this.state.done = await what();
    } catch (err) {
      if (err instanceof ApiError && err.status === 401) this.onSignedOut();
      this.state.failure = err instanceof ApiError ? err.message : t("api.away");
      this.state.mistakes = err instanceof ApiError ? err.mistakes : [];
    } finally {
      this.state.busy = false;
      this.changed();
    }
  }
}
