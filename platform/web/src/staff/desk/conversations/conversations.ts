import type { Conversation, Service } from "../../../consult/consult";

/** Overheard is a conversation as staff sees it. */
export interface Overheard extends Conversation {
  asker?: string;
  asked?: string;
  answered?: string;
  /** waits is since when it waits to be taken up, due when it becomes a written consultation. */
  waits?: string;
  due?: string;
  /** owes tells that the asker's last words have no answer. */
  owes: boolean;
  member?: string;
  mine: boolean;
  /** voice is the written consultation that it turned into. */
  voice?: string;
  may: ("take" | "reply" | "handover" | "consultation" | "end")[];
}

/** Desk is what waits for staff and what is with it. */
export interface Desk extends Service {
  conversations: Overheard[];
  /** mark changes with the list. */
  mark: string;
  /** at is the platform's time. */
  at: string;
}

/** Attendance is how an organisation's staff answered. */
export interface Attendance {
  organisation: string;
  name: string;
  asked: number;
  answered: number;
  written: number;
  quick: number;
  mean: number;
  longest: number;
}

/** hoursWords writes the hours of a day. */
export const hoursWords = (hours: { from: string; to: string }[]): string =>
  hours.map((h) => `${h.from}–${h.to}`).join(" ");

/** countdown writes what is left until a moment, as minutes and seconds; never less than nothing. */
export function countdown(due: string | undefined, now: number): string {
  const left = Math.max(0, Math.ceil((Date.parse(due ?? "") - now) / 1000)) || 0;
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** isSoon tells that less than three minutes are left. */
export const isSoon = (due: string | undefined, now: number): boolean =>
  Date.parse(due ?? "") - now < 180_000;

/** sorted puts what waits for an answer first: one's own, then nobody's, then the others. */
export function sorted(all: Overheard[]): Overheard[] {
  const rank = (c: Overheard) => (c.mine && c.owes ? 0 : c.state === "waiting" ? 1 : c.mine ? 2 : 3);
  return [...all].sort((a, b) => rank(a) - rank(b) || (a.asked ?? "").localeCompare(b.asked ?? ""));
}

/** beside is the id that stands step places after one in a list, around its ends. */
export function beside(all: { id: string }[], id: string | undefined, step: number): string | undefined {
  if (all.length === 0) return undefined;
  const at = all.findIndex((c) => c.id === id);
  if (at < 0) return all[step > 0 ? 0 : all.length - 1]?.id;
  return all[(at + step + all.length) % all.length]?.id;
}
