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
} from "@smarthall/ui";
import { computed, onUnmounted, reactive, ref } from "vue";
import type { Desk, Verb } from "./actions";
import { whyNot } from "./actions";
import { asked, given, missed, type Rating } from "./rating";
import { t } from "./text";

/** How long a notice stays, in milliseconds. */
const NOTICE = 8000;

/** The commands of the verbs that name the ticket in front. */
const ticketCommand = {
  recall: "ticket.recall",
  arrive: "ticket.arrive",
  noShow: "ticket.noShow",
  putBack: "ticket.putBack",
  finish: "ticket.finish",
} as const;

/** useDesk is the clerk's desk: what the agent tells, and the verbs. */
export function useDesk(client = new LinkClient({ patience: 10_000 })) {
  const store = agentStore(client);
  const busy = ref<string>();
  const rating = ref<Rating>();
  const reason = ref<ReasonView & { ticket: string }>();
  const notice = reactive({ text: "", alarm: false });
  const lastFinished = ref<TicketView>();

  const page = computed(() => store.page);
  const windows = computed(() => page.value?.hall?.windows ?? []);
  const window = computed(() => windows.value.find((w) => w.id === page.value?.window) ?? windows.value[0]);
  const queue = computed(() => page.value?.hall?.queue);
  const online = computed(() => client.status.connected && page.value?.link.online === true);
  const desk = computed<Desk | undefined>(() =>
    window.value
      ? { window: window.value, queue: queue.value, online: online.value, busy: !!busy.value }
      : undefined,
  );

  let timer: ReturnType<typeof setTimeout> | undefined;
  function say(text: string, alarm = false): void {
    notice.text = text;
    notice.alarm = alarm;
    clearTimeout(timer);
    timer = setTimeout(() => {
      notice.text = "";
    }, NOTICE);
  }

  /**
   * run sends one command and waits; while it does, nothing else is sent. The
   * answer is taken over at once, the hall's own delta then says the same.
   */
  async function run<T extends MessageType>(name: string, type: T, body?: Bodies[T]): Promise<boolean> {
    if (busy.value) return false;
    busy.value = name;
    try {
      const answer = await client.command(type, body);
      take(answer);
      notice.text = "";
      if (answer.none) say(t("counter.says.none"));
      return true;
    } catch (err) {
      const problem = problemOf(err);
      const away = problem.code === "page.closed" || problem.code === "link.away";
      say(problem.detail || t(away ? "counter.says.away" : "counter.says.timeout"), true);
      return false;
    } finally {
      busy.value = undefined;
    }
  }

  function take(answer: Answer): void {
    const hall = store.page?.hall;
    if (!hall || !window.value) return;
    const own = answer.window ?? withTicket(answer.ticket);
    if (own) hall.windows = put(hall.windows ?? [], own, (w) => w.id === own.id);
    if (answer.reason && answer.ticket) reason.value = { ...answer.reason, ticket: answer.ticket.id };
  }

  function withTicket(ticket: TicketView | undefined) {
    if (!ticket || !window.value) return undefined;
    const here = ticket.state === "called" || ticket.state === "serving";
    return {
      ...window.value,
      state: here ? ("serving" as const) : ("idle" as const),
      ticket: here ? ticket : undefined,
    };
  }

  async function act(verb: Verb): Promise<void> {
    if (!desk.value || verb === "pause") return;
    const why = whyNot(verb, desk.value);
    if (why) {
      if (!busy.value) say(why);
      return;
    }
    const ticket = window.value?.ticket;
    if (verb === "next") await run(verb, "window.callNext");
    else if (verb === "continue") await run(verb, "window.continue");
    else if (ticket) {
      if (verb === "finish") lastFinished.value = ticket;
      await run(verb, ticketCommand[verb], { ticket: ticket.id });
    }
  }

  const signIn = (staff: string, password: string) => run("signIn", "window.signIn", { staff, password });
  const signOut = () => run("signOut", "window.signOut");
  const pause = (text: string) => run("pause", "window.pause", { text });
  const call = (ticket: string, why: string) => run("call", "window.call", { ticket, reason: why });
  const askAgain = (ticket: string) => run("rating", "rating.ask", { ticket });

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

  const acts = { act, signIn, signOut, pause, call, askAgain, say };
  return { client, page, window, queue, online, desk, busy, rating, reason, notice, ...acts };
}
