import { type AgentView, type DeviceView, deviceWord, language, SOURCE } from "@smarthall/ui";
import type { Entry, Model, Param } from "./api";
import { idOf } from "./hall";
import { t } from "./text";

/** modelName is what people call a model in the language of the page. */
export const modelName = (model: Pick<Model, "name" | "nameEn">): string =>
  language.value === SOURCE ? model.name : model.nameEn || model.name;

/** helpOf is what a profile says in the language of the page. */
export const helpOf = (one: { help?: string; helpEn?: string }): string =>
  (language.value === SOURCE ? one.help : one.helpEn || one.help) ?? "";

/** found are the models that have every word of what is looked for: maker, model, other names or class. */
export function found(models: Model[], asked: string): Model[] {
  const words = asked.trim().toLowerCase().split(/\s+/);
  return models.filter((model) => {
    const { id, name, nameEn, aliases = [], class: kind } = model;
    const text = [id, name, nameEn, ...aliases, kind, deviceWord(kind)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** PORTS are examples of ports, by the way that a model is reached. */
const PORTS: Record<string, string> = {
  serial: "/dev/ttyUSB0",
  tcp: "tcp://192.168.1.50",
  usblp: "usblp:",
  usbfs: "usb:",
  http: "http://192.168.1.60",
  v4l2: "/dev/video0",
  sane: "sane:",
  ipp: "ipp://192.168.1.70/ipp/print",
  input: "/dev/input/by-id/usb-scanner-event-kbd",
  audio: "default",
  page: "page",
};

/** DEVICE stands for a device of USB in examples. */
const DEVICE = "04b8:0202";

/** portsOf are examples of the ports that a model can have, each once. */
export function portsOf(model: Model | undefined): string[] {
  const out = new Set<string>();
  for (const { kind, port, id } of model?.transports ?? []) {
    const base = PORTS[kind];
    if (base === undefined) continue;
    if (kind === "tcp") out.add(`${base}:${port || 9100}`);
    else if (kind === "usblp" || kind === "usbfs") out.add(`${base}${id ?? DEVICE}`);
    else out.add(base);
    // A serial device often hangs on a server of the network.
    if (kind === "serial") out.add("tcp://192.168.1.50:4001");
  }
  return [...out];
}

/** speedsOf are the speeds of a model's serial line, the likeliest first; none for one without. */
export const speedsOf = (model: Model | undefined): number[] =>
  model?.transports.flatMap(({ kind, baud }) => (kind === "serial" ? (baud ?? []) : [])) ?? [];

/** bounds says what a parameter may be; empty if anything. */
export function bounds({ min, max }: Param): string {
  if (min === undefined && max === undefined) return "";
  return t("device.bounds", { min: min ?? "", max: max ?? "" });
}

/** Draft is a device as somebody fills it in. */
export interface Draft {
  id: string;
  profile: string;
  port: string;
  baud: string;
  roll: string;
  window: string;
  params: Record<string, string>;
}

/** draftOf is what the hall's file says of a device. */
export function draftOf(entry: Entry | undefined): Draft {
  const text = (key: string) => (entry?.[key] === undefined || entry[key] === null ? "" : String(entry[key]));
  const params = Object.entries((entry?.params ?? {}) as Entry).map(([key, value]) => [key, String(value)]);
  return {
    id: text("id"),
    profile: text("profile"),
    port: text("port"),
    baud: text("baud"),
    roll: text("roll"),
    window: text("window"),
    params: Object.fromEntries(params),
  };
}

/** entryOf is a draft as the hall's file has it: what says nothing is left out, and so is what the model doesn't have. */
export function entryOf(draft: Draft, model: Model | undefined): Entry {
  const entry: Entry = { id: draft.id.trim(), profile: draft.profile, port: draft.port.trim() };
  if (draft.baud && speedsOf(model).length > 0) entry.baud = Number(draft.baud);
  const params: Entry = {};
  for (const { name } of model?.params ?? []) {
    const text = (draft.params[name] ?? "").trim();
    if (text) params[name] = text;
  }
  if (Object.keys(params).length > 0) entry.params = params;
  if (draft.roll.trim() && model?.rolls) entry.roll = draft.roll.trim();
  if (draft.window && model?.class === "led") entry.window = draft.window;
  return entry;
}

/** ID is what a device's id looks like. */
const ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** wrongsIn is what stands under each field that can't stay as it is; the rest is the hall-server's word. */
export function wrongsIn(draft: Draft, model: Model | undefined, taken: string[]): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!model) wrong.profile = t("device.wrong.profile");
  if (!ID.test(draft.id.trim())) wrong.id = t("device.wrong.id");
  else if (taken.includes(draft.id.trim())) wrong.id = t("device.wrong.taken");
  if (!draft.port.trim()) wrong.port = t("wrong.required");
  for (const param of model?.params ?? []) {
    const text = (draft.params[param.name] ?? "").trim();
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = param;
    if (!text || param.type !== "int") continue;
    if (!/^-?\d+$/.test(text) || Number(text) < min || Number(text) > max) {
      wrong[`params/${param.name}`] = t("device.wrong.number", { bounds: bounds(param) });
    }
  }
  return wrong;
}

/** freeId is an id for a device of a class that no other has. */
export function freeId(kind: string, taken: string[]): string {
  if (!taken.includes(kind)) return kind;
  for (let n = 2; ; n++) if (!taken.includes(`${kind}-${n}`)) return `${kind}-${n}`;
}

/** Seat is a device of an agent: what the hall assigns, what the agent has, or both. */
export interface Seat {
  id: string;
  /** entry is what the hall assigns; absent for a device of the agent's own settings. */
  entry?: Entry;
  /** live is how it is, as soon as the agent has it as it is assigned. */
  live?: DeviceView;
  /** waits is why there is no live state yet: the agent is away, too old, has one of its own, or is at it. */
  waits?: "away" | "old" | "conflict" | "pending";
}

/** seatsOf are an agent's devices, those of its own settings first. */
export function seatsOf(entries: Entry[], agent: AgentView | undefined): Seat[] {
  const devices = agent?.devices ?? [];
  const own = devices.filter((d) => !d.assigned).map((live) => ({ id: live.id, live }));
  const given = entries.map((entry): Seat => {
    const id = idOf(entry);
    if (!agent?.online) return { id, entry, waits: "away" };
    if (own.some((o) => o.id === id)) return { id, entry, waits: "conflict" };
    if (!agent.assignment) return { id, entry, waits: "old" };
    const live = devices.find(
      (d) => d.assigned && d.id === id && d.port === entry.port && d.profile === entry.profile,
    );
    return live ? { id, entry, live } : { id, entry, waits: "pending" };
  });
  return [...own, ...given];
}
