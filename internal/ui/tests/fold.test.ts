import {
  agentStore,
  type CallView,
  called,
  fold,
  LinkClient,
  type Message,
  type PageSnapshot,
} from "@smarthall/ui";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeSocket } from "./socket";

const examples = import.meta.glob<Message>("../../link/testdata/*.json", { eager: true, import: "default" });
const example = (type: string): Message => {
  const found = examples[`../../link/testdata/${type}.json`];
  if (!found) throw new Error(`no example of ${type}`);
  return structuredClone(found);
};

let page: PageSnapshot;
beforeEach(() => {
  page = example("page.snapshot").body as PageSnapshot;
});

describe("the examples that Go reads too", () => {
  it.each(Object.values(examples).map((m) => [m.type, m] as const))(
    "%s reaches its handler whole",
    (type, message) => {
      const socket = new FakeSocket();
      const client = new LinkClient({ url: "ws://hall/ws", open: () => socket }).connect();
      socket.open();
      const seen: unknown[] = [];
      client.on(type, (body) => seen.push(body));
      socket.onmessage?.({ data: JSON.stringify(message) });
      expect(seen).toEqual([message.body]);
      client.close();
    },
  );
});

describe("fold", () => {
  it("replaces a service by its id and keeps the others in their places", () => {
    const before = page.hall?.services?.map((s) => s.id);
    const message = example("services.changed");
    (message.body as { services: { waiting: number }[] }).services[0] = {
      ...(message.body as { services: { waiting: number }[] }).services[0],
      waiting: 99,
    };
    fold(page, message);
    expect(page.hall?.services?.map((s) => s.id)).toEqual(before);
    expect(page.hall?.services?.find((s) => s.id === "social-transfer")?.waiting).toBe(99);
  });

  it("takes a list that Go wrote as null for an empty one", () => {
    fold(page, { ...example("services.changed"), body: { services: null } });
    expect(page.hall?.services).toHaveLength(2);
  });

  it("adds a window it didn't know", () => {
    fold(page, example("window.changed"));
    expect(page.hall?.windows?.map((w) => w.id)).toEqual(["5"]);
  });

  it("sets and clears the card", () => {
    fold(page, { ...example("card.removed") });
    expect(page.card).toBeUndefined();
    fold(page, example("card.read"));
    expect(page.card?.name).toBe("王*");
  });

  it("replaces a device by its id", () => {
    const message = example("device.changed");
    fold(page, { ...message, body: { ...(message.body as object), id: "reader", state: "offline" } });
    expect(page.devices?.map((d) => [d.id, d.state])).toEqual([["reader", "offline"]]);
  });

  it("marks an ended call and keeps it", () => {
    fold(page, example("ticket.called"));
    fold(page, example("call.ended"));
    expect(page.hall?.calls).toMatchObject([{ id: "01JDB80B7A", ended: true }]);
  });

  it("adds an acknowledgement to its call only", () => {
    fold(page, example("ticket.called"));
    fold(page, {
      ...example("call.acknowledged"),
      body: { call: "other", channel: "led", device: "x", at: "" },
    });
    expect(page.hall?.calls?.[0]?.acks).toHaveLength(1);
  });

  it("leaves the page alone before the hall's first snapshot", () => {
    page.hall = undefined;
    const before = structuredClone(page);
    for (const type of ["services.changed", "window.changed", "ticket.called", "queue.changed"])
      fold(page, example(type));
    expect(page).toEqual(before);
  });
});

describe("calls", () => {
  const call = (id: string, ticket = id) => ({ id, ticket }) as CallView;

  it("put the newest first and forget the oldest after ten", () => {
    let list: CallView[] = [];
    for (let i = 0; i < 12; i++) list = called(list, call(`c${i}`));
    expect(list).toHaveLength(10);
    expect(list[0]?.id).toBe("c11");
  });

  it("let a recall take the place of the call before it", () => {
    const list = called(called([call("c1", "t1")], call("c2", "t2")), call("c3", "t1"));
    expect(list.map((c) => c.id)).toEqual(["c3", "c2"]);
  });
});

describe("agentStore", () => {
  it("keeps what was known of the hall while the agent hasn't reached it", () => {
    const socket = new FakeSocket();
    const client = new LinkClient({ url: "ws://hall/ws", open: () => socket });
    const store = agentStore(client);
    client.connect();
    socket.open();
    socket.receive(example("page.snapshot"));
    socket.receive({
      ...example("page.snapshot"),
      body: { ...page, hall: undefined, link: { online: false, since: "" } },
    });
    expect(store.page?.link.online).toBe(false);
    expect(store.page?.hall?.services).toHaveLength(2);
    client.close();
  });
});
