import { clock, type HallView, type TicketView } from "@smarthall/ui";
import { t } from "./text";

/** Mark is one of the things that put a ticket where it stands. */
export interface Mark {
  kind: "slot" | "priority" | "reserved" | "later" | "offline" | "silent" | "again" | "parked" | "paper";
  text: string;
}

/** What marks are read with: the hall's words, the own window's number, the hall's clock. */
export interface MarkContext {
  hall?: Pick<HallView, "priorities" | "timeZone">;
  own: string;
  now: number;
}

/** marks are what a clerk should see of a ticket at a glance, the weightiest first. */
export function marks(ticket: TicketView, { hall, own, now }: MarkContext): Mark[] {
  const at = (time: string) => clock(Date.parse(time), hall?.timeZone);
  const out: Mark[] = [];
  const add = (kind: Mark["kind"], text: string) => out.push({ kind, text });
  if (ticket.slotAt) add("slot", t("counter.mark.slot", { time: at(ticket.slotAt) }));
  if (ticket.priority) {
    const name = hall?.priorities?.find((p) => p.id === ticket.priority)?.name;
    add("priority", name ?? t("counter.mark.priority"));
  }
  if (ticket.reservedFor) {
    const here = ticket.reservedFor === own;
    add(
      "reserved",
      here ? t("counter.mark.reserved") : t("counter.mark.reservedFor", { n: ticket.reservedFor }),
    );
  }
  if (ticket.notBefore && Date.parse(ticket.notBefore) > now)
    add("later", t("counter.mark.later", { time: at(ticket.notBefore) }));
  if (ticket.rejoins) add("again", t("counter.mark.again"));
  if (ticket.offline) add("offline", t("counter.mark.offline"));
  if (ticket.silent) add("silent", t("counter.mark.silent"));
  if (ticket.print === "partial") add("paper", t("counter.mark.paperHalf"));
  if (ticket.print === "unknown") add("paper", t("counter.mark.paperUnsure"));
  if (ticket.print === "failed") add("paper", t("counter.mark.paperNone"));
  return out;
}

/** parkedWords say why a ticket is parked and when it returns. */
export function parkedWords(ticket: TicketView, { hall, now }: MarkContext): { text: string; due: boolean } {
  if (!ticket.until) return { text: t("counter.parked.open"), due: false };
  const until = Date.parse(ticket.until);
  const due = until <= now;
  const time = clock(until, hall?.timeZone);
  return { text: due ? t("counter.parked.due", { time }) : t("counter.parked.until", { time }), due };
}
