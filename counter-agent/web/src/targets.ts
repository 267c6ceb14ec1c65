import type { ServiceView, TicketView, WindowBrief } from "@smarthall/ui";
import { initials, lookOf, named } from "@smarthall/ui";
import { t } from "./text";

/** Target is where a ticket can be handed on to: a service, a window or both. */
export interface Target {
  id: string;
  service?: string;
  window?: string;
  label: string;
  hint: string;
  /** A clerk is there to take it. */
  open: boolean;
  /** What the clerk may type besides the label: the window's number, initials. */
  number?: string;
  keys: string[];
}

/** targets are the other services, then the other windows with what each would do. */
export function targets(
  ticket: TicketView,
  services: readonly ServiceView[],
  windows: readonly WindowBrief[],
  own: string,
): Target[] {
  const others = services.filter((s) => s.id !== ticket.service && (s.windows ?? []).length > 0);
  return [
    ...others.map(toService),
    ...windows.filter((w) => w.id !== own && !w.disabled).flatMap((w) => toWindow(w, ticket, services)),
  ];
}

function toService(s: ServiceView): Target {
  return {
    id: `s/${s.id}`,
    service: s.id,
    label: named(s.name),
    hint: t("counter.transfer.service", { waiting: s.waiting, open: s.openWindows }),
    open: s.openWindows > 0,
    keys: [s.short, initials(s.name), initials(s.short)],
  };
}

/** toWindow is a window that goes on with the same service, else one target per service of it. */
function toWindow(w: WindowBrief, ticket: TicketView, services: readonly ServiceView[]): Target[] {
  const words = w.post ? "counter.transfer.post" : "counter.transfer.window";
  const base = {
    window: w.id,
    number: w.number,
    hint: lookOf(w.state).word,
    open: w.state === "idle" || w.state === "serving",
  };
  const target = (name: string, service?: ServiceView): Target => ({
    ...base,
    id: `w/${w.id}/${service?.id ?? ""}`,
    service: service?.id,
    label: t(words, { n: w.number, post: w.post ?? 0, name: named(name) }),
    keys: [initials(name), initials(service?.short ?? "")],
  });
  const ids = w.services ?? [];
  if (ids.includes(ticket.service)) return [target(w.name)];
  return services.filter((s) => ids.includes(s.id)).map((s) => target(s.name, s));
}

/**
 * matching are the targets for what the clerk typed, the best first. Digits mean
 * a window's number; letters the initials; anything else a part of the name.
 */
export function matching(all: readonly Target[], typed: string): Target[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return [...all];
  return all
    .map((target) => ({ target, rank: rank(target, text) }))
    .filter((r) => r.rank < none)
    .sort((a, b) => a.rank - b.rank || Number(b.target.open) - Number(a.target.open))
    .map((r) => r.target);
}

const none = 9;

function rank(target: Target, text: string): number {
  if (/^\d+$/.test(text)) {
    if (target.number === text) return 0;
    return target.number?.startsWith(text) ? 1 : none;
  }
  const keys = target.keys.filter((k) => k !== "");
  if (keys.includes(text)) return 0;
  if (keys.some((k) => k.startsWith(text))) return 1;
  if (target.label.toLowerCase().includes(text) || keys.some((k) => k.includes(text))) return 2;
  return none;
}
