import type { CallView, PageSnapshot, ServiceView, Socket, WindowView } from "@smarthall/ui";
import data from "./page.json";

/** snapshot is a hall in the middle of a busy morning. */
export function snapshot(): PageSnapshot {
  return structuredClone(data.page) as unknown as PageSnapshot;
}

export function call(over: Partial<CallView> = {}): CallView {
  return {
    id: "c1",
    ticket: "t1",
    number: "A012",
    recall: 0,
    window: "3",
    windowNumber: "3",
    windowName: "社会保险",
    zone: "B",
    service: "social-insurance",
    serviceName: "社会保险业务",
    at: "2026-11-23T10:24:00+08:00",
    ...over,
  };
}

export function service(over: Partial<ServiceView> = {}): ServiceView {
  return {
    id: "s",
    name: "社会保险业务",
    short: "社保",
    zone: "B",
    waiting: 0,
    openWindows: 1,
    available: true,
    longestWaitSeconds: 0,
    ...over,
  };
}

export function windowView(over: Partial<WindowView> = {}): WindowView {
  return {
    id: "3",
    number: "3",
    name: "社会保险",
    zone: "B",
    state: "idle",
    since: "2026-11-23T10:00:00+08:00",
    services: ["social-insurance"],
    online: true,
    served: 0,
    ...over,
  };
}

/** FakeSocket is a line to an agent that the test plays. */
export class FakeSocket implements Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: { type: string; body: unknown }[] = [];

  send(data: string): void {
    const { type, body } = JSON.parse(data);
    this.sent.push({ type, body });
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(type: string, body: unknown): void {
    this.onmessage?.({ data: JSON.stringify({ type, at: new Date().toISOString(), body }) });
  }

  /** of lists the bodies that were sent of one type. */
  of(type: string): unknown[] {
    return this.sent.filter((m) => m.type === type).map((m) => m.body);
  }
}
