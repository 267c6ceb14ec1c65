// A morning at window 3, for tests and pictures.
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

let serial = 0;
export function ticket(number, minutes, extra = {}) {
  return {
    id: `01JDB7ZK3R8Q4W2V5T6Y7N${String(++serial).padStart(4, "0")}`,
    number,
    service: "social",
    serviceName: "社会保险关系转移接续",
    state: "waiting",
    channel: "card",
    name: "王*",
    day: "2026-11-23",
    ahead: 3,
    waitMinutes: 12,
    takenAt: at(-minutes * 60),
    dueAt: at(-minutes * 60 + 1200),
    allowed: ["call", "cancel"],
    ...extra,
  };
}

export const waiting = [
  ticket("B013", 24, { name: "张*" }),
  ticket("B014", 17, { name: "欧阳*", channel: "phone", phone: "138****5678" }),
  ticket("M006", 12, {
    name: "",
    phone: "139****0042",
    channel: "phone",
    service: "medical",
    serviceName: "医疗保险异地就医备案",
  }),
  ticket("B015", 9, { name: "刘*" }),
  ticket("M007", 4, { name: "陈*", service: "medical", serviceName: "医疗保险异地就医备案" }),
  ticket("B016", 1, { name: "赵*" }),
];

export function queue(extra = {}) {
  return {
    waiting,
    total: 8,
    missed: [ticket("B009", 41, { state: "missed", name: "孙*" })],
    served: 11,
    meanServiceSeconds: 460,
    ...extra,
  };
}

export function window3(extra = {}) {
  return {
    id: "3",
    number: "3",
    name: "社会保险",
    zone: "B",
    state: "idle",
    since: at(-95),
    clerk: "李*",
    staff: "2003",
    services: ["social", "medical"],
    online: true,
    served: 11,
    ...extra,
  };
}

export const called = (seconds = 32) =>
  ticket("B012", 26, { state: "called", calledAt: at(-seconds), window: "3", recalls: 1 });
export const serving = (seconds = 391) =>
  ticket("B012", 26, { state: "serving", calledAt: at(-seconds - 40), startedAt: at(-seconds), window: "3" });

export function snapshot(win = window3(), extra = {}) {
  return {
    agent: "counter-1",
    role: "counter",
    name: "3 号窗口",
    window: "3",
    link: { online: true, since: at(-3600) },
    devices: [
      {
        id: "reader",
        class: "id-reader",
        name: "身份证读卡器",
        profile: "generic/sam-v-serial",
        state: "online",
        since: at(-3600),
      },
      {
        id: "pad",
        class: "pad",
        name: "五键评价器",
        profile: "generic/pad-5key-bin",
        state: "online",
        since: at(-3600),
      },
    ],
    hall: {
      hall: {
        name: "市民中心政务服务大厅",
        zones: [{ id: "B", name: "社会保障区" }],
        day: "2026-11-23",
        timeZone: "Asia/Shanghai",
      },
      services: [
        {
          id: "social",
          name: "社会保险关系转移接续",
          short: "社保转移",
          zone: "B",
          waiting: 8,
          openWindows: 2,
          waitMinutes: 24,
          available: true,
          longestWaitSeconds: 1440,
          materials: ["本人身份证", "参保缴费凭证", "转移接续申请表", "银行卡复印件"],
        },
      ],
      windows: [win],
      queue: queue(),
    },
    ...extra,
  };
}

export const card = {
  session: "77aa",
  kind: "citizen",
  kindName: "居民身份证",
  name: "王*",
  number: "3****************X",
  at: at(0),
};

export const reason = {
  strategy: "due-date",
  rule: "due",
  text: "在 9 位可叫的群众中，B012 的目标时间最早（09:20）",
  candidates: 9,
};
