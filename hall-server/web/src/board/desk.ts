import { reactive } from "vue";
import { call } from "../api";
import type { Alarm, Forecast, Setup } from "./types";

/** Desk is what the board asks for now and then; the live link brings the rest. */
export interface Desk {
  setup: Setup | undefined;
  alarms: Alarm[];
  forecast: Forecast | undefined;
}

/** How often is asked, in milliseconds. */
const ALARMS_EVERY = 2000;
const REST_EVERY = 20_000;

/**
 * openDesk asks now and then until close. What can't be had stays as it was: the
 * board says itself when its line is away.
 */
export function openDesk(ask: typeof call = call) {
  const desk = reactive<Desk>({ setup: undefined, alarms: [], forecast: undefined });
  const last: Record<string, string> = {};
  let closed = false;

  /** read hands take the answer if it has changed. */
  async function read<T>(path: string, take: (body: T) => void): Promise<void> {
    try {
      const text = await (await ask(path)).text();
      // The clock in an answer is no change.
      const same = text.replace(/^\{"now":"[^"]*",/, "");
      if (closed || last[path] === same) return;
      last[path] = same;
      take(JSON.parse(text) as T);
    } catch {
      // The next time.
    }
  }
  const alarms = () =>
    read<{ alarms: Alarm[] }>("/board/alarms", (b) => {
      desk.alarms = b.alarms;
    });
  const rest = () =>
    Promise.all([
      read<Setup>("/board/setup", (b) => {
        desk.setup = b;
      }),
      read<Forecast>("/board/forecast", (b) => {
        desk.forecast = b;
      }),
    ]);
  void alarms();
  void rest();
  const timers = [setInterval(alarms, ALARMS_EVERY), setInterval(rest, REST_EVERY)];
  return {
    desk,
    /** refresh asks for the alarms at once. */
    refresh: alarms,
    close() {
      closed = true;
      for (const timer of timers) clearInterval(timer);
    },
  };
}
