import type { LinkClient, PageSnapshot } from "@smarthall/ui";
import { type Component, defineAsyncComponent } from "vue";
import * as floor from "./floor/text";
import type { Flow } from "./flow";
import { names } from "./names/text";
import * as terminal from "./terminal/name/text";

/**
 * Area is something that can be done at the machine besides taking a number. Its
 * view is fetched when somebody goes there, so that who comes for a number needn't
 * wait for it. It lives from there to the way home, and what it knows of a person
 * goes with it.
 */
export interface Area {
  /** id names it in the machine's settings. */
  id: string;
  /** title and hint are the words on its button. */
  title: () => string;
  hint: () => string;
  /** icon is drawn with lines in a box of 24 by 24. */
  icon: string;
  /** card tells that it needs a card: the flow has one before the view comes. */
  card?: boolean;
  /** needs are classes of devices without which it can't be done, such as printer. */
  needs?: readonly string[];
  /** why tells what else keeps it from being done now; empty if nothing does. */
  why?: (page: PageSnapshot, online: boolean) => string;
  /** offered tells whether this hall has anything for it; it has, if absent. */
  offered?: (page: PageSnapshot) => boolean;
  /**
   * view gets AreaProps, and may have a method back(): it answers whether there was a step to go back; and says,
   * what its step in front of somebody says, where that isn't the area's own sentence.
   */
  view: Component;
}

/** AreaProps are what every area's view is given. */
export interface AreaProps {
  flow: Flow;
  page: PageSnapshot;
  client: LinkClient;
  /** The hall can be reached. */
  online: boolean;
}

/**
 * AreaEvents are what a view tells: that somebody is busy there, goes on in
 * another area with a case of hers, wants a ticket of a service, takes one by the
 * card that lies there, or is done.
 */
export interface AreaEvents {
  touch: [];
  go: [area: string, number: string];
  want: [service: string];
  take: [service: string];
  done: [];
}

/** lazy fetches a view when it is needed. */
export const lazy = (load: () => Promise<{ default: Component }>) => defineAsyncComponent(load);

/** AREAS are all that a machine may offer, in their order; its settings choose among them. */
export const AREAS: Area[] = [
  {
    id: "floor",
    title: floor.title,
    hint: floor.hint,
    icon: "M9 4 3 6.5v13.5l6-2.5 6 2.5 6-2.5V4l-6 2.5zM9 4v13.5M15 6.5v13.5",
    offered: (page) => (page.hall?.hall.plan?.floors ?? []).length > 0,
    view: lazy(() => import("./floor/FloorView.vue")),
  },
  {
    id: "hall",
    title: names.hall,
    hint: names.hallHint,
    icon: "M3 21h18M5 21V9l7-5 7 5v12M9 21v-6h6v6M9.500 11h5",
    offered: (page) =>
      (page.hall?.hall.about ?? page.hall?.hall.platform) !== undefined ||
      (page.hall?.hall.notices ?? []).length > 0,
    view: lazy(() => import("./hall/HallView.vue")),
  },
  {
    id: "query",
    title: names.query,
    hint: names.queryHint,
    icon: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.3 15.3 21 21M7.5 9h6M7.5 12h4",
    view: lazy(() => import("./query/QueryView.vue")),
  },
  {
    id: "samples",
    title: names.samples,
    hint: names.samplesHint,
    icon: "M5 3h10l4 4v14H5ZM15 3v4h4M8 11h8M8 15h8M8 19h3",
    view: lazy(() => import("./samples/SamplesView.vue")),
  },
  {
    id: "sites",
    title: names.sites,
    hint: names.sitesHint,
    icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3.500 9.500h17M3.500 14.500h17M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
    offered: (page) => (page.hall?.hall.sites ?? []).length > 0,
    view: lazy(() => import("./sites/SitesView.vue")),
  },
  {
    id: "terminal",
    title: terminal.title,
    hint: terminal.hint,
    icon: "M6 3h9l4 4v14H6ZM15 3v4h4M9 12h7M9 16h4",
    card: true,
    view: lazy(() => import("./terminal/TerminalView.vue")),
  },
  {
    id: "licences",
    title: names.licences,
    hint: names.licencesHint,
    icon: "M7 8V3h10v5M7 17H4V9h16v8h-3M7 13h10v8H7zM10 16.500h4",
    card: true,
    needs: ["page-printer"],
    offered: (page) => page.kiosk?.mode === "terminal",
    view: lazy(() => import("./licences/LicencesView.vue")),
  },
];

/** areaOf is the area that a flow is in. */
export function areaOf(flow: Flow): Area | undefined {
  return flow.step === "area" ? AREAS.find((area) => area.id === flow.area) : undefined;
}
