// A morning at a kiosk, for tests and pictures.
const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();

const service = (id, name, zone, waiting, openWindows, waitMinutes, extra = {}) => ({
  id,
  name,
  short: name.slice(0, 8),
  zone,
  waiting,
  openWindows,
  ...(waitMinutes === undefined ? {} : { waitMinutes }),
  available: true,
  longestWaitSeconds: waiting * 120,
  ...extra,
});

export const services = [
  service("license", "企业设立登记", "A", 6, 2, 18, {
    materials: ["法定代表人身份证", "住所使用证明", "公司章程"],
  }),
  service("tax", "发票领用与税务登记", "A", 2, 1, 9, { waitLow: 5, waitHigh: 10, placesLeft: 8 }),
  service("estate", "不动产转移登记", "A", 14, 3, 35),
  service("permit", "食品经营许可证核发", "A", 0, 1, 0),
  service("seal", "公章刻制备案", "A", 3, 0, undefined, { available: false, why: "窗口停用，今日不办理" }),
  service("social", "社会保险关系转移接续", "B", 8, 2, 24),
  service("medical", "医疗保险异地就医备案", "B", 1, 1, 5),
  service("passport", "普通护照签发", "C", 5, 0, undefined),
  service("permit-hk", "往来港澳通行证签发", "C", 11, 2, 30),
];

export function snapshot(extra = {}) {
  return {
    agent: "kiosk-1",
    role: "kiosk",
    name: "一楼大厅 1 号取号机",
    zone: "A",
    link: { online: true, since: at(-60) },
    devices: [
      {
        id: "printer",
        class: "printer",
        name: "热敏打印机",
        profile: "generic/escpos-80",
        state: "online",
        since: at(-60),
      },
      {
        id: "reader",
        class: "id-reader",
        name: "读卡器",
        profile: "generic/sam-v-serial",
        state: "online",
        since: at(-60),
      },
    ],
    hall: {
      hall: {
        name: "市民中心政务服务大厅",
        zones: [
          { id: "A", name: "综合服务区" },
          { id: "B", name: "社会保障区" },
          { id: "C", name: "公安出入境区" },
        ],
        priorities: [
          { id: "elderly", name: "长者优先", age: 70 },
          { id: "disabled", name: "残疾人优先", authorise: true },
          { id: "pregnant", name: "孕妇优先", authorise: true },
          { id: "child", name: "携带婴幼儿优先", authorise: true },
          { id: "serviceman", name: "军人优先", authorise: true },
          { id: "green", name: "绿色通道", authorise: true },
        ],
        tips: ["老年人、残疾人、孕妇可到咨询台办理优先"],
        day: "2026-11-23",
        timeZone: "Asia/Shanghai",
      },
      services,
    },
    idleSeconds: 45,
    ...extra,
  };
}

export const card = {
  session: "5f2c8a1e",
  kind: "citizen",
  kindName: "居民身份证",
  name: "王*",
  number: "3****************X",
  at: at(0),
};

export const ticket = (id) => ({
  id: "01JDB7ZK3R8Q4W2V5T6Y7N8M9P",
  number: "A012",
  service: id,
  serviceName: services.find((s) => s.id === id)?.name,
  state: "waiting",
  channel: "card",
  name: "王*",
  day: "2026-11-23",
  ahead: 6,
  waitMinutes: 18,
  takenAt: at(0),
  dueAt: at(20),
  windows: ["1", "2", "4"],
  url: "http://127.0.0.1:8080/t/01JDB7ZK3R8Q4W2V5T6Y7N8M9P",
});

export const appointment = (id, minutes, extra = {}) => ({
  id,
  code: "20613370",
  service: "social",
  serviceName: "社会保险关系转移接续",
  day: "2026-11-23",
  from: at(minutes),
  to: at(minutes + 30),
  name: "王*",
  via: "portal",
  state: "booked",
  checkInFrom: at(minutes - 30),
  checkInUntil: at(minutes + 40),
  ...extra,
});

/** held is a ticket that a person has already. */
export const held = (id, number, state, extra = {}) => ({
  ...ticket(id),
  id: `held-${number}`,
  number,
  state,
  ahead: 2,
  waitLow: 5,
  waitHigh: 10,
  allowed: state === "missed" ? ["rejoin", "cancel"] : ["call", "cancel"],
  ...extra,
});
