import type {
  PendingAction,
  QueueChanged,
  ServiceView,
  TicketView,
  WindowBrief,
  WindowView,
} from "@smarthall/ui";
import { initials } from "@smarthall/ui";
import { describe, expect, it } from "vitest";
import { marks, parkedWords } from "../src/marks";
import { queueBeside, withPending } from "../src/pending";
import { inView, nextStep } from "../src/scan";
import { matching, targets } from "../src/targets";
import { called, queue, serving, snapshot, ticket, waiting, window3 } from "./fixture.mjs";

const own = (extra: object = {}) => window3(extra) as WindowView;
const paper = (state: string, extra: object = {}) => ticket("B020", 10, { state, ...extra }) as TicketView;
const lists = queue() as never;

describe("a scanned paper", () => {
  const free = own();
  const taken = own({ state: "serving", ticket: serving() });
  const pausing = own({ state: "paused", text: "午间休息" });

  it.each([
    ["waiting, at a free window", paper("waiting"), free, "call"],
    ["waiting, at a window with somebody", paper("waiting"), taken, "tell", "请先办结 B012"],
    ["waiting, at a paused window", paper("waiting"), pausing, "tell", "窗口暂停中，按 F9 继续"],
    [
      "waiting for another service",
      paper("waiting", { service: "tax", serviceName: "涉税", windows: ["1", "4"] }),
      free,
      "tell",
      "B020 的业务（涉税）请到 1、4 号窗口办理",
    ],
    [
      "waiting for what nobody does",
      paper("waiting", { service: "tax", serviceName: "涉税" }),
      free,
      "tell",
      "B020 的业务（涉税）现在没有窗口办理",
    ],
    ["called here", paper("called", { window: "3" }), taken, "arrive"],
    [
      "called elsewhere",
      paper("called", { window: "w5" }),
      free,
      "tell",
      "B020 已由 5 号窗口呼叫，请群众到 5 号窗口",
    ],
    ["served here", paper("serving", { window: "3" }), taken, "finish", "B020 正在本窗口办理，按回车办结"],
    ["served elsewhere", paper("serving", { window: "w5" }), free, "tell", "B020 正在 5 号窗口办理"],
    ["parked, at a free window", paper("parked"), free, "resume"],
    ["parked, at a window with somebody", paper("parked"), taken, "tell", "请先办结 B012"],
    ["missed", paper("missed"), taken, "rejoin"],
    ["finished", paper("finished"), free, "tell", "B020 已办结，不需要再办理"],
    ["cancelled", paper("cancelled"), free, "tell", "B020 已取消，不需要再办理"],
    ["of a state that is new", paper("floating"), free, "tell", "B020 floating，不需要再办理"],
  ] as const)("%s", (_, found, window, step, text?: string) => {
    expect(nextStep(found, window, lists, (id) => id.replace("w", ""))).toEqual({ step, text: text ?? "" });
  });

  it("of a service that this window helps with now is called", () => {
    const helped = ticket("T001", 5, { service: "tax" }) as TicketView;
    expect(nextStep(helped, free, queue({ waiting: [helped] }) as never).step).toBe("call");
  });

  it("is found without the hall among the tickets on the page", () => {
    const id = waiting[2]?.id ?? "";
    for (const text of [
      id,
      `http://hall/t/${id}`,
      ` ${id.toLowerCase()} `,
      `http://hall/t/${id}?from=paper`,
      "m006",
    ]) {
      expect(inView(text, own(), lists)?.id).toBe(id);
    }
    expect(inView("b009", own(), lists)?.state).toBe("missed");
    expect(inView("B012", own({ ticket: called() }), undefined)?.state).toBe("called");
    const front = called() as TicketView;
    const label = front.day.replaceAll("-", "") + front.number;
    expect(inView(label, own({ ticket: front }), undefined)?.id).toBe(front.id);
    expect(inView(`20010101${front.number}`, own({ ticket: front }), undefined)).toBeUndefined();
    expect(inView("Z999", own(), lists)).toBeUndefined();
    expect(inView("", own(), lists)).toBeUndefined();
  });
});

describe("what is kept for the hall", () => {
  const done = (type: string, id = called().id) => {
    const front = { ...called(), id };
    const action = { id: "1", type, ticket: front.id, at: "2026-11-23T01:00:00Z" } as PendingAction;
    return { window: own({ state: "serving", ticket: front }), action };
  };

  it("shows as done: arrived", () => {
    const { window, action } = done("ticket.arrive");
    const after = withPending(window, [action]);
    expect(after.ticket).toMatchObject({ state: "serving", startedAt: action.at });
    expect(window.ticket?.state).toBe("called");
  });

  it.each(["ticket.finish", "ticket.noShow", "ticket.park", "ticket.transfer", "ticket.putBack"])(
    "shows as done: %s frees the window",
    (type) => {
      const { window, action } = done(type);
      expect(withPending(window, [action])).toMatchObject({ state: "idle", ticket: undefined });
    },
  );

  it("leaves nobody in the queue who is in front or was dealt with", () => {
    const list = queue() as QueueChanged;
    const [first, second] = list.waiting ?? [];
    const action = { id: "1", type: "ticket.finish", ticket: second?.id ?? "", at: "" } as PendingAction;
    const after = queueBeside(list, own({ state: "serving", ticket: first }), [action]);
    expect(after.waiting?.map((w) => w.number)).toEqual(["M006", "B015", "M007", "LA016"]);
    expect(after.total).toBe(6);
    expect(queueBeside(list, own())).toEqual(list);
  });

  it("follows the order, and is over once another ticket is in front", () => {
    const { window, action } = done("ticket.arrive");
    const finish = { ...action, id: "2", type: "ticket.finish" };
    const rate = { ...action, id: "3", type: "ticket.rate" };
    expect(withPending(window, [action, finish, rate]).ticket).toBeUndefined();
    expect(withPending(window, [rate])).toEqual(window);
    expect(withPending(window, [{ ...action, id: "4", type: "ticket.note" }])).toEqual(window);
    const next = own({ state: "serving", ticket: called() });
    expect(withPending(next, [action, finish])).toEqual(next);
    const alone = own();
    expect(withPending(alone, undefined)).toEqual(alone);
  });
});

describe("where a ticket can go", () => {
  const hall = snapshot().hall;
  const all = targets(
    serving() as TicketView,
    hall.services as ServiceView[],
    hall.briefs as WindowBrief[],
    "3",
  );
  const labels = (typed: string) => matching(all, typed).map((x) => x.label);

  it("is every other service, and every other window with what it would do", () => {
    expect(all.map((x) => x.label)).toEqual([
      "医疗保险异地就医备案",
      "不动产登记",
      "居民身份证补领换领",
      "5 号窗口 · 不动产登记",
      "6 号窗口 · 不动产登记",
      "7 号窗口 · 社会保险",
      "9 号窗口 · 医疗保险异地就医备案",
      "10 号窗口 1 号位 · 居民身份证补领换领",
      "10 号窗口 2 号位 · 居民身份证补领换领",
    ]);
    expect(all.find((x) => x.window === "7")).toMatchObject({
      service: undefined,
      open: false,
      hint: "未登录",
    });
    expect(all.find((x) => x.window === "5")).toMatchObject({ service: "real-estate", open: true });
  });

  it.each([
    ["5", ["5 号窗口 · 不动产登记"]],
    ["1", ["10 号窗口 1 号位 · 居民身份证补领换领", "10 号窗口 2 号位 · 居民身份证补领换领"]],
    ["10", ["10 号窗口 1 号位 · 居民身份证补领换领", "10 号窗口 2 号位 · 居民身份证补领换领"]],
    ["bdc", ["不动产登记", "5 号窗口 · 不动产登记", "6 号窗口 · 不动产登记"]],
    ["YB", ["医疗保险异地就医备案", "9 号窗口 · 医疗保险异地就医备案"]],
    ["保险", ["9 号窗口 · 医疗保险异地就医备案", "医疗保险异地就医备案", "7 号窗口 · 社会保险"]],
    ["12", []],
    ["xyz", []],
  ])("%s means %o", (typed, want) => {
    expect(labels(typed).sort()).toEqual([...want].sort());
    expect(labels(typed)[0]).toBe(want.find((w) => w === labels(typed)[0]));
  });

  it("leaves all as they are before something is typed", () => expect(labels("  ")).toHaveLength(all.length));
});

describe("pinyin initials", () => {
  it.each([
    ["社会保险", "shbx"],
    ["营业执照设立登记", "yyzzsldj"],
    ["不动产登记", "bdcdj"],
    ["居民身份证", "jmsfz"],
    ["出入境证件业务", "crjzjyw"],
    ["阿一", "ay"],
    ["A12 社保", "a12sb"],
    ["", ""],
  ])("of %s are %s", (text, want) => expect(initials(text)).toBe(want));
});

describe("marks", () => {
  const hall = { priorities: [{ id: "elderly", name: "长者优先" }], timeZone: "Asia/Shanghai" };
  const now = Date.parse("2026-11-23T02:00:00Z");
  const context = { hall, own: "3", now };
  const words = (extra: object) => marks(paper("waiting", extra), context).map((m) => m.text);

  it("tell what puts a ticket where it stands", () => {
    expect(words({})).toEqual([]);
    expect(
      words({
        slotAt: "2026-11-23T02:30:00Z",
        priority: "elderly",
        reservedFor: "3",
        notBefore: "2026-11-23T02:07:00Z",
        rejoins: 1,
        offline: true,
        silent: true,
      }),
    ).toEqual([
      "预约 10:30",
      "长者优先",
      "转来，指定本窗口",
      "延后到 10:07",
      "过号重排",
      "离线取号",
      "静音呼叫",
    ]);
    expect(words({ reservedFor: "7" })).toEqual(["指定 7 号窗口"]);
    expect(words({ priority: "unheard-of" })).toEqual(["优先"]);
  });

  it("tell of a paper that is of no use", () => {
    expect(words({ print: "printed" })).toEqual([]);
    expect(words({ print: "partial" })).toEqual(["号票只打了一半，可补打"]);
    expect(words({ print: "unknown" })).toEqual(["号票可能没打完，可补打"]);
    expect(words({ print: "failed" })).toEqual(["号票没有打出来，可补打"]);
  });

  it("forget a delay that is over", () => expect(words({ notBefore: "2026-11-23T01:59:00Z" })).toEqual([]));

  it("tell when a parked one is back", () => {
    const parked = (until?: string) => parkedWords(paper("parked", { until }), context);
    expect(parked("2026-11-23T02:15:00Z")).toEqual({ text: "10:15 回队列", due: false });
    expect(parked("2026-11-23T01:45:00Z")).toEqual({ text: "09:45 已到", due: true });
    expect(parked()).toEqual({ text: "等您恢复", due: false });
  });
});
