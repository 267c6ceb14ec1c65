import type { AppointmentView, TicketView } from "@smarthall/ui";
import { expect, test, vi } from "vitest";
import {
  countsOf,
  Desk,
  dayAfter,
  filtered,
  momentOf,
  type Remote,
  template,
  viaWord,
} from "../src/admin/appointments";
import { ApiError } from "../src/api";

const booked = (over: Partial<AppointmentView> = {}): AppointmentView => ({
  id: "p-1",
  service: "tax",
  serviceName: "涉税业务办理",
  day: "2026-11-23",
  from: "2026-11-23T10:30:00+08:00",
  to: "2026-11-23T11:00:00+08:00",
  name: "王*",
  state: "booked",
  checkInFrom: "2026-11-23T10:00:00+08:00",
  checkInUntil: "2026-11-23T11:10:00+08:00",
  ...over,
});

const list = [
  booked(),
  booked({ id: "p-2", state: "missed" }),
  booked({ id: "p-3", state: "missed", service: "id-card" }),
  booked({ id: "p-4", state: "unserved" }),
];

test("states are counted for the service that is looked at", () => {
  expect(countsOf(list, "")).toMatchObject({ booked: 1, missed: 2, unserved: 1, served: 0 });
  expect(countsOf(list, "id-card")).toMatchObject({ booked: 0, missed: 1 });
});

test("a filter narrows by state and service together", () => {
  expect(filtered(list, { state: "missed", service: "tax" }).map((a) => a.id)).toEqual(["p-2"]);
  expect(filtered(list, { state: "", service: "" })).toHaveLength(4);
});

test("check-in is early, due or late by the hall's clock", () => {
  const at = (time: string) => momentOf(booked(), Date.parse(`2026-11-23T${time}+08:00`));
  expect([at("09:59:59"), at("10:00:00"), at("11:10:00"), at("11:10:01")]).toEqual([
    "early",
    "due",
    "due",
    "late",
  ]);
});

test("the days after the open one cross months and years", () => {
  expect(dayAfter("2026-11-30", 1)).toBe("2026-12-01");
  expect(dayAfter("2026-12-31", 2)).toBe("2027-01-02");
});

test("the template has the head line that the hall-server reads, marked for Excel", () => {
  expect(template()).toBe("\ufeff预约编号,预约码,业务,日期,开始,结束,姓名,身份证号,手机号,渠道,取消\r\n");
});

function desk(remote: Partial<Remote>) {
  const changed = vi.fn();
  const signedOut = vi.fn();
  const refuse = async () => {
    throw new ApiError(500, "没有这样的请求");
  };
  const all: Remote = { checkIn: refuse, cancel: refuse, import: refuse, ...remote };
  return { desk: new Desk(changed, all, signedOut), changed, signedOut };
}

test("a check-in tells the number and asks for the list again", async () => {
  const { desk: d, changed } = desk({ checkIn: async () => ({ number: "C012" }) as TicketView });
  await d.checkIn(booked());
  expect(d.state).toMatchObject({ busy: false, done: "已为 王* 签到，号码 C012", failure: "" });
  expect(changed).toHaveBeenCalledOnce();
});

test("a refused file shows its mistakes by line, until the next one", async () => {
  const mistakes = [{ line: 3, message: '没有业务 "x"' }];
  const importing = vi
    .fn<Remote["import"]>()
    .mockRejectedValueOnce(new ApiError(422, "预约文件有误，没有导入任何一行", mistakes))
    .mockResolvedValueOnce(7);
  const { desk: d } = desk({ import: importing });
  await d.import(new Blob(["…"]));
  expect(d.state).toMatchObject({
    about: "file",
    failure: "预约文件有误，没有导入任何一行",
    mistakes,
    done: "",
  });
  await d.import(new Blob(["…"]));
  expect(d.state).toMatchObject({ failure: "", mistakes: [], done: "已导入 7 条预约" });
});

test("what was said of one day is not said of the next", async () => {
  const { desk: d } = desk({ cancel: async () => {} });
  await d.cancel(booked(), "");
  d.clear();
  expect(d.state).toMatchObject({ about: "visit", done: "", failure: "", mistakes: [] });
});

test("a channel is told in words if it is known", () => {
  expect([viaWord("wechat"), viaWord("邮局"), viaWord()]).toEqual(["微信", "邮局", ""]);
});

test("one thing at a time: a second click does nothing", async () => {
  let end: () => void = () => {};
  const cancel = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
  const { desk: d } = desk({ cancel });
  const first = d.cancel(booked(), "来电取消");
  await d.cancel(booked(), "来电取消");
  end();
  await first;
  expect(cancel.mock.calls).toEqual([["p-1", "来电取消"]]);
  expect(d.state.done).toBe("已取消 王* 的预约");
});

test("whoever was signed out is led to the sign-in, and one who is away told so", async () => {
  const { desk: d, signedOut } = desk({
    checkIn: async () => {
      throw new ApiError(401, "请先登录");
    },
    import: async () => {
      throw new TypeError("no network");
    },
  });
  await d.checkIn(booked());
  expect(signedOut).toHaveBeenCalledOnce();
  await d.import(new Blob([]));
  expect(d.state.failure).toBe("无法连接大厅服务器，请检查网络后重试");
});
