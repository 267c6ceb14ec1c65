import { ref, shallowRef } from "vue";
import { ApiError, call } from "../api";

/** State is where a conversation is on its way. */
export type State = "automatic" | "waiting" | "served" | "ended" | "written";

/** Link leads from a line to a page of the portal. */
export interface Link {
  title: string;
  path: string;
}

/** Line is one thing that was said. */
export interface Line {
  n: number;
  at: string;
  by: "asker" | "staff" | "automatic" | "platform" | "note";
  /** name is that of the member of staff, for staff alone. */
  name?: string;
  text: string;
  links?: Link[];
}

/** Conversation is a consultation in real time, with some of its lines. */
export interface Conversation {
  id: string;
  state: State;
  /** version counts what changed. */
  version: number;
  subject: string;
  organisation: string;
  organisationName: string;
  item?: string;
  itemName?: string;
  created: string;
  lines: Line[];
}

/** Service is when staff answers. */
export interface Service {
  open: boolean;
  hours: { from: string; to: string }[];
  next?: string;
}

/** Target is whose staff answers to a page. */
export interface Target extends Service {
  organisation: string;
  organisationName: string;
  item?: string;
  itemName?: string;
}

/** isOver tells whether nothing can be said any more. */
export const isOver = (state: State | undefined): boolean => state === "ended" || state === "written";

/** merged adds lines to those that are there: each once, in order. */
export function merged(old: Line[], fresh: Line[]): Line[] {
  const all = new Map(old.map((l) => [l.n, l]));
  for (const l of fresh) all.set(l.n, l);
  return [...all.values()].sort((a, b) => a.n - b.n);
}

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15_000;

/** nextWait is how many milliseconds after a failure one tries again, ever longer. */
export const nextWait = (last: number): number => Math.min(last ? last * 2 : FIRST_WAIT, LONGEST_WAIT);

/** isFinal tells that trying again is of no use. */
export const isFinal = (err: unknown): boolean =>
  err instanceof ApiError &&
  err.status >= 400 &&
  err.status < 500 &&
  err.status !== 429 &&
  err.status !== 408;

const POLL = 25;

/** useConversation follows a conversation below a path of the API until stop is called. */
export function useConversation<T extends Conversation>(root: string) {
  const talk = shallowRef<T>();
  const lines = shallowRef<Line[]>([]);
  /** away tells that the platform isn't reached, and what comes is late. */
  const away = ref(false);
  let following = 0;

  const current = () => talk.value;
  /** known is the last line that is here. */
  const known = () => lines.value[lines.value.length - 1]?.n ?? 0;

  /** take takes an answer in; of two the one with the later version is the conversation. */
  function take(got: T) {
    if (talk.value && talk.value.id !== got.id) return;
    lines.value = merged(lines.value, got.lines);
    if (!talk.value || got.version >= talk.value.version) talk.value = got;
  }

  /** follow shows another conversation, and goes on asking what is new in it. */
  async function follow(id: string, first?: T) {
    const mine = ++following;
    talk.value = undefined;
    lines.value = [];
    if (first) take(first);
    let wait = 0;
    while (mine === following && !isOver(current()?.state)) {
      try {
        const seconds = current() ? POLL : 0;
        const got = await call<T>(
          "GET",
          `${root}/${encodeURIComponent(id)}?after=${known()}&version=${current()?.version ?? 0}&wait=${seconds}`,
        );
        if (mine !== following) return;
        take(got);
        away.value = false;
        wait = 0;
      } catch (err) {
        if (mine !== following) return;
        if (isFinal(err)) throw err;
        away.value = true;
        wait = nextWait(wait);
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  /** stop follows nothing any more. */
  function stop() {
    following++;
    away.value = false;
  }

  return { talk, lines, away, known, take, follow, stop };
}
