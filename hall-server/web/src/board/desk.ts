import { reactive } from "vue";
import { call } from "../api";
import type { Forecast, Setup } from "./types";

/** Desk is what the board asks for now and then; the live link brings the rest. */
export interface Desk {
  setup: Setup | undefined;
  forecast: Forecast | undefined;
}

/** How often is asked, in milliseconds. */
const EVERY = 20_000;

/**
 * openDesk asks now and then until close. What can't be had stays as it was: the
 * board says itself when its line is away.
 */
export function openDesk(ask: typeof call = call) {
  const desk = reactive<Desk>({ setup: undefined, forecast: undefined });
  const last: Record<string, string> = {};
  let closed = false;

  /** read hands take the answer if it has changed. */
  async function read<T>(path: string, take: (body: T) => void): Promise<void> {
    try {
      const text = await (await ask(path)).text();
      if (closed || last[path] === text) return;
      last[path] = text;
      take(JSON.parse(text) as T);
    } catch {
      // The next time.
    }
  }
  const all = () =>
    Promise.all([
      read<Setup>("/board/setup", (b) => {
        desk.setup = b;
      }),
      read<Forecast>("/board/forecast", (b) => {
        desk.forecast = b;
      }),
    ]);
  void all();
  const timer = setInterval(all, EVERY);
  return {
    desk,
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
