import type { BoardView, CallView, ServiceView, TotalsView, WindowView } from "@smarthall/ui";

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

/**
 * totalsOf are the totals of a zone as far as its queues and windows tell them;
 * ratings and means are the whole hall's.
 */
export function totalsOf(board: BoardView, zone: string): TotalsView {
  if (!zone) return board.totals;
  const { services, windows } = partOf(board, zone);
  const at = (state: string) => windows.filter((w) => w.ticket?.state === state).length;
  return {
    ...board.totals,
    waiting: services.reduce((sum, s) => sum + s.waiting, 0),
    longestWaitSeconds: Math.max(0, ...services.map((s) => (s.waiting > 0 ? s.longestWaitSeconds : 0))),
    longestWaitNumber: undefined,
    called: at("called"),
    serving: at("serving"),
    served: windows.reduce((sum, w) => sum + w.served, 0),
    parked: undefined,
  };
}
