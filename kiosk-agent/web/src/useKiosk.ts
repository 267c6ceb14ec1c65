import {
  agentStore,
  type Bodies,
  type CardRead,
  LinkClient,
  type Problem,
  problemOf,
  type TakeForSession,
} from "@smarthall/ui";
import { computed, onUnmounted, ref } from "vue";
import { type Flow, type Happening, next, type Outcome, type Step, start } from "./flow";
import { entries } from "./home";

/** How often deadlines are looked at, in milliseconds. */
const TICK = 250;

/** IDLE is used until the agent has told its own idle time. */
const IDLE = 45_000;

/** The longest code that a scanner may read. */
const SCAN_LENGTH = 64;

/** Where nobody has begun anything that a scanned case would end. */
const NOTHING_YET: Step[] = ["home", "guide", "phone", "code", "visits"];

const away: Problem = { status: 503, code: "link.away", detail: "" };

/**
 * useKiosk joins the flow to the agent: what the agent reports happens to the
 * flow, and what the flow needs done is asked of the agent.
 */
export function useKiosk(client = new LinkClient()) {
  const store = agentStore(client);
  const flow = ref<Flow>(start());
  const now = ref(Date.now());

  const idle = computed(() => (store.page?.idleSeconds ?? 0) * 1000 || IDLE);
  const online = computed(
    () => client.status.connected && store.page?.link.online === true && !!store.page.hall,
  );
  /** The hall is away, and the machine gives tickets of its own. */
  const alone = computed(() => {
    const link = store.page?.link;
    return (
      client.status.connected && !link?.online && link?.offline?.available === true && !!store.page?.hall
    );
  });
  /** Why there are no tickets while the hall is away; empty if the agent didn't say. */
  const why = computed(() => (online.value ? "" : (store.page?.link.offline?.why ?? "")));

  // The session of the card that was seen last: a snapshot repeats it after
  // every reconnect, and names another if a card was laid meanwhile.
  let seen = "";
  /** forget has the agent forget who was here, but for a card that is only now on its way to the page. */
  const forget = () => client.send("session.clear", { session: seen });

  /** labelled is the label of a visit that was scanned: of one that is over the cases may still be there. */
  let labelled: { text: string; visit: string } | undefined;
  function happen(event: Happening): void {
    const before = flow.value;
    const after = next(before, event, Date.now(), idle.value);
    flow.value = after;
    if (after.step !== "home" || before.step === "home") return;
    forget();
    labelled = undefined;
    // The browser lists what was asked for: her session, and codes that lead to her case.
    performance.clearResourceTimings?.();
  }

  /** who names the person to the agent, which alone knows her. */
  function who(): { session?: string; phone?: string } {
    const { card, phone } = flow.value;
    if (card) return { session: card.session };
    return phone ? { phone } : {};
  }

  let lookups = 0;
  /** look asks what the person, or whoever holds the code, has here today. */
  async function look(code?: string): Promise<void> {
    happen({ type: "look", code });
    await lookUp();
  }
  async function lookUp(): Promise<void> {
    if (flow.value.step !== "looking") return;
    const n = ++lookups;
    const answer = (event: Happening) => n === lookups && happen(event);
    if (!online.value) return void answer({ type: "unfound", problem: away });
    try {
      const code = flow.value.code ? { code: flow.value.code } : {};
      const found = (await client.command("visits.find", { ...who(), ...code })).visits;
      const visits = { appointments: found?.appointments ?? [], tickets: found?.tickets ?? [] };
      const over = visits.appointments.length + visits.tickets.length === 0;
      const label = labelled?.text === flow.value.code ? labelled?.visit : "";
      if (n === lookups && over && label && !flow.value.card && showsCases()) return enterCase(label);
      answer({ type: "found", visits });
    } catch (err) {
      answer({ type: "unfound", problem: problemOf(err) });
    }
  }

  /** classNeedsStaff tells whether somebody has to vouch for the class asked for. */
  function classNeedsStaff(): boolean {
    const { priority, card } = flow.value;
    const view = store.page?.hall?.hall.priorities?.find((p) => p.id === priority);
    return view !== undefined && (view.authorise === true || (!!view.age && !card));
  }

  /** take takes a ticket of the service, by way of the staff page if that is needed. */
  async function take(service: string): Promise<void> {
    if (flow.value.taking) return;
    const { step, priority, silent } = flow.value;
    if (step !== "staff" && classNeedsStaff()) return happen({ type: "vouch", service });
    const staff = step === "staff" ? flow.value.staff : undefined;
    const body: TakeForSession = { service, ...who() };
    if (priority) body.priority = priority;
    if (staff) body.authoriser = { staff: staff.account, password: staff.password };
    if (silent) body.silent = true;
    happen({ type: "take", service });
    await done(() => client.command("ticket.take", body), "taken");
  }

  /** checkIn takes the ticket of an appointment; asked again it is the same. */
  async function checkIn(appointment: string): Promise<void> {
    if (flow.value.taking) return;
    happen({ type: "take", service: appointment });
    await done(() => client.command("appointment.checkIn", { appointment }), "taken", "again");
  }

  async function reprint(ticket: string): Promise<void> {
    if (flow.value.taking) return;
    happen({ type: "take", service: ticket });
    await done(() => client.command("ticket.reprint", { ticket }), "copy");
  }

  async function rejoin(ticket: string): Promise<void> {
    if (flow.value.taking) return;
    happen({ type: "take", service: ticket });
    await done(() => client.command("ticket.rejoin", { ticket }), "rejoined");
  }

  /**
   * done turns the hall's answer into the page that ends a visit; before is its
   * outcome if the ticket was taken earlier, which its paper tells.
   */
  async function done(
    ask: () => Promise<Bodies["answer"]>,
    outcome: Outcome,
    before: Outcome = outcome,
  ): Promise<void> {
    try {
      const { ticket } = await ask();
      if (!ticket) throw new Error("answer without a ticket");
      happen({ type: "taken", ticket, outcome: ticket.print === undefined ? outcome : before });
    } catch (err) {
      happen({ type: "refused", problem: problemOf(err) });
    }
  }

  /** giveUp cancels what she was asked about. */
  async function giveUp(): Promise<void> {
    const given = flow.value.asking;
    if (!given || flow.value.taking) return;
    happen({ type: "take", service: given.id });
    try {
      if (given.what === "ticket") await client.command("ticket.cancel", { ticket: given.id });
      else await client.command("appointment.cancel", { appointment: given.id });
      happen({ type: "given", given });
    } catch (err) {
      happen({ type: "refused", problem: problemOf(err) });
    }
  }

  /** callHelp asks staff to come, once until they have answered. */
  async function callHelp(): Promise<void> {
    happen({ type: "help" });
    if (flow.value.help !== "asking") return;
    try {
      await client.command("kiosk.help", {});
      happen({ type: "helped", help: "asked" });
    } catch {
      happen({ type: "helped", help: "failed" });
    }
  }

  /** unneeded takes the call back; if that isn't heard, somebody comes in vain. */
  function unneeded(): void {
    happen({ type: "helped" });
    client.command("kiosk.help", { cancel: true }).catch(() => {});
  }

  function lay(card: CardRead): void {
    seen = card.session;
    happen({ type: "card", card });
    void lookUp();
  }
  client.on("page.snapshot", ({ card }) => {
    if (!card) return;
    if (card.session !== seen) lay(card);
    // The page went home while nobody could hear it.
    else if (flow.value.step === "home") forget();
  });
  client.on("card.read", lay);
  client.on("card.failed", () => happen({ type: "unread" }));
  client.on("card.removed", () => happen({ type: "lifted" }));
  client.on("code.scanned", ({ text, kind, case: number, visit }) => {
    labelled = kind === "visit" ? { text, visit: visit ?? "" } : undefined;
    if (kind === "card" && flow.value.step === "area") void cardFor(text);
    else if (kind === "case" || kind === "progress") openCase(kind === "case" && number ? number : text);
    else if (flow.value.step !== "looking" && text.length <= SCAN_LENGTH) void look(text);
  });

  /** cardFor has a citizen card's holder found for the area that she is in; its own view may do so itself. */
  async function cardFor(code: string): Promise<void> {
    if (flow.value.area === "query") return;
    try {
      await client.command("visits.find", { code });
    } catch (err) {
      happen({ type: "refused", problem: problemOf(err) });
    }
  }

  /** openCase goes to the cases with what a paper says of one, where this machine shows cases. */
  function openCase(scanned: string): void {
    if (!store.page || !NOTHING_YET.includes(flow.value.step)) return;
    if (showsCases()) enterCase(scanned);
    else void look(scanned);
  }

  /** showsCases tells whether this machine shows cases now. */
  function showsCases(): boolean {
    const page = store.page;
    return (
      !!page &&
      entries(page, { online: online.value, alone: alone.value }).some((e) => e.id === "query" && !e.why)
    );
  }

  function enterCase(scanned: string): void {
    happen({ type: "home" });
    happen({ type: "area", id: "query", case: scanned });
  }
  client.on("kiosk.helped", () => happen({ type: "helped", help: "coming" }));
  client.on("print.done", (done) => happen({ type: "paper", ticket: done.ticket, outcome: done.outcome }));

  const timer = setInterval(() => {
    now.value = Date.now();
    happen({ type: "tick" });
  }, TICK);
  onUnmounted(() => {
    clearInterval(timer);
    client.close();
  });
  client.connect();

  const secondsLeft = computed(() =>
    flow.value.deadline ? Math.max(0, (flow.value.deadline - now.value) / 1000) : 0,
  );
  return {
    client,
    store,
    flow,
    online,
    alone,
    why,
    secondsLeft,
    idle,
    happen,
    look,
    take,
    checkIn,
    reprint,
    rejoin,
    giveUp,
    callHelp,
    unneeded,
  };
}
