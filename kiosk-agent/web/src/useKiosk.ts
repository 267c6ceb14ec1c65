import { agentStore, type CardRead, LinkClient, type Problem, problemOf } from "@smarthall/ui";
import { computed, onUnmounted, ref } from "vue";
import { type Flow, type Happening, next, start } from "./flow";
import { t } from "./text";

/** How often deadlines are looked at, in milliseconds. */
const TICK = 250;

/** IDLE is used until the agent has told its own idle time. */
const IDLE = 45_000;

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

  function happen(event: Happening): void {
    const before = flow.value;
    const after = next(before, event, Date.now(), idle.value);
    flow.value = after;
    // A card that is laid on takes the place of the one before it in the agent.
    if (after.step === "home" && before.step !== "home") client.send("session.clear");
  }

  async function take(service: string): Promise<void> {
    if (flow.value.taking) return;
    const { card, phone } = flow.value;
    happen({ type: "take", service });
    try {
      const who = card ? { session: card.session } : { phone };
      const answer = await client.command("ticket.take", { service, ...who });
      if (!answer.ticket) throw new Error("answer without a ticket");
      happen({ type: "taken", ticket: answer.ticket });
    } catch (err) {
      happen({ type: "refused", problem: problemOf(err) });
    }
  }

  // The session of the card that was seen last: a snapshot repeats it after
  // every reconnect, and names another if a card was laid meanwhile.
  let seen = "";
  function lay(card: CardRead): void {
    seen = card.session;
    happen({ type: "card", card });
  }
  client.on("page.snapshot", ({ card }) => {
    if (!card) return;
    if (card.session !== seen) lay(card);
    // The page went home while nobody could hear it.
    else if (flow.value.step === "home") client.send("session.clear");
  });
  client.on("card.read", lay);
  client.on("card.failed", () => happen({ type: "unread" }));
  client.on("card.removed", () => happen({ type: "lifted" }));
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
  return { client, store, flow, online, secondsLeft, idle, happen, take };
}

/**
 * unanswered tells whether nobody knows if a ticket was taken: the command may
 * have arrived, and its paper may still come out.
 */
export function unanswered(problem: Problem): boolean {
  return problem.code === "link.slow" || problem.code === "page.timeout" || problem.code === "page.closed";
}

/** problemWords says a problem in plain words: what the hall says, or our own. */
export function problemWords(problem: Problem): string {
  if (unanswered(problem)) return t("kiosk.refused.unanswered");
  if (problem.code === "link.away") return t("kiosk.refused.away");
  if (problem.code.startsWith("session.")) return problem.detail || t("kiosk.refused.session");
  return problem.detail || t("kiosk.refused.other");
}
