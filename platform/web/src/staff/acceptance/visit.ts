/** Holder is whose card was read at the counter. */
export interface Holder {
  kind: string;
  name: string;
  number: string;
  sex?: string;
  birth?: string;
  address?: string;
}

/** Scan is a document of the visit, which the counter has. */
export interface Scan {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Visit is who stands at the counter, as the counter hands it over. */
export interface Visit {
  hall: string;
  window: string;
  ticket: string;
  number: string;
  service: string;
  serviceName: string;
  name?: string;
  holder?: Holder;
  papers: Scan[];
}

/** How long the counter may take to bring a document, in milliseconds. */
const BRING_WITHIN = 30_000;
/** The most that a document may have, in bytes; the platform takes no more. */
const MAX_BYTES = 20 << 20;

/**
 * A Counter is the page of the counter that opened this window. Only that
 * window is heard, and only if it is on this machine: an agent's page is, and
 * a page of the web that opened the desk isn't.
 */
export class Counter {
  private readonly opener: Window;
  private origin = "";
  private readonly asked = new Map<string, { resolve: (f: Blob) => void; reject: (e: Error) => void }>();

  constructor(
    private readonly self: Window,
    opener: Window,
    private readonly taken: (visit: Visit) => void,
  ) {
    this.opener = opener;
    self.addEventListener("message", this.heard);
    // Who opened this window isn't known yet; it learns nothing but that the desk is there.
    opener.postMessage({ type: "smarthall.ready" }, "*");
  }

  close(): void {
    this.self.removeEventListener("message", this.heard);
  }

  /** bring fetches a document of the visit from the counter. */
  bring(id: string): Promise<Blob> {
    return new Promise<Blob>((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id), BRING_WITHIN);
      const done =
        <T>(f: (v: T) => void) =>
        (v: T) => {
          clearTimeout(timer);
          f(v);
        };
      this.settle(id);
      this.asked.set(id, { resolve: done(resolve), reject: done(reject) });
      if (!this.origin || this.opener.closed) this.settle(id);
      else this.opener.postMessage({ type: "smarthall.document", id }, this.origin);
    });
  }

  /** tell tells the counter the number of a visit's case: what it prints labels with. */
  tell(ticket: string, number: string): void {
    if (this.origin && !this.opener.closed)
      this.opener.postMessage({ type: "smarthall.case", ticket, number }, this.origin);
  }

  private settle(id: string, blob?: Blob): void {
    const waiting = this.asked.get(id);
    this.asked.delete(id);
    if (blob) waiting?.resolve(blob);
    else waiting?.reject(new Error("the counter did not bring the document"));
  }

  private readonly heard = (event: MessageEvent<unknown>): void => {
    if (event.source !== this.opener || !local(event.origin)) return;
    const message = (event.data ?? {}) as { type?: unknown; visit?: unknown; id?: unknown; blob?: unknown };
    if (message.type === "smarthall.visit") {
      const visit = readVisit(message.visit);
      if (!visit) return;
      this.origin = event.origin;
      this.opener.postMessage({ type: "smarthall.taken" }, event.origin);
      this.taken(visit);
    }
    if (message.type === "smarthall.document" && typeof message.id === "string") {
      const fits = message.blob instanceof Blob && message.blob.size > 0 && message.blob.size <= MAX_BYTES;
      this.settle(message.id, fits ? (message.blob as Blob) : undefined);
    }
  };
}

/** local tells whether an origin is of this machine. */
export function local(origin: string): boolean {
  try {
    const { protocol, hostname } = new URL(origin);
    return (
      protocol === "http:" &&
      (hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname))
    );
  } catch {
    return false;
  }
}

/** readVisit reads what was handed over; undefined for anything else. */
export function readVisit(data: unknown): Visit | undefined {
  const v = data as Record<string, unknown> | null;
  if (typeof v !== "object" || !v) return undefined;
  const [hall, window, ticket, number, service, serviceName] = [
    "hall",
    "window",
    "ticket",
    "number",
    "service",
    "serviceName",
  ].map((k) => text(v[k], 100));
  if (!hall || !window || !ticket || !number || service === undefined || serviceName === undefined)
    return undefined;
  const papers = Array.isArray(v.papers) ? v.papers.slice(0, 100).flatMap(readScan) : [];
  return {
    hall,
    window,
    ticket,
    number,
    service,
    serviceName,
    name: text(v.name, 50),
    holder: readHolder(v.holder),
    papers,
  };
}

function readScan(data: unknown): Scan[] {
  const s = data as Record<string, unknown> | null;
  const id = text(s?.id, 100);
  if (!s || !id) return [];
  return [
    {
      id,
      name: text(s.name, 200) ?? "",
      type: text(s.type, 60) ?? "",
      size: typeof s.size === "number" ? s.size : 0,
    },
  ];
}

function readHolder(data: unknown): Holder | undefined {
  const h = data as Record<string, unknown> | null;
  const [name, number] = [text(h?.name, 50), text(h?.number, 30)];
  if (!h || !name || !number) return undefined;
  const [kind = "", sex, birth, address] = [
    text(h.kind, 30),
    text(h.sex, 10),
    text(h.birth, 10),
    text(h.address, 200),
  ];
  return { kind, name, number, sex, birth, address };
}

function text(v: unknown, max: number): string | undefined {
  return typeof v === "string" && v.length <= max ? v : undefined;
}
