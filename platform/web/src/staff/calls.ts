import { ref, shallowRef } from "vue";
import { ApiError, call } from "../api";
import { nextWait } from "../consult/consult";

/** Call is a conversation that waits for somebody of the staff to take it up. */
export interface Call {
  id: string;
  subject: string;
  /** waits is since when. */
  waits: string;
}

/** calls are those that the reader may take up, the longest waiting first. */
export const calls = shallowRef<Call[]>([]);
/** fresh is one that came a moment ago, until it is taken up or put away. */
export const fresh = shallowRef<Call>();

const QUIET = "staff-calls-quiet";
const HEARD = "staff-calls-heard";
const CHANNEL = "staff-calls";
/** EVERY is how often the platform is asked, in ms: little of the ten minutes in which somebody may be taken up. */
const EVERY = 15_000;

/** quiet tells that no sound is wanted, as was chosen in this browser. */
export const quiet = ref(localStorage.getItem(QUIET) === "1");

export function setQuiet(on: boolean): void {
  quiet.value = on;
  localStorage.setItem(QUIET, on ? "1" : "0");
}

/** arrived are the calls of a list that weren't heard yet; one that was handed over waits anew. */
export function arrived(heard: string[], now: Call[]): Call[] {
  return now.filter((c) => !heard.includes(c.id + c.waits));
}

function heard(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(HEARD) ?? "[]");
    return Array.isArray(list) ? list.filter((id) => typeof id === "string") : [];
  } catch {
    return []; // somebody else's words
  }
}

/** take shows a list of calls, and the last of those that came. */
function take(list: Call[], came?: Call): void {
  calls.value = list;
  if (came) fresh.value = came;
  else if (!list.some((c) => c.id === fresh.value?.id)) fresh.value = undefined;
}

let audio: AudioContext | undefined;

/** ring plays two soft notes, if the browser lets a page be heard that nobody touched yet. */
function ring(): void {
  if (quiet.value || typeof AudioContext === "undefined") return;
  audio ??= new AudioContext();
  void audio.resume().catch(() => {});
  const from = audio.currentTime;
  for (const [note, pitch] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, from + note * 0.18);
    volume.gain.exponentialRampToValueAtTime(0.08, from + note * 0.18 + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + note * 0.18 + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(from + note * 0.18);
    tone.stop(from + note * 0.18 + 0.32);
  }
}

/** hear takes an answer in and rings once for what is new in it. */
export function hear(list: Call[]): Call | undefined {
  const came = arrived(heard(), list).at(-1);
  localStorage.setItem(HEARD, JSON.stringify(list.map((c) => c.id + c.waits)));
  take(list, came);
  if (came) ring();
  return came;
}

const pause = (ms: number, end: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    end.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });

/** poll asks again and again, until end; each answer is told to the browser's other pages. */
async function poll(end: AbortSignal, tell: (list: Call[], came?: Call) => void): Promise<void> {
  let failed = 0;
  while (!end.aborted) {
    try {
      const got = await call<{ waiting: Call[] }>("GET", "/staff/conversations/waiting", {
        background: true,
        signal: end,
      });
      if (end.aborted) return;
      failed = 0;
      tell(got.waiting, hear(got.waiting));
      await pause(EVERY, end);
    } catch (err) {
      if (end.aborted || (err instanceof ApiError && (err.status === 401 || err.status === 403))) return;
      failed = nextWait(failed);
      await pause(failed, end);
    }
  }
}

/**
 * listen hears of calls until the answer is called. Of all pages of a browser
 * one asks and tells the others.
 */
export function listen(): () => void {
  const end = new AbortController();
  const { signal } = end;
  if (!navigator.locks || typeof BroadcastChannel === "undefined") {
    // Without https pages can't agree on one: each asks now and then.
    void poll(signal, () => {});
    return () => end.abort();
  }
  const others = new BroadcastChannel(CHANNEL);
  let leads = false;
  const say = () => others.postMessage({ list: calls.value });
  others.onmessage = ({ data }: MessageEvent<{ list?: Call[]; came?: Call; asks?: boolean }>) => {
    if (data.list) take(data.list, data.came);
    else if (data.asks && leads) say();
  };
  others.postMessage({ asks: true }); // what the page that leads knows already
  navigator.locks
    .request(CHANNEL, { signal }, () => {
      leads = true;
      return poll(signal, (list, came) => others.postMessage({ list, came }));
    })
    .catch(() => {}); // given up
  return () => {
    end.abort();
    others.close();
  };
}
