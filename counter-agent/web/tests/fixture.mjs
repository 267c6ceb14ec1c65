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
  ticket("B013", 24, { name: "张*", priority: "elderly", slotAt: at(-300) }),
  ticket("B014", 17, { name: "欧阳*", channel: "phone", phone: "138****5678", reservedFor: "3" }),
  ticket("M006", 12, {
    name: "",
    phone: "139****0042",
    channel: "phone",
    service: "medical",
    serviceName: "医疗保险异地就医备案",
  }),
  ticket("B015", 9, { name: "刘*", notBefore: at(420), silent: true, rejoins: 1 }),
  ticket("M007", 4, { name: "陈*", service: "medical", serviceName: "医疗保险异地就医备案" }),
  ticket("B016", 1, { name: "赵*", offline: true, number: "LA016" }),
];

export const missed = [ticket("B009", 41, { state: "missed", name: "孙*" })];

export const parked = [
  ticket("B010", 52, {
    state: "parked",
    name: "周*",
    parked: "去复印材料",
    until: at(-60),
    startedAt: at(-1500),
  }),
  ticket("M004", 48, {
    state: "parked",
    name: "吴*",
    parked: "等待核实",
    until: at(900),
    startedAt: at(-900),
  }),
];

export function queue(extra = {}) {
  return {
    waiting,
    total: 8,
    missed,
    parked,
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
    strategy: "due-date",
    strategyText: "按应办时间",
    ...extra,
  };
}

export const called = (seconds = 32) =>
  ticket("B012", 26, { state: "called", calledAt: at(-seconds), window: "3", recalls: 1 });
export const serving = (seconds = 391) =>
  ticket("B012", 26, { state: "serving", calledAt: at(-seconds - 40), startedAt: at(-seconds), window: "3" });

const service = (id, name, short, windows, openWindows) => ({
  id,
  name,
  short,
  zone: "B",
  waiting: 2,
  openWindows,
  available: true,
  longestWaitSeconds: 60,
  windows,
});

const brief = (id, name, services, state, extra = {}) => ({
  id,
  number: id,
  name,
  services,
  state,
  ...extra,
});

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
        priorities: [{ id: "elderly", name: "长者优先", age: 70 }],
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
          windows: ["3", "7"],
        },
        service("medical", "医疗保险异地就医备案", "医保", ["3", "9"], 1),
        service("real-estate", "不动产登记", "不动产", ["5", "6"], 2),
        service("id-card", "居民身份证补领换领", "身份证", ["10a", "10b"], 0),
      ],
      briefs: [
        brief("3", "社会保险", ["social", "medical"], "idle"),
        brief("5", "不动产登记", ["real-estate"], "serving"),
        brief("6", "不动产登记", ["real-estate"], "idle"),
        brief("7", "社会保险", ["social"], "signed-out"),
        brief("9", "医疗保险", ["medical"], "idle"),
        brief("10a", "户政", ["id-card"], "paused", { number: "10", post: 1 }),
        brief("10b", "户政", ["id-card"], "signed-out", { number: "10", post: 2 }),
        brief("12", "备用", ["social"], "signed-out", { disabled: true }),
      ],
      kiosks: [
        { id: "kiosk-1", name: "1 号取号机", place: "一楼正门" },
        { id: "kiosk-2", name: "2 号取号机", place: "一楼东侧" },
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

/** full is a desk that has everything: second screen, label printer, platform, notes, and what extra changes. */
export function full(win, extra = {}) {
  const base = snapshot(win);
  const device = (id, kind, name, profile, state = "online") => ({
    id,
    class: kind,
    name,
    profile,
    state,
    since: at(-3600),
  });
  base.devices.push(
    device("label", "label-printer", "标签打印机", "generic/tspl-203"),
    device("camera", "camera", "高拍仪", "generic/document-camera"),
    device("screen", "pad", "评价屏", "generic/web-pad", extra.pad === "away" ? "offline" : "online"),
  );
  base.hall.hall.platform = { pages: "https://zwfw.example.cn", hall: "center" };
  base.hall.hall.pauses = ["暂离窗口，请稍候", "工间休息", "设备检修", "交接班"];
  base.hall.queue = queue({
    day: {
      longestServiceSeconds: 1290,
      meanWaitSeconds: 840,
      rated: 9,
      satisfied: 9,
      missed: 1,
      parked: 2,
    },
    notes: win.ticket
      ? [{ window: "2", clerk: "王*", text: "原件已核对，缺银行卡复印件", at: at(-700) }]
      : [],
  });
  if (extra.card) base.card = extra.card;
  if (extra.away) base.link = { online: false, since: at(-20) };
  base.pending = { actions: extra.actions, refused: extra.refused };
  return base;
}

export const tooSoon = {
  status: 409,
  code: "ticket.recall-too-soon",
  detail: "刚刚叫过 B012，请 8 秒后再重呼",
  state: "called",
};

export const refused = [
  { type: "ticket.arrive", ticket: "t", number: "B011", detail: "B011 号现在是“已过号”" },
];

export const actions = [
  { id: "1", type: "ticket.arrive", ticket: "a", number: "B012", at: at(-90) },
  { id: "2", type: "ticket.finish", ticket: "a", number: "B012", at: at(-30) },
];

export const pages = (n) =>
  Array.from({ length: n }, (_, i) => ({
    id: `p${i + 1}`,
    from: i === 0 ? "camera" : "phone",
    rev: 1,
    state: "ready",
    look: "colour",
    corners: [
      { x: 0.08, y: 0.06 },
      { x: 0.93, y: 0.05 },
      { x: 0.95, y: 0.94 },
      { x: 0.06, y: 0.95 },
    ],
  }));

export const phone = {
  url: "http://10.1.2.3:8080/u/abc",
  until: at(600),
  pictures: 1,
};

export const documents = [
  { id: "d1", name: "本人身份证", kind: "material", stored: at(-60), pages: 2 },
  { id: "d2", name: "转移接续申请表", kind: "material", stored: at(-40), pages: 1 },
];

export function papers(id, { documents: known = [], ...extra } = {}) {
  return {
    ticket: id,
    pages: [],
    camera: true,
    scanner: true,
    documents: known.map((doc) => ({ ...doc, ticket: id })),
    ...extra,
  };
}

/** intake answers what a window asks about applications that are received while the platform is away. */
export function intake(request) {
  const path = new URL(request.url()).pathname;
  if (path.endsWith("/items"))
    return {
      items: [
        { id: "i1", name: "城镇职工基本养老保险关系转移接续", fits: true },
        { id: "i2", name: "灵活就业人员参保登记", fits: true },
        { id: "i3", name: "异地就医备案", fits: false },
      ],
    };
  if (path.endsWith("/outcome")) {
    const { answers } = JSON.parse(request.postData());
    if (!answers.who)
      return {
        materials: [],
        next: {
          id: "who",
          text: "谁来申请？",
          options: [
            { id: "self", text: "本人" },
            { id: "agent", text: "受委托人" },
          ],
        },
      };
    return {
      materials: [
        { id: "m1", name: "本人身份证", note: "原件" },
        { id: "m2", name: "参保缴费凭证" },
        { id: "m3", name: "转移接续申请表", note: "须本人签字" },
      ],
    };
  }
  const one = (number, state, extra = {}) => ({
    id: number,
    number,
    itemName: "城镇职工基本养老保险关系转移接续",
    ticketNumber: "B008",
    made: at(-4000),
    name: "李*",
    materials: [],
    files: [],
    state,
    ...extra,
  });
  return {
    linked: false,
    left: 7,
    low: true,
    intakes: [
      one("LX-2026-000012", "waiting", {
        files: [{ document: "d1", material: "m1", state: "waiting" }],
      }),
      one("LX-2026-000011", "refused", { detail: "身份证号码与姓名不一致" }),
      one("LX-2026-000010", "taken"),
    ],
  };
}
