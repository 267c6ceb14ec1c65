import type { LinkClient, PageSnapshot } from "@smarthall/ui";
import { type Component, defineAsyncComponent } from "vue";
import type { Flow } from "./flow";

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
  /** view gets AreaProps, and may have a method back(): it answers whether there was a step to go back. */
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

/** AreaEvents are what a view tells: that somebody is busy there, wants a ticket of a service, or is done. */
export interface AreaEvents {
  touch: [];
  want: [service: string];
  done: [];
}

/** lazy fetches a view when it is needed. */
export const lazy = (load: () => Promise<{ default: Component }>) => defineAsyncComponent(load);

/** AREAS are all that a machine may offer, in their order; its settings choose among them. */
export const AREAS: Area[] = [];

/** areaOf is the area that a flow is in. */
export function areaOf(flow: Flow): Area | undefined {
  return flow.step === "area" ? AREAS.find((area) => area.id === flow.area) : undefined;
}
