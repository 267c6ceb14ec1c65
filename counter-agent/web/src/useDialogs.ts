import type { PadRow, TicketView } from "@smarthall/ui";
import { computed, reactive, ref, watch } from "vue";
import { byHand, type Verb, whyNotAsk, whyNotFree } from "./actions";
import { type Holder, holderOf } from "./handover";
import type { TheIntake } from "./intake/useIntake";
import { t } from "./text";
import { sheetOf, type TheCitizen } from "./useCitizen";
import type { TheDesk, Transfer } from "./useDesk";
import type { TheHandover } from "./useHandover";
import type { TheLists } from "./useLists";
import type { ThePapers } from "./usePapers";
import { type Found, useScan } from "./useScan";

/** Dialog is what the clerk is asked for over the page. */
export type Dialog =
  | { kind: "pause" | "find" | "invite" | "day" | "intakes" | "roll" }
  | { kind: "case"; number: string; visit?: boolean; over?: string }
  | { kind: "intake"; ticket: TicketView; holder?: Holder }
  | { kind: "call" | "transfer" | "park" | "reprint" | "note" | "confirm"; ticket: TicketView };

/** TransferDraft is what the clerk has entered of a transfer; it outlives closing the panel. */
export interface TransferDraft {
  text: string;
  place: "arrival" | "front" | "after";
  after: number;
  reason: string;
}

/** ParkDraft is what the clerk has entered to park a ticket; minutes 0 is without an end. */
export interface ParkDraft {
  text: string;
  minutes: number;
}

/** Those that ask about the ticket in front; without it they have nothing to ask. */
const ABOUT_FRONT = ["transfer", "park", "confirm", "note", "intake"];

/** Beside is what the dialogs work with beside the desk itself. */
interface Beside {
  lists: TheLists;
  papers: ThePapers;
  citizen: TheCitizen;
  handover: TheHandover;
  intake: TheIntake;
}

/**
 * useDialogs knows which dialog is open, keeps what the clerk typed in each of
 * them, and does what was asked for. A dialog closes when the hall has taken it.
 */
export function useDialogs(d: TheDesk, { lists, papers, citizen, handover, intake }: Beside) {
  const open = ref<Dialog>();
  const front = computed(() => d.desk.value?.window.ticket);
  const problem = computed(() => (d.notice.alarm ? d.notice.text : ""));
  const scan = useScan(
    d,
    () => (open.value && open.value.kind !== "find" ? t("counter.scan.held") : ""),
    () => close(),
    (number) => {
      // The visit in front goes on here; any other case is at the desk.
      const here = front.value && handover.numberOf(front.value.id) === number;
      if (here) void look(front.value.id);
      else show({ kind: "case", number });
    },
    (visit, over) => {
      if (!d.hall.value?.hall.platform) return false;
      show({ kind: "case", number: visit, visit: true, over });
      return true;
    },
  );

  const texts = reactive({ pause: "", call: "", find: "", note: "" });
  const transferDraft = reactive<TransferDraft>({ text: "", place: "arrival", after: 3, reason: "" });
  const parkDraft = reactive<ParkDraft>({ text: "", minutes: 20 });
  const sheet = ref<PadRow[]>([]);

  /** What the window's screen may say during a pause: the hall's own texts, or the usual ones. */
  const pausePresets = computed(() => {
    const own = d.hall.value?.hall.pauses ?? [];
    return own.length > 0
      ? own
      : [1, 2, 3, 4].map((n) => t(`counter.pause.preset.${n}` as "counter.pause.preset.1"));
  });

  // What was typed is about one ticket; the next one begins anew.
  watch(
    () => front.value?.id,
    (id) => {
      Object.assign(transferDraft, { text: "", place: "arrival", reason: "" });
      parkDraft.text = "";
      texts.note = "";
      const now = open.value;
      if (now && "ticket" in now && ABOUT_FRONT.includes(now.kind) && now.ticket.id !== id) close();
    },
  );
  // A paper that was scanned shows its visit in the panel that looks visits up.
  watch(scan.found, (found) => {
    if (found) open.value = { kind: "find" };
  });

  function show(next: Dialog) {
    d.notice.text = "";
    if (next.kind === "pause") texts.pause ||= pausePresets.value[0] ?? "";
    open.value = next;
  }

  function close() {
    open.value = undefined;
    scan.found.value = undefined;
  }

  function said(
    what: "transferred" | "parked" | "rejoined" | "resumed" | "back" | "reprinted",
    ticket: TicketView,
  ) {
    d.say(t(`counter.says.${what}`, { number: ticket.number }));
  }

  /** after tells what was done unless it is told that it is kept. */
  function after(what: "transferred" | "parked", ticket: TicketView) {
    close();
    if (!d.notice.text) said(what, ticket);
  }

  function free(why: string): boolean {
    if (why) d.say(why);
    return why === "";
  }

  /** press does a verb of the key bar, or asks first for what it needs. */
  function press(verb: Verb) {
    if (verb === "pause") return d.may(verb) && show({ kind: "pause" });
    if (verb === "transfer" || verb === "park") {
      return d.may(verb) && front.value && show({ kind: verb, ticket: front.value });
    }
    if (verb === "next" && d.desk.value && byHand(d.desk.value.window) && !lists.marked.value) {
      lists.open("waiting");
      lists.move(1);
    }
    return d.act(verb);
  }

  /** enter does what the marked ticket's list is for. */
  async function enter(id = lists.marked.value?.id) {
    const ticket = lists.list.value.find((w) => w.id === id);
    const desk = d.desk.value;
    if (!ticket || !desk) return;
    if (lists.tab.value === "missed") {
      if (free(whyNotAsk(desk)) && (await d.rejoin(ticket.id))) said("rejoined", ticket);
      return;
    }
    if (!free(whyNotFree(desk))) return;
    if (lists.tab.value === "parked") {
      if (await d.resume(ticket.id)) said("resumed", ticket);
      return;
    }
    // Whoever is first anyway needs no reason where the clerk picks.
    if (byHand(desk.window) && ticket.id === lists.list.value[0]?.id) await call(ticket, "");
    else show({ kind: "call", ticket });
  }

  /** back puts a parked ticket into the queue again. */
  async function back(id = lists.marked.value?.id) {
    const ticket = lists.list.value.find((w) => w.id === id);
    if (!ticket || lists.tab.value !== "parked" || !d.desk.value || !free(whyNotAsk(d.desk.value))) return;
    if (await d.resume(ticket.id, true)) said("back", ticket);
  }

  /** reprint asks where only if there is a choice. */
  async function reprint(ticket = lists.marked.value ?? front.value) {
    if (!d.desk.value) return;
    if (!ticket) return d.say(t("counter.why.noTicket"));
    if (!free(whyNotAsk(d.desk.value))) return;
    if ((d.hall.value?.kiosks ?? []).length > 1) show({ kind: "reprint", ticket });
    else await printAgain(ticket, d.hall.value?.kiosks?.[0]?.id ?? "");
  }

  async function printAgain(ticket: TicketView, kiosk: string) {
    if (!(await d.reprint(ticket.id, kiosk))) return;
    close();
    said("reprinted", ticket);
  }

  /** label prints the label of whoever is in front, else of the marked ticket. */
  async function label() {
    const ticket = front.value ?? lists.marked.value;
    if (!d.labels.value || d.busy.value) return;
    if (!ticket) return d.say(t("counter.why.noTicket"));
    if (await d.printLabel(ticket.id, handover.numberOf(ticket.id)))
      d.say(t("counter.says.label", { number: ticket.number }));
  }

  /** roll asks whether a new roll is in, at a desk whose printers count theirs. */
  function roll() {
    if (d.rolls.value.length > 0) show({ kind: "roll" });
    else d.say(t("counter.roll.none"));
  }

  /** rollIn begins the count of a printer's paper anew. */
  async function rollIn(device: string) {
    if (!(await d.newRoll(device))) return;
    close();
    const left = d.rolls.value.find(({ id }) => id === device)?.paperLeft;
    d.say(left === undefined ? t("counter.says.roll") : t("counter.says.rollLeft", { n: left }));
  }

  async function call(ticket: TicketView, reason: string) {
    if (!(await d.call(ticket.id, reason))) return;
    close();
    texts.call = "";
    lists.open("waiting");
  }

  /** accept goes on at the platform's desk, or here while the platform is away. */
  async function accept() {
    if (intake.away.value) await intake.look(); // it may be back since
    const ticket = front.value;
    if (!intake.away.value || handover.why.value || !ticket) return handover.go();
    void papers.look(); // scans that are known become part of it
    show({ kind: "intake", ticket, holder: await holderOf(ticket.id) });
  }

  /** write asks for a remark about the visit in front. */
  function write() {
    if (!front.value) return d.say(t("counter.why.noTicket"));
    show({ kind: "note", ticket: front.value });
  }

  async function note(ticket: TicketView) {
    if (!(await d.note(ticket.id, texts.note.trim()))) return;
    texts.note = "";
    close();
  }

  async function pause() {
    if (await d.pause(texts.pause.trim())) close();
  }

  /** sheetOpen begins what the citizen is asked to confirm. */
  function sheetOpen() {
    const ticket = front.value;
    if (!ticket) return;
    const service = d.hall.value?.services?.find((s) => s.id === ticket.service);
    sheet.value = sheetOf(ticket, service, d.page.value?.card?.name);
    show({ kind: "confirm", ticket });
  }

  async function confirm(ticket: TicketView) {
    if (await citizen.confirm(ticket.id, sheet.value)) close();
  }

  async function transfer(ticket: TicketView, to: Transfer) {
    if (await d.transfer(ticket.id, to)) after("transferred", ticket);
  }

  async function park(ticket: TicketView, reason: string, minutes: number) {
    if (await d.park(ticket.id, reason, minutes)) after("parked", ticket);
  }

  async function look(text: string) {
    scan.found.value = undefined;
    const found = await scan.look(text);
    if (found) scan.found.value = found;
  }

  /** showCase opens the case that was scanned at the desk. */
  function showCase(number: string) {
    if (handover.showCase(number)) close();
  }

  async function takeFound(found: Found) {
    texts.find = "";
    if (await scan.take(found)) close();
    else if (!scan.found.value) scan.found.value = found;
  }

  const state = { open, problem, texts, transferDraft, parkDraft, sheet, pausePresets, found: scan.found };
  const asks = { show, close, press, enter, back, reprint, label, roll, rollIn, accept, write, sheetOpen };
  return {
    ...state,
    ...asks,
    call,
    confirm,
    look,
    note,
    park,
    pause,
    printAgain,
    showCase,
    takeFound,
    transfer,
  };
}

/** TheDialogs is what useDialogs gives. */
export type TheDialogs = ReturnType<typeof useDialogs>;
