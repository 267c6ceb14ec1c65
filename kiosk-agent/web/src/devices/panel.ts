import type { LinkClient, PageSnapshot } from "@smarthall/ui";
import { type App, createApp, type Ref } from "vue";
import DevicesPanel from "./DevicesPanel.vue";

/** HOLD is how long a technician holds the clock, in ms: longer than anybody touches it by chance. */
export const HOLD = 3_000;

/** SHOWN is how long the panel stays without a touch, in ms. */
export const SHOWN = 120_000;

/** What the panel needs of the page. */
export interface Machine {
  page: Readonly<Ref<PageSnapshot | undefined>>;
  online: Readonly<Ref<boolean>>;
  /** client tells the agent of a new roll; without one nobody is asked. */
  client?: Pick<LinkClient, "command">;
}

/**
 * install opens the devices' panel when somebody holds the clock for a while. It
 * says how devices are, and nothing about people, so that it needs no password. The
 * returned function takes it away.
 */
export function install(machine: Machine): () => void {
  let holding = 0;
  let idle = 0;
  let app: App | undefined;
  let host: HTMLElement | undefined;

  function close() {
    window.clearTimeout(idle);
    app?.unmount();
    host?.remove();
    app = host = undefined;
  }

  function linger() {
    window.clearTimeout(idle);
    idle = window.setTimeout(close, SHOWN);
  }

  function open() {
    if (app) return;
    host = document.body.appendChild(document.createElement("div"));
    host.addEventListener("pointerdown", linger);
    app = createApp(DevicesPanel, { machine, onClose: close });
    app.mount(host);
    linger();
  }

  function down(event: PointerEvent) {
    up();
    if ((event.target as Element | null)?.closest("header time")) holding = window.setTimeout(open, HOLD);
  }

  function up() {
    window.clearTimeout(holding);
  }

  const ends = ["pointerup", "pointercancel"] as const;
  window.addEventListener("pointerdown", down);
  for (const end of ends) window.addEventListener(end, up);
  return () => {
    up();
    close();
    window.removeEventListener("pointerdown", down);
    for (const end of ends) window.removeEventListener(end, up);
  };
}
