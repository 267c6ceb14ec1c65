import { type DeviceView, type PadRow, problemOf, type ServiceView, type TicketView } from "@smarthall/ui";
import { wordsOf } from "@smarthall/ui/problems";
import { computed, onUnmounted, ref } from "vue";
import { t } from "./text";
import type { TheDesk } from "./useDesk";

/** isScreen tells whether a device is a page that people confirm and sign on. */
export function isScreen(device: Pick<DeviceView, "profile">): boolean {
  return device.profile.endsWith("/web-pad");
}

/** sheetOf is what a citizen is asked to confirm, as far as the hall knows it; the clerk adds the rest. */
export function sheetOf(ticket: TicketView, service?: ServiceView, name = ""): PadRow[] {
  const rows: PadRow[] = [
    { label: t("counter.citizen.row.service"), value: ticket.serviceName },
    { label: t("counter.citizen.row.name"), value: name || ticket.name || "" },
    { label: t("counter.citizen.row.phone"), value: ticket.phone ?? "" },
  ];
  const materials = service?.materials ?? [];
  if (materials.length > 0) {
    rows.push({ label: t("counter.citizen.row.materials"), value: materials.join("\n") });
  }
  return rows.filter((row) => row.value !== "");
}

/** filled are the rows that say something, trimmed. */
export function filled(rows: readonly PadRow[]): PadRow[] {
  return rows
    .map((row) => ({ label: row.label.trim(), value: row.value.trim() }))
    .filter((row) => row.label !== "" && row.value !== "");
}

/** useCitizen asks the citizen in front on the second screen, and tells the clerk what a keypad did. */
export function useCitizen(d: TheDesk) {
  const busy = ref(false);
  const front = computed(() => d.desk.value?.window.ticket);
  const screen = computed(() => d.page.value?.devices?.find(isScreen));
  /** The latest question, if it is to who is in front. */
  const state = computed(() => {
    const pad = d.page.value?.pad;
    return pad && pad.ticket === front.value?.id ? pad : undefined;
  });
  const asked = computed(() => state.value?.phase === "asked");
  /** Why nothing can be asked now; empty if something can. */
  const why = computed(() => {
    if (!front.value) return t("counter.why.noTicket");
    if (front.value.state === "called") return t("counter.why.notArrived", { number: front.value.number });
    if (screen.value?.state !== "online") return t("counter.citizen.why.away");
    return asked.value ? t("counter.citizen.why.asked") : "";
  });

  const off = [
    d.client.on("pad.changed", (body) => {
      if (d.page.value) d.page.value.pad = body;
    }),
    d.client.on("action.done", (body) => {
      if (body.detail) d.say(t("counter.keypad.refused", { detail: body.detail }), true);
    }),
  ];
  onUnmounted(() => {
    for (const end of off) end();
  });

  async function command(send: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await send();
      return true;
    } catch (err) {
      d.say(wordsOf(problemOf(err), t("counter.says.timeout")), true);
      return false;
    } finally {
      busy.value = false;
    }
  }

  const confirm = (ticket: string, rows: readonly PadRow[]) =>
    command(() => d.client.command("pad.ask", { kind: "confirm", ticket, rows: filled(rows) }));
  const sign = (ticket: string) => command(() => d.client.command("pad.ask", { kind: "sign", ticket }));
  const cancel = () => command(() => d.client.command("pad.cancel"));

  return { busy, front, screen, state, asked, why, confirm, sign, cancel };
}

/** TheCitizen is what useCitizen gives. */
export type TheCitizen = ReturnType<typeof useCitizen>;
