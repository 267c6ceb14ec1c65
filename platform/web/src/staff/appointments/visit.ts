import { ref, shallowRef } from "vue";
import { ask } from "../session";
import { t } from "./text";

/** What the pages of appointments get from the platform. */

export const states = [
  "booked",
  "checked-in",
  "served",
  "missed",
  "unserved",
  "cancelled",
  "refused",
  "lapsed",
] as const;
export type State = (typeof states)[number];
export const stateKinds = {
  booked: "wait",
  "checked-in": "work",
  served: "good",
  missed: "bad",
  unserved: "bad",
  cancelled: "off",
  refused: "bad",
  lapsed: "off",
} as const;

/** Visit is an appointment; whose it is comes masked. */
export interface Visit {
  id: string;
  number: string;
  hall: string;
  hallName: string;
  service: string;
  item: string;
  itemName: string;
  day: string;
  from: string;
  name: string;
  idNumber: string;
  phone: string;
  via: string;
  state: State;
  reason?: string;
}

/** Period is a part of a day with its places; no weekdays means every working day. */
export interface Period {
  from: string;
  to: string;
  places: number;
  online?: number;
  weekdays?: number[] | null;
}

export interface ServicePlan {
  service: string;
  /** share is how much of the places may be booked, in percent. */
  share: number;
  periods: Period[];
}

export interface ItemPlan {
  item: string;
  service: string;
  name: string;
  open: boolean;
  most: number;
  firstDay: number;
  days: number;
}

export interface Settings {
  services: ServicePlan[];
  items: ItemPlan[];
}

export interface Hall {
  id: string;
  name: string;
  described: { services: { id: string; name: string }[] | null };
}

/** halls are all of them, hall the one that is worked on. */
export const halls = shallowRef<Hall[]>([]);
export const hall = ref("");

let asked: Promise<void> | undefined;

/** loadHalls asks for the halls once and takes the first. */
export function loadHalls(): Promise<void> {
  asked ??= ask<{ halls: Hall[] }>("GET", "/halls").then(
    (got) => {
      halls.value = got.halls;
      hall.value ||= got.halls[0]?.id ?? "";
    },
    (err) => {
      asked = undefined;
      throw err;
    },
  );
  return asked;
}

/** settingsOf are the plans of the hall that is worked on. */
export const settingsOf = (): Promise<Settings> =>
  ask<Settings>("GET", `/appointments/settings/${encodeURIComponent(hall.value)}`);

/** serviceName is what a hall calls a service. */
export function serviceName(id: string): string {
  const found = halls.value.find((h) => h.id === hall.value);
  return found?.described.services?.find((s) => s.id === id)?.name ?? id;
}

/** viaName is how somebody booked. */
export const viaName = (via: string): string => t(`via.${via}` as "via.portal");
