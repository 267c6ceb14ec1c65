import { reactive } from "vue";
import { fold, type SimDevice } from "./devices";

/** Source is the part of EventSource that the console uses; tests bring their own. */
export interface Source {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

/** ConsoleState is everything on the page. */
export interface ConsoleState {
  connected: boolean;
  devices: SimDevice[];
}

/** follow keeps the state up to date with the simulator's events, over reconnects of the browser's own. */
export function follow(source: Source): ConsoleState {
  const state = reactive<ConsoleState>({ connected: false, devices: [] });
  source.onopen = () => {
    state.connected = true;
  };
  source.onerror = () => {
    state.connected = false;
  };
  source.addEventListener("device", ({ data }) => {
    const device = parse(data);
    if (device) state.devices = fold(state.devices, device);
  });
  return state;
}

function parse(data: string): SimDevice | undefined {
  try {
    const device = JSON.parse(data) as SimDevice;
    return typeof device?.id === "string" ? device : undefined;
  } catch {
    return undefined;
  }
}
