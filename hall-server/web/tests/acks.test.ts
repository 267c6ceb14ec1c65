import type { CallAck, CallView } from "@smarthall/ui";
import { describe, expect, test } from "vitest";
import { ACK_WAIT, acksOf } from "../src/acks";
import { board, now } from "./fixtures";

const ack = (channel: CallAck["channel"], device: string, failed?: string): CallAck => ({
  call: "c",
  channel,
  device,
  failed,
  at: new Date(now).toISOString(),
});

function call(acks: CallAck[], over: Partial<CallView> = {}): CallView {
  return {
    ...(board().calls?.[0] as CallView),
    at: new Date(now).toISOString(),
    acks,
    ended: false,
    ...over,
  };
}

test("a channel that a call doesn't use is not waited for", () => {
  const quiet = call([ack("board", "board")], { channels: ["board", "led"] });
  expect(acksOf(quiet, now).map((a) => `${a.channel} ${a.state}`)).toEqual(["board shown", "led awaited"]);
  expect(acksOf(call([], { channels: [] }), now)).toEqual([]);
});

describe("whether a call reached people", () => {
  const cases: { name: string; call: CallView; later?: number; want: string[] }[] = [
    {
      name: "just called: every channel is awaited",
      call: call([]),
      want: ["awaited", "awaited", "awaited", "awaited"],
    },
    {
      name: "a channel that stays silent is told so",
      call: call([ack("board", "board")]),
      later: ACK_WAIT,
      want: ["shown", "silent", "silent", "silent"],
    },
    {
      name: "nothing is awaited of a call that is over",
      call: call([], { ended: true }),
      want: ["silent", "silent", "silent", "silent"],
    },
    {
      name: "one failed screen outweighs another that worked",
      call: call([ack("board", "board"), ack("board", "board-A", "屏幕已关闭"), ack("voice", "board")]),
      want: ["failed", "awaited", "awaited", "shown"],
    },
  ];
  for (const c of cases) {
    test(c.name, () => expect(acksOf(c.call, now + (c.later ?? 0)).map((a) => a.state)).toEqual(c.want));
  }
});

test("a failure keeps its reason", () => {
  const [, , led] = acksOf(call([ack("led", "strip-3", "条屏未连接")]), now);
  expect(led).toEqual({ channel: "led", state: "failed", why: "条屏未连接" });
});
