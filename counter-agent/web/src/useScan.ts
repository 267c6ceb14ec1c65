import type { TicketView } from "@smarthall/ui";
import { onUnmounted, ref } from "vue";
import { whyNotAsk } from "./actions";
import { type Next, nextStep } from "./scan";
import { t } from "./text";
import type { TheDesk } from "./useDesk";

/** Found is a ticket that was looked up, and what can be done with it here. */
export interface Found extends Next {
  ticket: TicketView;
  /** It was typed, not scanned. */
  typed: boolean;
}

/** The hall's word for a ticket that it doesn't have, or not today. */
const UNKNOWN = "ticket.unknown";

/** The lock that lets one page of this computer answer the scanner. */
const LOCK = "smarthall.scan";

/**
 * useScan takes a scanned paper to the next step of its visit. found is set
 * when that needs the clerk: to confirm the end, or to read where the visit is.
 * held tells why a scan can't be taken now, done is called after its step, and
 * cases takes the number of a case, which is the platform's; visits takes a
 * visit that is over here, whose case the platform finds by its label or ticket,
 * and tells whether it could.
 */
export function useScan(
  d: TheDesk,
  held: () => string = () => "",
  done: () => void = () => {},
  cases: (number: string) => void = (number) => d.say(t("counter.scan.case", { number })),
  visits: (visit: string, over: string) => boolean = () => false,
) {
  const found = ref<Found>();
  const end = answerAlone();
  let working = false;

  const off = d.client.on("code.scanned", async ({ text, kind, case: number, visit }) => {
    if (!(await end.mine()) || working) return;
    const why = held();
    if (why) return d.say(why, true);
    if (number && (kind === "case" || kind === "progress")) return cases(number);
    working = true;
    try {
      await scanned(text, visit);
    } finally {
      working = false;
    }
  });
  onUnmounted(() => {
    off();
    end.release();
  });

  async function scanned(text: string, visit = ""): Promise<void> {
    found.value = undefined;
    const next = await look(text, false);
    // Papers outlive their visit: another day's, and one that was finished.
    const gone = !next && d.refusal.value === UNKNOWN;
    if (visit && (gone || next?.ticket.state === "finished") && visits(visit, next?.text ?? "")) return;
    if (!next) return;
    if (next.step === "finish" || next.step === "tell") found.value = next;
    else if (await take(next)) done();
  }

  /** look finds a ticket by what was scanned or typed, and its next step here. */
  async function look(text: string, typed = true): Promise<Found | undefined> {
    const ticket = await d.find(text);
    const window = d.window.value;
    if (!ticket || !window) return undefined;
    // What was done while the hall was away it doesn't know yet.
    const kept = window.ticket?.id === ticket.id ? window.ticket : ticket;
    return { ticket: kept, typed, ...nextStep(kept, window, d.queue.value, signOf) };
  }

  function signOf(id: string): string {
    return d.hall.value?.briefs?.find((w) => w.id === id)?.number ?? id;
  }

  /** take does the next step and tells what was done. */
  async function take({ ticket, step, typed }: Found): Promise<boolean> {
    found.value = undefined;
    const number = ticket.number;
    switch (step) {
      case "call":
        return callAndReceive(ticket, typed);
      case "arrive":
        return (await d.act("arrive")) && told(t("counter.scan.received", { number }));
      case "finish":
        return d.act("finish");
      case "resume":
        return asks() && (await d.resume(ticket.id)) && told(t("counter.scan.resumed", { number }));
      case "rejoin":
        return rejoin(ticket, typed);
      default:
        return false;
    }
  }

  /** The citizen stands here: called by hand, and arrived at once. */
  async function callAndReceive(ticket: TicketView, typed: boolean): Promise<boolean> {
    const why = typed ? t("counter.find.reason") : t("counter.scan.reason");
    if (!asks() || !(await d.call(ticket.id, why))) return false;
    return (await d.arrive(ticket.id)) && told(t("counter.scan.received", { number: ticket.number }));
  }

  /** Who missed the call goes behind others again, unless there are none. */
  async function rejoin(ticket: TicketView, typed: boolean): Promise<boolean> {
    const alone = (d.queue.value?.total ?? 0) === 0 && !d.window.value?.ticket;
    if (!asks() || !(await d.rejoin(ticket.id))) return false;
    if (alone) return callAndReceive(ticket, typed);
    return told(t("counter.says.rejoined", { number: ticket.number }));
  }

  function asks(): boolean {
    const why = d.desk.value ? whyNotAsk(d.desk.value) : "";
    if (why) d.say(why, true);
    return why === "";
  }

  function told(text: string): true {
    d.say(text);
    return true;
  }

  return { found, look, take };
}

/** How long a page that was just opened may take to learn whether it is the one that answers, in milliseconds. */
const SETTLES = 300;

/**
 * answerAlone waits for its turn among the pages of one computer, so that a scan
 * isn't answered twice. Where browsers have no locks every page answers. A scan
 * that comes before the browser has said whose turn it is waits for that.
 */
function answerAlone() {
  const locks = globalThis.navigator?.locks;
  let turn = () => {};
  const granted = new Promise<true>((resolve) => {
    turn = () => resolve(true);
  });
  if (!locks) turn();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  locks
    ?.request(LOCK, () => {
      turn();
      return held;
    })
    .catch(turn);
  const settled = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), SETTLES));
  return { mine: () => Promise.race([granted, settled()]), release: () => release() };
}
