/** LiveHall is a hall with how it is right now, as it last said. */
export interface LiveHall {
  id: string;
  name: string;
  region: string;
  /** away tells that it has said nothing for a while. */
  away: boolean;
  /** at is when it last spoke; absent if it never did. */
  at?: string;
  live: {
    board?: string;
    windows: LiveWindow[];
    waiting: number;
    serving: number;
    served: number;
    /** longest is the longest wait now, in seconds. */
    longest: number;
    alarms: number;
    worst?: string;
  };
}

/** LiveWindow is a window right now; ticket is the number in front. */
export interface LiveWindow {
  id: string;
  number: string;
  name?: string;
  state: string;
  ticket?: string;
}

/** STATES are those of windows, in the order in which they are counted. */
const STATES = ["serving", "idle", "paused", "anomaly", "signed-out", "disabled"];

/** byState counts windows by their states; states without any are left out. */
export function byState(windows: readonly LiveWindow[]): { state: string; n: number }[] {
  return STATES.map((state) => ({ state, n: windows.filter((w) => w.state === state).length })).filter(
    ({ n }) => n > 0,
  );
}

/** urgent orders halls: those away first, then by alarms, then by their longest wait. */
export function urgent(a: LiveHall, b: LiveHall): number {
  return (
    Number(b.away) - Number(a.away) ||
    b.live.alarms - a.live.alarms ||
    b.live.longest - a.live.longest ||
    a.name.localeCompare(b.name, "zh")
  );
}
