import type { ServiceView, WindowView, ZoneView } from "@smarthall/ui";
import { call } from "../api";
import { t } from "../text";

/** KINDS are the ways to choose who is next, the usual one first. */
export const KINDS = ["due-date", "ratio", "strict", "longest-wait", "by-hand"] as const;
export type Kind = (typeof KINDS)[number];

/** Strategy is what PUT /windows/strategy takes. */
export interface Strategy {
  kind: Kind;
  weights?: Record<string, number>;
  order?: string[];
}

/** Draft is the form: what each kind would need, kept while another is looked at. */
export interface Draft {
  kind: Kind;
  /** by is what a ratio is of: appointments and walk-ins, or services. */
  by: "class" | "service";
  appointment: number;
  walkIn: number;
  /** weights of services; one that is missing weighs 1. */
  weights: Record<string, number>;
  /** order of services for strict. */
  order: string[];
}

/** The largest weight that the hall-server takes. */
export const MAX_WEIGHT = 100;

/** newDraft is the form as it opens. */
export function newDraft(): Draft {
  return { kind: "due-date", by: "class", appointment: 2, walkIn: 1, weights: {}, order: [] };
}

/** servicesOf are the services of the chosen windows, in the hall's order. */
export function servicesOf(
  windows: WindowView[],
  chosen: Set<string>,
  services: ServiceView[],
): ServiceView[] {
  const served = new Set(windows.filter((w) => chosen.has(w.id)).flatMap((w) => w.services ?? []));
  return services.filter((s) => served.has(s.id));
}

/** ordered puts services into the draft's order; those that it doesn't know come last. */
export function ordered(order: string[], services: ServiceView[]): ServiceView[] {
  const place = (s: ServiceView) => (order.includes(s.id) ? order.indexOf(s.id) : order.length);
  return [...services].sort((a, b) => place(a) - place(b));
}

/** moved takes the element at from to the place to; places outside change nothing. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length) return list;
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** strategyOf is what the form says; services are those of the chosen windows. */
export function strategyOf(draft: Draft, services: ServiceView[]): Strategy {
  if (draft.kind === "strict") {
    return { kind: draft.kind, order: ordered(draft.order, services).map((s) => s.id) };
  }
  if (draft.kind !== "ratio") return { kind: draft.kind };
  const weights =
    draft.by === "class"
      ? { appointment: draft.appointment, "walk-in": draft.walkIn }
      : Object.fromEntries(services.map((s) => [s.id, draft.weights[s.id] ?? 1]));
  return { kind: draft.kind, weights };
}

/** mistakeOf says what keeps the form from being sent; empty if nothing does. */
export function mistakeOf(strategy: Strategy, chosen: number): string {
  if (chosen === 0) return t("strategy.none");
  const weights = Object.values(strategy.weights ?? {});
  if (strategy.kind !== "ratio") return "";
  if (weights.some((n) => !Number.isInteger(n) || n < 0 || n > MAX_WEIGHT)) {
    return t("strategy.weight", { max: MAX_WEIGHT });
  }
  return weights.some((n) => n > 0) ? "" : t("strategy.zero");
}

/** Group is a zone with its windows, for the boxes to tick. */
export interface Group {
  zone: ZoneView;
  windows: WindowView[];
}

/** groupsOf sorts windows by zone, in the hall's order. */
export function groupsOf(zones: ZoneView[], windows: WindowView[]): Group[] {
  return zones
    .map((zone) => ({ zone, windows: windows.filter((w) => w.zone === zone.id) }))
    .filter((g) => g.windows.length > 0);
}

/** toggled is chosen with all of ids, or without them if all were in already. */
export function toggled(chosen: Set<string>, ids: string[]): Set<string> {
  const all = ids.every((id) => chosen.has(id));
  const next = new Set(chosen);
  for (const id of ids) {
    if (all) next.delete(id);
    else next.add(id);
  }
  return next;
}

/** setStrategy changes how windows choose; without a strategy they go back to the hall's file. */
export async function setStrategy(windows: string[], strategy?: Strategy): Promise<void> {
  await call("/windows/strategy", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ windows, strategy }),
  });
}
