import type { Ref } from "vue";
import { ref } from "vue";
import { ask } from "../session";

export type Kind = "upper" | "lower" | "department";
export type Direction = "in" | "out";
export type MessageState = "waiting" | "sent" | "acknowledged" | "refused" | "dead";

/** Grant lets a system use a service, a department's for some items alone. */
export interface Grant {
  service: string;
  items?: string[];
}

/** Member is a system that messages are exchanged with. */
export interface Member {
  code: string;
  name: string;
  kind: Kind;
  knownAs: string;
  address?: string;
  publicKey: string;
  region: string;
  organisation?: string;
  account?: string;
  active: boolean;
  grants: Grant[];
  trouble?: string;
  until?: string;
  heard?: string;
  reconciled?: string;
}

/** Offer is a service of the catalogue. */
export interface Offer {
  code: string;
  name: string;
  about: string;
  ways: Partial<Record<Kind, Direction>>;
  shares?: boolean;
  always?: boolean;
  provider?: string;
}

/** Message is a message as it stands. */
export interface Message {
  key: string;
  direction: Direction;
  member: string;
  id: string;
  service: string;
  subject?: string;
  series?: number;
  day: string;
  state: MessageState;
  reason?: string;
  attempts: number;
  next?: string;
  created: string;
  changed: string;
}

/** Detail is a message with its way. */
export interface Detail extends Message {
  answer?: string;
  body?: string;
  trace: { seq: number; at: string; what: Happening; hash: string }[];
}

export type Happening =
  | "queued"
  | "sent"
  | "acknowledged"
  | "refused"
  | "failed"
  | "dead"
  | "received"
  | "replayed"
  | "abandoned";

/** Count is how many messages of a day are in a state. */
export interface Count {
  day: string;
  member: string;
  direction: Direction;
  service: string;
  state: MessageState;
  n: number;
}

/** Line is what a day had of one service with one system. */
export interface Line {
  key: string;
  day: string;
  member: string;
  direction: Direction;
  service: string;
  all: number;
  taken: number;
  refused: number;
  /** open are on their way, dead were given up. */
  open: number;
  dead: number;
}

/** linesOf gathers counts by day, system and service, the newest day first as they come. */
export function linesOf(counts: Count[]): Line[] {
  const lines = new Map<string, Line>();
  for (const c of counts) {
    const key = [c.day, c.member, c.direction, c.service].join(" ");
    const line = lines.get(key) ?? {
      key,
      day: c.day,
      member: c.member,
      direction: c.direction,
      service: c.service,
      all: 0,
      taken: 0,
      refused: 0,
      open: 0,
      dead: 0,
    };
    line.all += c.n;
    line[slot[c.state]] += c.n;
    lines.set(key, line);
  }
  return [...lines.values()];
}

const slot = {
  acknowledged: "taken",
  refused: "refused",
  waiting: "open",
  sent: "open",
  dead: "dead",
} as const;

/** TAGS are how states look. */
export const TAGS = {
  waiting: "wait",
  sent: "work",
  acknowledged: "good",
  refused: "bad",
  dead: "bad",
} as const;

/** dayBefore is the day so many days ago, where the halls are: 2026-11-23. */
export function dayBefore(days: number, now = Date.now()): string {
  return new Date(now + (8 - 24 * days) * 3600_000).toISOString().slice(0, 10);
}

/** Directory is what names the systems and services of a list. */
export interface Directory {
  members: Ref<Member[]>;
  offers: Ref<Offer[]>;
  publicKey: Ref<string>;
  address: Ref<string>;
  nameOf: (code: string) => string;
  serviceOf: (code: string) => string;
  read: () => Promise<void>;
}

export function useDirectory(): Directory {
  const members = ref<Member[]>([]);
  const offers = ref<Offer[]>([]);
  const publicKey = ref("");
  const address = ref("");
  return {
    members,
    offers,
    publicKey,
    address,
    nameOf: (code) => members.value.find((m) => m.code === code)?.name ?? code,
    serviceOf: (code) => offers.value.find((o) => o.code === code)?.name ?? code,
    async read() {
      const [systems, own] = await Promise.all([
        ask<{ members: Member[] }>("GET", "/exchange/members"),
        ask<{ publicKey: string; address: string; services: Offer[] }>("GET", "/exchange"),
      ]);
      members.value = systems.members;
      offers.value = own.services;
      publicKey.value = own.publicKey;
      address.value = new URL(own.address, location.href).href;
    },
  };
}
