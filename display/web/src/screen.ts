import {
  type AgentStore,
  agentStore,
  type CallView,
  type LayoutView,
  type LinkClient,
  type WindowView,
} from "@smarthall/ui";
import { shows, uses } from "@smarthall/ui/screen";
import { reactive, type ShallowRef, shallowRef } from "vue";
import { afterPaint } from "./paint";
import { windowsOn } from "./shared";

/** How long a fresh call glows, in milliseconds. */
export const GLOW = 3000;

/** Screen is which screen a page is. */
export interface Screen {
  /** name is unique in the hall: the device of its acknowledgements. */
  name: string;
  channel: "board" | "window";
  /** zone limits a board; empty shows every zone. */
  zone: string;
  /** window is a window screen's window, by the number on its sign or by id. */
  window: string;
  /** shared is the name of the screen that windows share, where no window is named. */
  shared: string;
  /** sound is true for the page that plays the voice. */
  sound: boolean;
}

/** boardScreen reads a board's address: /board?zone=A&sound=1&screen=hall-east. */
export function boardScreen(search: string): Screen {
  const query = new URLSearchParams(search);
  const zone = query.get("zone") ?? "";
  const name = query.get("screen") || (zone ? `board-${zone}` : "board");
  return { name, channel: "board", zone, window: "", shared: "", sound: query.get("sound") === "1" };
}

/**
 * windowScreen reads a window screen's address: /window?window=3 or, for one
 * that windows share, /window?screen=C1. Beside a window, screen is only what
 * this page is called.
 */
export function windowScreen(search: string): Screen {
  const query = new URLSearchParams(search);
  const window = query.get("window") ?? "";
  const screen = query.get("screen") ?? "";
  const name = (window && screen) || `window-${window || screen}`;
  return { name, channel: "window", zone: "", window, shared: window ? "" : screen, sound: false };
}

/** concerns tells whether a call is to be seen on a screen; windows are the hall's. */
export function concerns(screen: Screen, call: CallView, windows: WindowView[] = []): boolean {
  if (!uses(call, screen.channel)) return false;
  if (screen.channel === "board") return !screen.zone || call.zone === screen.zone;
  if (screen.window && (call.windowNumber === screen.window || call.window === screen.window)) return true;
  return windowsOn(screen, windows).some((w) => w.id === call.window);
}

/** ScreenState is what a page's components show. */
export interface ScreenState {
  store: AgentStore;
  /** glow holds the ids of the calls that came within the last GLOW ms. */
  glow: Set<string>;
  /** layout is the one that the agent told; undefined shows what is built in. */
  layout: Readonly<ShallowRef<LayoutView | undefined>>;
}

/**
 * openScreen makes a page a screen of its agent: it introduces itself after
 * each snapshot and acknowledges every call once it was really painted, so
 * that the hall knows what people could see and not what was sent.
 */
export function openScreen(client: LinkClient, screen: Screen, painted = afterPaint): ScreenState {
  const store = agentStore(client);
  const glow = reactive(new Set<string>());
  const shown = new Set<string>();

  const layout = shallowRef<LayoutView>();

  /** mine tells whether people can see a call here: in a layout if one of its blocks shows it. */
  const mine = (call: CallView) => {
    const windows = store.page?.hall?.windows ?? [];
    if (!layout.value) return concerns(screen, call, windows);
    return shows(layout.value, call, { ...screen, below: windowsOn(screen, windows) });
  };
  const acknowledge = (call: CallView) => {
    if (call.ended || shown.has(call.id) || !mine(call)) return;
    shown.add(call.id);
    painted(() => {
      // A layout without calls may have come before the paint.
      if (!mine(call)) return;
      const sent = client.send("call.shown", { call: call.id, channel: screen.channel, device: screen.name });
      // The line broke while painting: the next snapshot brings the call again.
      if (!sent) shown.delete(call.id);
    });
  };

  client.on("page.snapshot", (page) => {
    client.send("page.ready", { screen: screen.name, sound: screen.sound });
    for (const call of page.hall?.calls ?? []) acknowledge(call);
  });
  client.on("layout.show", (told) => {
    layout.value = told.layout;
    for (const call of store.page?.hall?.calls ?? []) acknowledge(call);
  });
  client.on("ticket.called", (call) => {
    if (!mine(call)) return;
    glow.add(call.id);
    setTimeout(() => glow.delete(call.id), GLOW);
    acknowledge(call);
  });
  return { store, glow, layout };
}
