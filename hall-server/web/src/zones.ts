import type { BoardView, CallView, ServiceView, WindowView } from "@smarthall/ui";

/** Part is what a board shows of a hall when it is limited to one zone. */
export interface Part {
  services: ServiceView[];
  windows: WindowView[];
  calls: CallView[];
}

/** partOf limits a board to a zone; an empty one is the whole hall. */
export function partOf(board: BoardView, zone: string): Part {
  const mine = (x: { zone: string }) => !zone || x.zone === zone;
  return {
    services: (board.services ?? []).filter(mine),
    windows: (board.windows ?? []).filter(mine),
    calls: (board.calls ?? []).filter(mine),
  };
}

/** openWindows counts the windows that take people: signed in, not paused, not disabled. */
export function openWindows(windows: WindowView[]): number {
  return windows.filter((w) => !w.disabled && (w.state === "idle" || w.state === "serving")).length;
}
