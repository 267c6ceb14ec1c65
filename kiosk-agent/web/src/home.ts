import type { KioskSettings, PageSnapshot } from "@smarthall/ui";
import { AREAS, type Area } from "./areas";
import type { Happening } from "./flow";
import { t } from "./text";

/** Entry is something that can be begun at home, with why it can't be now. */
export interface Entry {
  id: string;
  title: string;
  hint: string;
  icon: string;
  /** why is the reason in words; empty if it can be begun. */
  why: string;
  press: Happening;
}

/** SETTINGS are those of a machine that was told none. */
export const SETTINGS: KioskSettings = { mode: "queue", services: "taken", voice: "off", volume: 100 };

/** settings are a machine's. */
export const settings = (page: PageSnapshot | undefined): KioskSettings => page?.kiosk ?? SETTINGS;

/** ORDER is how entries stand where the machine's settings don't say; others follow. */
const ORDER = ["terminal", "licences", "query", "phone", "code", "guide", "samples", "floor", "hall"];

/** has tells whether a machine is set up with a device of a class. */
const has = (page: PageSnapshot, kind: string) => (page.devices ?? []).some((d) => d.class === kind);

/** works tells whether a machine has a device of a class that can be used now. */
export function works(page: PageSnapshot, kind: string): boolean {
  return (page.devices ?? []).some(
    (d) => d.class === kind && (d.state === "online" || d.state === "paper_near_end"),
  );
}

/** Situation is what of tickets can be done now. */
export interface Situation {
  /** Tickets can be taken, maybe the machine's own. */
  online: boolean;
  /** They are the machine's own: the hall is away. */
  alone: boolean;
}

/** entries are what a machine offers at home, in its order. */
export function entries(page: PageSnapshot, now: Situation): Entry[] {
  const { mode, areas } = settings(page);
  const all = [...tickets(page, now), guide(), ...areaEntries(page, now)];
  const order = areas?.length ? areas : [...ORDER, ...AREAS.map((area) => area.id)];
  const known = new Map(all.map((entry) => [entry.id, entry]));
  const wanted = [...new Set(order)].flatMap((id) => known.get(id) ?? []);
  // Tickets stand apart where they are what the machine is for.
  if (mode === "terminal") return wanted;
  return wanted.filter(({ id }) => id !== "phone" && id !== "code");
}

/** tickets are the ways to a ticket besides the card. */
export function tickets(_: PageSnapshot, { online, alone }: Situation): Entry[] {
  return [
    {
      id: "phone",
      title: t("kiosk.home.phone"),
      hint: t("kiosk.home.phoneHint"),
      icon: "M9 2h6a2.500 2.500 0 0 1 2.500 2.500v15a2.500 2.500 0 0 1-2.500 2.500H9a2.500 2.500 0 0 1-2.500-2.500v-15A2.500 2.500 0 0 1 9 2zM10.500 18.500h3",
      why: online ? "" : t("kiosk.home.away"),
      press: { type: "enterPhone" },
    },
    {
      id: "code",
      title: t("kiosk.home.code"),
      hint: t("kiosk.home.codeHint"),
      icon: "M5.500 4.500h13A2.500 2.500 0 0 1 21 7v11.500a2.500 2.500 0 0 1-2.500 2.500h-13A2.500 2.500 0 0 1 3 18.500V7a2.500 2.500 0 0 1 2.500-2.500zM3 10h18M8 2v5M16 2v5M8.500 15.500l2.500 2.500 4.500-4.500",
      why: online && !alone ? "" : t("kiosk.home.codeAway"),
      press: { type: "enterCode" },
    },
  ];
}

function guide(): Entry {
  return {
    id: "guide",
    title: t("kiosk.home.guide"),
    hint: t("kiosk.home.guideHint"),
    icon: "M4 5c3-1 6-1 8 1 2-2 5-2 8-1v14c-3-1-6-1-8 1-2-2-5-2-8-1zM12 6v14",
    why: "",
    press: { type: "guides" },
  };
}

/**
 * areaEntries are the areas that this hall has anything for. One that a machine
 * was never made for is there only if the settings name it.
 */
function areaEntries(page: PageSnapshot, { online, alone }: Situation): Entry[] {
  const named = settings(page).areas ?? [];
  return AREAS.filter((area) => area.offered?.(page) ?? true)
    .filter((area) => named.includes(area.id) || kinds(area).every((kind) => has(page, kind)))
    .map((area) => ({
      id: area.id,
      title: area.title(),
      hint: area.hint(),
      icon: area.icon,
      why: missing(area, page) || (area.why?.(page, online && !alone) ?? ""),
      press: { type: "area", id: area.id },
    }));
}

/** kinds are the classes of devices that an area needs. */
const kinds = (area: Area): string[] => [...(area.card ? ["id-reader"] : []), ...(area.needs ?? [])];

/** missing says which device an area lacks; empty if none. */
function missing(area: Area, page: PageSnapshot): string {
  const kind = kinds(area).find((k) => !works(page, k));
  if (kind === undefined) return "";
  const away = has(page, kind);
  switch (kind) {
    case "id-reader":
      return t(away ? "kiosk.home.readerOff" : "kiosk.home.readerNone");
    case "printer":
    case "page-printer":
      return t(away ? "kiosk.home.printerAway" : "kiosk.home.printerNone");
  }
  return t(away ? "kiosk.home.deviceAway" : "kiosk.home.deviceNone");
}
