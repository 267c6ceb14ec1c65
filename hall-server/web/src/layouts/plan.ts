import type { BoardView, LayoutKind, ScreenPlan, ShowSlot, WindowView } from "@smarthall/ui";
import { t } from "./text";

/** ScreenEntry is a screen of the hall that can be given layouts. */
export interface ScreenEntry {
  name: string;
  title: string;
  kind: LayoutKind;
  /** zone is the one it stands in; empty for the whole hall. */
  zone: string;
  /** areas is how many texts a strip shows side by side. */
  areas?: number;
}

/**
 * screensOf finds the hall's screens: a board for the hall and for each zone,
 * a screen for each window or group of windows that share one, the LED strips
 * of the display boxes, and whatever else the plan names.
 */
export function screensOf(board: BoardView, plan: ScreenPlan[]): ScreenEntry[] {
  const out: ScreenEntry[] = [{ name: "board", title: t("screen.board.all"), kind: "screen", zone: "" }];
  for (const z of board.hall.zones ?? []) {
    out.push({
      name: `board-${z.id}`,
      title: t("screen.board", { zone: z.name }),
      kind: "screen",
      zone: z.id,
    });
  }
  for (const group of groups(board.windows ?? [])) {
    const [first] = group;
    if (!first) continue;
    const numbers = [...new Set(group.map((w) => w.number))];
    const name = numbers.length > 1 ? (first.screen ?? first.id) : first.number;
    const title = t("screen.window", { n: numbers.join(" "), name: first.name });
    out.push({ name: `window-${name}`, title, kind: "screen", zone: first.zone });
  }
  for (const agent of board.agents ?? []) {
    for (const d of agent.devices ?? []) {
      if (d.class !== "led") continue;
      const title = t("screen.strip", { name: agent.name, device: d.id });
      out.push({ name: `${agent.id}/${d.id}`, title, kind: "strip", zone: "", areas: d.areas ?? 1 });
    }
  }
  const known = new Set(out.map((s) => s.name));
  for (const p of plan) {
    if (!known.has(p.screen))
      out.push({ name: p.screen, title: t("screen.other", { name: p.screen }), kind: "screen", zone: "" });
  }
  return out;
}

function groups(windows: WindowView[]): WindowView[][] {
  const by = new Map<string, WindowView[]>();
  for (const w of windows) by.set(w.screen || w.id, [...(by.get(w.screen || w.id) ?? []), w]);
  return [...by.values()];
}

/** slotsOf are a screen's in a plan. */
export function slotsOf(plan: ScreenPlan[], name: string): ShowSlot[] {
  return plan.find((p) => p.screen === name)?.slots ?? [];
}

/** withSlots is a plan in which a screen has other slots; without any it is left out. */
export function withSlots(plan: ScreenPlan[], name: string, slots: ShowSlot[]): ScreenPlan[] {
  const rest = plan.filter((p) => p.screen !== name);
  return slots.length ? [...rest, { screen: name, slots }] : rest;
}

/** nextPriority is the lowest that is above all others, so that a new slot wins where it applies. */
export function nextPriority(slots: ShowSlot[]): number {
  return Math.min(9, Math.max(-1, ...slots.map((s) => s.priority ?? 0)) + 1);
}
