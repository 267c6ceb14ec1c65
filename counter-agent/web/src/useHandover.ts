import { computed, onUnmounted, watch } from "vue";
import { Handover, holderOf, visitOf } from "./handover";
import { t } from "./text";
import type { TheDesk } from "./useDesk";
import type { ThePapers } from "./usePapers";

/** useHandover goes on with the case of the visit in front at the platform's desk. */
export function useHandover(d: TheDesk, papers: ThePapers) {
  const platform = computed(() => d.hall.value?.hall.platform);
  const front = computed(() => d.desk.value?.window.ticket);
  /** Why the desk can't be opened now; empty if it can. */
  const why = computed(() => {
    if (!front.value) return t("counter.why.noTicket");
    return front.value.state === "called" ? t("counter.why.notArrived", { number: front.value.number }) : "";
  });

  const link = new Handover({
    self: globalThis.window,
    platform: () => platform.value,
    visit: async () => {
      const at = platform.value;
      const ticket = front.value;
      const own = d.desk.value?.window;
      if (!at || !ticket || !own || why.value) return undefined;
      const holder = await holderOf(ticket.id);
      return visitOf(at, own.number, ticket, papers.shown.value?.documents ?? [], holder);
    },
    fetch: async (id) => {
      const response = await fetch(`documents/${encodeURIComponent(id)}`, { cache: "no-store" });
      if (!response.ok) throw new Error(`the hall answered ${response.status}`);
      return response.blob();
    },
  });

  const off = [
    d.client.on("card.read", () => void link.tell()),
    d.client.on("uploads.changed", (body) => {
      const arrived = body.uploads?.some((u) => u.state === "stored" && u.ticket === front.value?.id);
      if (link.open && arrived) void papers.look();
    }),
  ];
  const stop = watch(
    () => papers.shown.value?.documents?.map((p) => p.id).join(),
    () => void link.tell(),
  );
  onUnmounted(() => {
    for (const end of off) end();
    stop();
    link.close();
  });

  function go(): void {
    if (why.value) {
      d.say(why.value);
      return;
    }
    if (!link.go()) {
      d.say(t("counter.handover.blocked"), true);
      return;
    }
    void papers.look(); // the desk hears of the documents when they are known
  }

  /** showCase opens a case at the desk, whichever day its visit was. */
  function showCase(number: string): boolean {
    if (!platform.value) d.say(t("counter.scan.noDesk", { number }), true);
    else if (!link.show(number)) d.say(t("counter.handover.blocked"), true);
    else return true;
    return false;
  }

  const numberOf = (ticket: string) => link.numberOf(ticket);
  return { platform, why, go, showCase, numberOf };
}

/** TheHandover is what useHandover gives. */
export type TheHandover = ReturnType<typeof useHandover>;
