import type { AlarmView, BoardView, ReasonView } from "@smarthall/ui";

/** What the hall-server tells the board beside the live link; see its openapi.json. */

/** Alarm is something that keeps citizens waiting; cost is people times minutes. */
export type Alarm = AlarmView;

/** Setup is what seldom changes. */
export interface Setup {
  /** targets are minutes, by service. */
  targets: Record<string, number>;
  cameras: string[];
  satisfaction: number;
  rostered: boolean;
  platform: boolean;
}

/** Band is a forecast number with the range that holds it in 80 of 100 cases. */
export interface Band {
  low: number;
  mid: number;
  high: number;
}

export interface ServiceForecast {
  service: string;
  zone: string;
  name: string;
  target: number;
  waiting: Band[];
  waits: (Band | null)[];
}

/** Advice is one more window that would help. */
export interface Advice {
  service: string;
  name: string;
  zone: string;
  window: string;
  number: string;
  paused: boolean;
  by: string;
  /** before is absent for a wait without end. */
  before?: number;
  after: number;
  target: number;
}

/** Forecast is the next two hours; spot 0 is at, the others follow every so many minutes. */
export interface Forecast {
  at?: string;
  minutes: number;
  /** known tells that there are earlier days to speak from. */
  known: boolean;
  days: number;
  waiting: Band[];
  /** windows are open now, then should be by the roster. */
  windows: number[];
  /** closes is when the hall stops giving tickets, if that is within the two hours. */
  closes?: string;
  services: ServiceForecast[];
  advice: Advice[];
}

/** Presence is one line of a day's attendance. */
export interface Presence {
  kind: string;
  window: string;
  number: string;
  staff?: string;
  name?: string;
  at: string;
  until?: string;
  expected?: string;
  minutes?: number;
}

/** WindowNumbers are a window's of today; times are seconds. */
export interface WindowNumbers {
  served: number;
  meanService: number;
  usual?: number;
  waiting: number;
  attendance: Presence[];
  camera: boolean;
}

/** ClerkNumbers are a clerk's of today, at whatever windows; times are seconds. */
export interface ClerkNumbers {
  staff: string;
  name: string;
  windows: { window: string; number: string; from: string; to?: string }[];
  served: number;
  meanService: number;
  meanWait: number;
  longest: number;
  missed: number;
  parked: number;
  rated: number;
  satisfied: number;
  meanScore: number;
  visits: ClerkVisit[];
  attendance: Presence[];
}

/** ClerkVisit is one that the clerk called last. */
export interface ClerkVisit {
  ticket: string;
  number: string;
  service: string;
  state: string;
  at: string;
  took: number;
  score?: number;
}

/** Video is where to watch a window. */
export interface Video {
  window: string;
  number: string;
  camera: string;
  url: string;
  from?: string;
  to?: string;
  rtsp?: string;
  onvif?: string;
}

/** Step is one thing that happened to a ticket. */
export interface Step {
  at: string;
  event: string;
  text: string;
  reason?: ReasonView;
  actor: string;
}

/** Day is one that can be replayed. */
export interface Day {
  day: string;
  from: string;
  to: string;
  alarms: Alarm[];
}

/** Frame is one line of a replay. */
export interface Frame {
  at: string;
  board?: BoardView;
  alarms?: Alarm[];
  end?: boolean;
}

/** Subject is what a person looks into. */
export interface Subject {
  kind: "window" | "service" | "zone" | "agent" | "ticket" | "clerk";
  id: string;
}
