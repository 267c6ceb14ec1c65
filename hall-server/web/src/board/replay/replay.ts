import { reactive } from "vue";
import { ApiError, call } from "../../api";
import { type Live, nothingYet } from "../../live";
import type { Alarm, Day, Frame } from "../types";

/** Replay is a past time of the hall on the board. */
export interface Replay {
  on: boolean;
  /** days can be replayed, the newest first; day is the one shown. */
  days: string[];
  day: string;
  /** from, to and at are the hall's clock, in milliseconds. */
  from: number;
  to: number;
  at: number;
  speed: number;
  playing: boolean;
  /** live is the board as it was, once the first frame is here. */
  live: Live;
  alarms: Alarm[];
  /** marks are all alarms of the day. */
  marks: Alarm[];
  /** trouble says why there is nothing to see. */
  trouble: string;
}

/** SPEEDS are how much faster than the clock a replay may go. */
export const SPEEDS = [1, 5, 15, 60];

/** BACK is how far before the end a replay begins, in milliseconds. */
const BACK = 15 * 60_000;

/** LEAD is how much before an alarm the jump to it lands. */
const LEAD = 10_000;

/**
 * lines are the complete lines of a stream of text, one after the other; the end
 * of the stream ends the last one.
 */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const parts = rest.split("\n");
      rest = parts.pop() ?? "";
      yield* parts.filter(Boolean);
      if (done) break;
    }
    if (rest) yield rest;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** show puts a frame on the board; the plan came with the first one. */
export function show(replay: Replay, frame: Frame): void {
  replay.at = Date.parse(frame.at);
  if (frame.board) {
    const plan = replay.live.board?.hall.plan;
    replay.live.board = {
      ...frame.board,
      hall: { ...frame.board.hall, plan: frame.board.hall.plan ?? plan },
    };
    replay.live.totalsAt = replay.at;
    replay.live.serviceAt = Object.fromEntries((frame.board.services ?? []).map((s) => [s.id, replay.at]));
  }
  if (frame.alarms) replay.alarms = frame.alarms;
  if (frame.end) replay.playing = false;
}

/** openReplay makes a replay that is off; its functions turn it on, steer and end it. */
export function openReplay(ask: typeof call = call) {
  const replay = reactive<Replay>({
    on: false,
    days: [],
    day: "",
    from: 0,
    to: 0,
    at: 0,
    speed: 5,
    playing: false,
    live: nothingYet(),
    alarms: [],
    marks: [],
    trouble: "",
  });
  let stream: AbortController | undefined;

  /** run streams from at on; without play it is one frame. */
  async function run(at: number, play: boolean): Promise<void> {
    stream?.abort();
    const mine = new AbortController();
    stream = mine;
    replay.at = Math.min(Math.max(at, replay.from), replay.to);
    replay.playing = play;
    replay.trouble = "";
    const query = `from=${encodeURIComponent(new Date(replay.at).toISOString())}&speed=${play ? replay.speed : 0}`;
    try {
      const answer = await ask(`/board/replay?${query}`, { signal: mine.signal });
      if (!answer.body) return;
      for await (const line of lines(answer.body)) {
        if (stream !== mine) return;
        const frame = JSON.parse(line) as Frame;
        show(replay, play ? frame : { ...frame, end: false });
      }
      if (stream === mine) replay.playing = false;
    } catch (err) {
      if (stream !== mine) return; // somebody steered
      replay.playing = false;
      replay.trouble = err instanceof ApiError ? err.message : "";
    }
  }

  /** openDay shows day near its end, or at its beginning. */
  async function openDay(day: string, atEnd: boolean): Promise<void> {
    const d = (await (await ask(`/board/days/${encodeURIComponent(day)}`)).json()) as Day;
    replay.day = day;
    replay.from = Date.parse(d.from);
    replay.to = Date.parse(d.to);
    replay.marks = d.alarms;
    replay.live.board = undefined;
    replay.alarms = [];
    await run(atEnd ? replay.to - BACK : replay.from, true);
  }

  return {
    replay,
    async open(): Promise<void> {
      replay.on = true;
      replay.trouble = "";
      try {
        replay.days = ((await (await ask("/board/days")).json()) as { days: string[] }).days;
        const [latest] = replay.days;
        if (latest) await openDay(latest, true);
      } catch (err) {
        replay.trouble = err instanceof Error ? err.message : "";
      }
    },
    async day(day: string): Promise<void> {
      try {
        await openDay(day, false);
      } catch (err) {
        replay.trouble = err instanceof Error ? err.message : "";
      }
    },
    seek: (at: number) => run(at, replay.playing),
    play: () => run(replay.at >= replay.to ? replay.from : replay.at, true),
    pause: () => run(replay.at, false),
    speed(n: number): Promise<void> {
      replay.speed = n;
      return replay.playing ? run(replay.at, true) : Promise.resolve();
    },
    /** nextAlarm goes to where the next alarm began. */
    nextAlarm(): Promise<void> {
      const next = replay.marks.map((a) => Date.parse(a.since)).find((at) => at - LEAD > replay.at + 1000);
      return next === undefined ? Promise.resolve() : run(next - LEAD, replay.playing);
    },
    close(): void {
      stream?.abort();
      stream = undefined;
      replay.on = false;
      replay.playing = false;
      replay.live.board = undefined;
    },
  };
}

export type Replayer = ReturnType<typeof openReplay>;
