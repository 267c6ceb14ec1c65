import {
  type Answer,
  agentStore,
  type Bodies,
  LinkClient,
  type MessageType,
  problemOf,
  put,
  type ReasonView,
  type TicketView,
  type TransferTicket,
} from "@smarthall/ui";
import { wordsOf } from "@smarthall/ui/problems";
import { computed, onUnmounted, reactive, ref, watch } from "vue";
import type { Desk, Verb } from "./actions";
import { whyNot, whyNotAsk } from "./actions";
import { queueBeside, withPending } from "./pending";
import { asked, given, missed, type Rating } from "./rating";
import { inView } from "./scan";
import { t } from "./text";

/** How long a notice stays, in milliseconds. */
const NOTICE = 8000;

/** The commands of the verbs that say no more than which ticket. */
const ticketCommand = {
  recall: "ticket.recall",
  arrive: "ticket.arrive",
  noShow: "ticket.noShow",
  putBack: "ticket.putBack",
  finish: "ticket.finish",
} as const;

/** The verbs that ask for something first: a text, a place, a choice. */
type Asking = "pause" | "transfer" | "park";

/** Transfer is where a ticket goes, without saying which. */
export type Transfer = Omit<TransferTicket, "ticket">;

/** useDesk is the clerk's desk: what the agent tells, and the verbs. */
export function useDesk(client = new LinkClient({ patience: 10_000 })) {
  const store = agentStore(client);
  const busy = ref<string>();
  /** refusal is why the last command was refused, by its code. */
  const refusal = ref("");
  const rating = ref<Rating>();
  const told = ref<ReasonView & { ticket: string }>();
  const notice = reactive({ text: "", alarm: false });
  const lastFinished = ref<TicketView>();

  const page = computed(() => store.page);
  const hall = computed(() => page.value?.hall);
  const known = computed(() => {
    const windows = hall.value?.windows ?? [];
    return windows.find((w) => w.id === page.value?.window) ?? windows[0];
  });
  const pending = computed(() => page.value?.pending?.actions ?? []);
  const refused = computed(() => page.value?.pending?.refused ?? []);
  /** The window as the clerk left it, whether or not the hall knows yet. */
  const window = computed(() => known.value && withPending(known.value, pending.value));
  const queue = computed(() => {
    const { queue } = hall.value ?? {};
    return queue && window.value ? queueBeside(queue, window.value, pending.value) : queue;
  });
  const online = computed(() => client.status.connected && page.value?.link.online === true);
  const desk = computed<Desk | undefined>(() =>
    window.value
      ? {
          window: window.value,
          queue: queue.value,
          online: online.value,
          agent: client.status.connected,
          pending: pending.value.length,
          busy: !!busy.value,
        }
      : undefined,
  );
  /** There is a printer for labels at this desk. */
  const labels = computed(() => (page.value?.devices ?? []).some((dev) => dev.class === "label-printer"));
  /** The printers of this desk that count how many tickets their roll is still good for. */
  const rolls = computed(() => (page.value?.devices ?? []).filter((dev) => dev.rollSince));
  /** Why the ticket in front was called. */
  const reason = computed<ReasonView | undefined>(() => {
    const ticket = window.value?.ticket;
    if (!ticket) return undefined;
    return told.value?.ticket === ticket.id ? told.value : queue.value?.reason;
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  function say(text: string, alarm = false): void {
    notice.text = text;
    notice.alarm = alarm;
    clearTimeout(timer);
    timer = setTimeout(() => {
      notice.text = "";
    }, NOTICE);
  }

  /** ask sends one command and waits; while it does, nothing else is sent. */
  async function ask<T extends MessageType>(
    name: string,
    type: T,
    body?: Bodies[T],
  ): Promise<Answer | undefined> {
    if (busy.value) return undefined;
    busy.value = name;
    refusal.value = "";
    try {
      const answer = await client.command(type, body);
      notice.text = "";
      return answer;
    } catch (err) {
      const problem = problemOf(err);
      refusal.value = problem.code;
      const away = problem.code === "page.closed" || problem.code === "link.away";
      say(wordsOf(problem, t(away ? "counter.says.away" : "counter.says.timeout")), true);
      return undefined;
    } finally {
      busy.value = undefined;
    }
  }

  /**
   * run does a command. The answer is taken over at once, the hall's own delta
   * then says the same.
   */
  async function run<T extends MessageType>(name: string, type: T, body?: Bodies[T]): Promise<boolean> {
    const answer = await ask(name, type, body);
    if (!answer) return false;
    take(answer);
    if (answer.none) say(t("counter.says.none"));
    else if (pending.value.length > 0) say(t("counter.says.kept"));
    return true;
  }

  function take(answer: Answer): void {
    const hall = store.page?.hall;
    if (!hall || !known.value) return;
    const own = answer.window?.id === known.value.id ? answer.window : withTicket(answer.ticket);
    if (own) hall.windows = put(hall.windows ?? [], own, (w) => w.id === own.id);
    if (answer.reason && answer.ticket) told.value = { ...answer.reason, ticket: answer.ticket.id };
  }

  /** withTicket is the window with what became of a ticket, if it is in front now or was. */
  function withTicket(ticket: TicketView | undefined) {
    const own = known.value;
    if (!ticket || !own) return undefined;
    const active = ticket.state === "called" || ticket.state === "serving";
    if (active && (ticket.window ?? own.id) === own.id) return { ...own, state: "serving" as const, ticket };
    return own.ticket?.id === ticket.id ? { ...own, state: "idle" as const, ticket: undefined } : undefined;
  }

  /** may tells whether a verb is open, and tells the clerk why not. */
  function may(verb: Verb): boolean {
    if (!desk.value) return false;
    const why = whyNot(verb, desk.value);
    if (why && !busy.value) say(why);
    return why === "";
  }

  async function act(verb: Exclude<Verb, Asking>): Promise<boolean> {
    if (!may(verb)) return false;
    const ticket = window.value?.ticket;
    if (verb === "next") return run(verb, "window.callNext");
    if (verb === "continue") return run(verb, "window.continue");
    if (!ticket) return false;
    if (verb === "finish") lastFinished.value = ticket;
    return run(verb, ticketCommand[verb], { ticket: ticket.id });
  }

  /** free resolves once nothing is on its way. */
  function free(): Promise<void> {
    return new Promise((done) => {
      const stop = watch(busy, (now) => {
        if (now) return;
        stop();
        done();
      });
    });
  }

  /** signIn waits for what the last clerk did: her signing out may show here before its answer. */
  const signIn = async (staff: string, password: string) => {
    if (busy.value) await free();
    return run("signIn", "window.signIn", { staff, password });
  };
  const signOut = () => run("signOut", "window.signOut");
  const pause = (text: string) => run("pause", "window.pause", { text });
  const call = (ticket: string, why: string) => run("call", "window.call", { ticket, reason: why });
  const arrive = (ticket: string) => run("arrive", "ticket.arrive", { ticket });
  const transfer = (ticket: string, to: Transfer) => run("transfer", "ticket.transfer", { ticket, ...to });
  const park = (ticket: string, why: string, minutes: number) =>
    run("park", "ticket.park", { ticket, reason: why, minutes });
  const resume = (ticket: string, back = false) =>
    run(back ? "back" : "resume", "ticket.resume", back ? { ticket, back } : { ticket });
  const note = (ticket: string, text: string) => run("note", "ticket.note", { ticket, text });
  const rejoin = (ticket: string) => run("rejoin", "ticket.rejoin", { ticket });
  const reprint = (ticket: string, kiosk = "") => run("reprint", "ticket.reprint", { ticket, kiosk });
  const printLabel = async (ticket: string, number = "") =>
    (await ask("label", "label.print", { ticket, ...(number ? { case: number } : {}) })) !== undefined;
  const newRoll = async (device: string) => (await ask("roll", "roll.new", { device })) !== undefined;
  const askAgain = (ticket: string) => run("rating", "rating.ask", { ticket });
  const clearRefused = () => ask("clear", "pending.clear");

  /** find looks a ticket up by what its paper says; without the hall only among those on the page. */
  async function find(text: string): Promise<TicketView | undefined> {
    if (!desk.value || !window.value) return undefined;
    if (online.value) return (await ask("find", "ticket.find", { text }))?.ticket;
    const found = inView(text, window.value, queue.value);
    if (!found) say(whyNotAsk(desk.value), true);
    return found;
  }

  client.on("rating.asked", (body) => {
    rating.value = asked({ ...body, number: body.number || numberOf(body.ticket) });
  });
  client.on("rating.given", (body) => {
    rating.value = given(rating.value, body);
  });
  client.on("rating.missed", (body) => {
    rating.value = missed(rating.value, body, numberOf(body.ticket));
  });
  client.on("card.failed", (body) => say(body.detail, true));

  function numberOf(ticket: string): string {
    return lastFinished.value?.id === ticket ? lastFinished.value.number : "";
  }

  client.connect();
  onUnmounted(() => {
    clearTimeout(timer);
    client.close();
  });

  const state = {
    page,
    hall,
    labels,
    rolls,
    window,
    queue,
    online,
    desk,
    busy,
    rating,
    reason,
    notice,
    pending,
    refused,
    refusal,
  };
  const visits = { call, arrive, transfer, park, resume, note, rejoin, reprint, printLabel, newRoll, find };
  return { client, ...state, ...visits, may, act, signIn, signOut, pause, askAgain, clearRefused, say };
}

/** TheDesk is what useDesk gives. */
export type TheDesk = ReturnType<typeof useDesk>;
