import type { DocumentView, PlatformView, TicketView } from "@smarthall/ui";

/** The name of the window of the platform's desk: one for every counter. */
export const DESK = "smarthall-desk";

/** How long the desk may take to say that it heard, in milliseconds. */
const HEARD_WITHIN = 1500;

/** Holder is whose card was read during the visit. */
export interface Holder {
  kind: string;
  name: string;
  number: string;
  sex?: string;
  birth?: string;
  address?: string;
}

/** Paper is a document of the visit, which the desk may ask for by its id. */
export interface Paper {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Visit is what the desk gets to know of the visit in front. */
export interface Visit {
  hall: string;
  window: string;
  ticket: string;
  number: string;
  service: string;
  serviceName: string;
  /** name is masked, as everywhere at the hall. */
  name?: string;
  holder?: Holder;
  papers: Paper[];
}

/** visitOf is a ticket as the desk gets to know it. */
export function visitOf(
  platform: PlatformView,
  window: string,
  ticket: TicketView,
  documents: readonly DocumentView[],
  holder?: Holder,
): Visit {
  const papers = documents
    .filter((d) => d.stored && d.ticket === ticket.id)
    .map(({ id, name, type, size }) => ({ id, name, type, size }));
  const { id, number, service, serviceName, name } = ticket;
  return { hall: platform.hall, window, ticket: id, number, service, serviceName, name, holder, papers };
}

/** Surroundings are what a handover needs of its page. */
export interface Surroundings {
  /** self is the page's own window. */
  self: Window;
  /** platform is where the desk is; undefined if there is none. */
  platform: () => PlatformView | undefined;
  /** visit is the one in front, with all that is known of it by now. */
  visit: () => Promise<Visit | undefined>;
  /** fetch brings a document of the visit in front. */
  fetch: (id: string) => Promise<Blob>;
}

/**
 * A handover opens the platform's desk in a window of its own and tells it of
 * the visit in front. It speaks with that window and the platform's origin
 * alone: whatever else sends a message is not heard.
 */
export class Handover {
  private desk: Window | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** looking tells that a case is looked at that the visit in front mustn't push away. */
  private looking = false;
  /** cases are the numbers of the visits' cases, by ticket. */
  private readonly cases = new Map<string, string>();

  constructor(private readonly at: Surroundings) {
    at.self.addEventListener("message", this.heard);
  }

  close(): void {
    clearTimeout(this.timer);
    this.at.self.removeEventListener("message", this.heard);
  }

  /** open tells whether the desk is open. */
  get open(): boolean {
    return this.desk !== null && !this.desk.closed;
  }

  /** go brings the desk to the front with the visit in front; false if the browser didn't let it. */
  go(): boolean {
    const platform = this.at.platform();
    if (!platform) return false;
    const url = `${platform.pages}/staff/acceptance/visit`;
    this.looking = false;
    if (!this.open) this.desk = this.at.self.open("", DESK);
    const desk = this.desk;
    if (!desk) return false;
    if (blank(desk)) {
      desk.location.href = url; // it says that it is ready
    } else {
      void this.tell();
      // Another page of the platform may be open there, which doesn't hear.
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        desk.location.href = url;
      }, HEARD_WITHIN);
    }
    desk.focus();
    return true;
  }

  /** show brings the desk to the front with a case; false if the browser didn't let it. */
  show(number: string): boolean {
    const platform = this.at.platform();
    if (!platform) return false;
    const desk = this.at.self.open(
      `${platform.pages}/staff/acceptance?q=${encodeURIComponent(number)}`,
      DESK,
    );
    if (!desk) return false;
    this.desk = desk;
    this.looking = true;
    clearTimeout(this.timer);
    desk.focus();
    return true;
  }

  /** numberOf is the number of a visit's case, which the desk has told; empty without one. */
  numberOf(ticket: string): string {
    return this.cases.get(ticket) ?? "";
  }

  /** tell tells an open desk what became of the visit in front. */
  async tell(): Promise<void> {
    const visit = this.open && !this.looking ? await this.at.visit() : undefined;
    if (visit) this.send({ type: "smarthall.visit", visit });
  }

  private send(message: unknown): void {
    const platform = this.at.platform();
    if (platform && this.open) this.desk?.postMessage(message, platform.pages);
  }

  private readonly heard = (event: MessageEvent<unknown>): void => {
    if (!this.desk || event.source !== this.desk || event.origin !== this.at.platform()?.pages) return;
    const { type, id, ticket, number } = (event.data ?? {}) as Record<string, unknown>;
    if (type === "smarthall.ready") void this.tell();
    if (type === "smarthall.taken") clearTimeout(this.timer);
    if (type === "smarthall.case" && typeof ticket === "string" && typeof number === "string") {
      if (this.cases.size > 500) this.cases.clear(); // a long day
      this.cases.set(ticket, number);
    }
    if (type === "smarthall.document" && typeof id === "string") void this.document(id);
  };

  /** document sends a document of the visit in front, and none of another one. */
  private async document(id: string): Promise<void> {
    const visit = await this.at.visit();
    const paper = visit?.papers.find((p) => p.id === id);
    let blob: Blob | undefined;
    try {
      if (paper) blob = await this.at.fetch(id);
    } catch {
      // The desk says that it didn't come.
    }
    this.send({ type: "smarthall.document", id, name: paper?.name, blob });
  }
}

/** blank tells whether a window was just opened: a page of the platform can't be looked at from here. */
function blank(desk: Window): boolean {
  try {
    return desk.location.href === "about:blank";
  } catch {
    return false;
  }
}

/** holderOf is whose card was read during the visit; undefined if none was. */
export async function holderOf(ticket: string): Promise<Holder | undefined> {
  try {
    const response = await fetch(`card/holder/${encodeURIComponent(ticket)}`, { cache: "no-store" });
    return response.ok ? ((await response.json()) as Holder) : undefined;
  } catch {
    return undefined; // the agent is away: the desk begins without a card
  }
}
