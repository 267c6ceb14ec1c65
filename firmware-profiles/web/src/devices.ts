import { put } from "@smarthall/ui";
import { t } from "./text";

/** CardKind is one of the four layouts of identity cards. */
export type CardKind = "citizen" | "resident-permit" | "foreigner-2017" | "foreigner-2023";

/** TicketLine is one element on a printed paper. */
export interface TicketLine {
  text?: string;
  /** size is how many times larger than normal type. */
  size?: number;
  bold?: boolean;
  align?: "left" | "center" | "right";
  /** qr is the text of a QR code that the printer drew itself. */
  qr?: string;
  /** image is a bitmap of width x height dots. */
  image?: boolean;
  width?: number;
  height?: number;
}

/** Ticket is a paper that came out; cut is empty while it still hangs. */
export interface Ticket {
  n: number;
  at: string;
  cut: string;
  lines: TicketLine[] | null;
}

/** Label is an adhesive label that came out, in so many copies. */
export interface Label {
  n: number;
  at: string;
  copies: number;
  widthMm: number;
  heightMm: number;
  /** texts were written with the printer's own font, codes were drawn by it. */
  texts?: string[];
  codes?: { kind: "code128" | "qr"; text: string }[];
}

/** Sheet is a sheet of paper that can be laid under a camera or into a scanner. */
export interface Sheet {
  id: string;
  name: string;
  /** width and height are in millimetres. */
  width: number;
  height: number;
}

/** Page is a document that was printed. */
export interface Page {
  /** n names it in the API: pages/n.pdf. */
  n: number;
  title: string;
  at: string;
  bytes: number;
  pages: number;
  copies: number;
  paper: string;
  twoSided: boolean;
}

/** Area is a part of a strip with its text, in lamps. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
  text: string;
}

/** SimDevice is a simulated device as the simulator's API tells it. */
export interface SimDevice {
  id: string;
  /** agent is the program that it is plugged into. */
  agent: string;
  class: string;
  profile: string;
  name: string;
  port: string;
  plugged: boolean;
  /** conditions are the faults in force, by their names in the API. */
  conditions: string[] | null;
  card?: { kind: CardKind; name: string; number: string };
  tickets?: Ticket[];
  /** labels are what came out of a label printer. */
  labels?: Label[];
  /** pages are what came out of a page printer. */
  pages?: Page[];
  /** played is what a loudspeaker has played. */
  played?: { n: number; at: string; ms: number; loudness: number }[];
  display?: { text: string; at: string; width: number; height: number; areas?: Area[]; said?: string };
  /** sheet lies under a camera or on a scanner's glass, feeder are those in its feeder. */
  sheet?: Sheet;
  feeder?: Sheet[];
  /** sheets are those that can be laid. */
  sheets?: Sheet[];
  armed?: boolean;
  lastKey?: number;
  /** buttons tells of a button that calls staff, called that it was pressed last. */
  buttons?: boolean;
  called?: boolean;
  /** states are what a sensor can tell, sensed what it told last. */
  states?: string[];
  sensed?: string;
  /** keys are what a keypad's keys do, face is what its display shows. */
  keys?: string[];
  lastAction?: string;
  face?: { number: string; waiting: number };
  lastScan?: string;
  /** received counts the bytes that the program has sent. */
  received: number;
}

/** Act runs an action of one device; Console provides it to the panels. */
export type Act = (action: string, body?: object) => Promise<void>;

/** fold puts a device in its place: where it was, or at the end. */
export function fold(devices: SimDevice[], device: SimDevice): SimDevice[] {
  return put(devices, device, (d) => d.id === device.id);
}

/** Group is the devices of one program. */
export interface Group {
  agent: string;
  devices: SimDevice[];
}

/** grouped gathers devices by program, both in the order of the simulator's file. */
export function grouped(devices: SimDevice[]): Group[] {
  const groups = new Map<string, SimDevice[]>();
  for (const d of devices) groups.set(d.agent, [...(groups.get(d.agent) ?? []), d]);
  return [...groups].map(([agent, list]) => ({ agent, devices: list }));
}

/** has tells whether a fault is in force. */
export function has(device: SimDevice, condition: string): boolean {
  return device.conditions?.includes(condition) ?? false;
}

/** actionWord is what stands on a keypad's key. */
export function actionWord(action: string): string {
  switch (action) {
    case "next":
      return t("keypad.next");
    case "recall":
      return t("keypad.recall");
    case "arrive":
      return t("keypad.arrive");
    case "no-show":
      return t("keypad.no-show");
    case "finish":
      return t("keypad.finish");
    case "pause":
      return t("keypad.pause");
    default:
      return action;
  }
}

/** conditionWord is what a condition is called; one without a word keeps its name. */
export function conditionWord(condition: string): string {
  switch (condition) {
    case "stall":
      return t("condition.stall");
    case "garbage":
      return t("condition.garbage");
    case "wrong-checksum":
      return t("condition.wrong-checksum");
    case "paper-out":
      return t("condition.paper-out");
    case "paper-near-end":
      return t("condition.paper-near-end");
    case "cover-open":
      return t("condition.cover-open");
    case "jam":
      return t("condition.jam");
    case "module-fault":
      return t("condition.module-fault");
    default:
      return condition;
  }
}

/** cardWord is what a kind of card is called. */
export function cardWord(kind: CardKind): string {
  switch (kind) {
    case "citizen":
      return t("card.citizen");
    case "resident-permit":
      return t("card.resident-permit");
    case "foreigner-2017":
      return t("card.foreigner-2017");
    default:
      return t("card.foreigner-2023");
  }
}

/** bytes writes a number of bytes for people. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const kib = n / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/**
 * paper is a ticket's lines as they are drawn. The simulator gives all bitmaps
 * of a ticket as one picture, so only the first of them is a picture here.
 */
export function paper(ticket: Ticket): (TicketLine & { picture: boolean })[] {
  let drawn = false;
  return (ticket.lines ?? []).flatMap((line) => {
    const dots = Boolean(line.image || line.qr);
    if (dots && drawn) return [];
    drawn ||= dots;
    return [{ ...line, picture: dots }];
  });
}
