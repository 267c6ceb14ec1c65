import { uuid } from "@smarthall/ui";
import { computed, reactive, ref, shallowRef, watch } from "vue";
import { done } from "../kit/say";
import { ask } from "../session";
import { at, isOpen, type Order } from "./case";
import type { Result, Said } from "./ResultDialog.vue";
import { t } from "./text";
import type { TheCase } from "./useCase";
import type { TheIntake } from "./useIntake";

/** How many working days a material may come later, to begin with. */
const LATER = 10;

/** useResults is what a case comes to: materials that come later, fees, and the steps that end with a paper. */
export function useResults(open: TheCase, intake: TheIntake) {
  const deferred = ref<ReadonlySet<string>>(new Set());
  const dues = reactive<Record<string, string>>({});
  const amounts = reactive<Record<string, string>>({});
  const green = ref(false);
  const greens = shallowRef<Record<string, number>>({});
  const order = shallowRef<Order>();
  const asking = ref<Result>();
  /** days are the next working days where the case is handled, from tomorrow on. */
  const days = shallowRef<string[]>([]);
  /** came tells that the applicant came without that the counter handed her visit over. */
  const came = ref(false);
  let key = uuid();

  const view = open.view;
  /** card tells whether the card that was read at the counter is the applicant's. */
  const card = computed(() => {
    const number = intake.visit.value?.holder?.number;
    return !!number && number === view.value?.who.idNumber;
  });
  /** present tells that the applicant stands at the window. */
  const present = computed(() => !!intake.visit.value || came.value);
  const greenDays = computed(() => greens.value[view.value?.item ?? ""] ?? 0);
  const later = computed(() =>
    (view.value?.materials ?? [])
      .filter((m) => deferred.value.has(m.id))
      .map((m) => ({ id: m.id, name: m.name, due: dues[m.id] ?? "" })),
  );

  watch(
    () => view.value?.id,
    () => {
      deferred.value = new Set(
        (view.value && isOpen(view.value) ? view.value.materials : [])
          .filter((m) => m.source === "deferred" && m.need === "tolerable")
          .map((m) => m.id),
      );
      for (const kept of [dues, amounts]) for (const k of Object.keys(kept)) delete kept[k];
      days.value = [];
      void calendar();
      green.value = false;
      came.value = false;
      asking.value = undefined;
      key = uuid();
    },
  );
  watch(
    () => [view.value?.payment, view.value?.state, view.value?.unpaid],
    async () => {
      const id = view.value?.payment;
      if (!id) {
        order.value = undefined;
        return;
      }
      const got = await ask<Order>("GET", `/payments/${encodeURIComponent(id)}`).catch(() => undefined);
      if (view.value?.payment === id) order.value = got;
    },
    { immediate: true },
  );
  void ask<{ items: { item: string; days: number }[] }>("GET", "/acceptance/green-channel").then(
    ({ items }) => {
      greens.value = Object.fromEntries(items.map((g) => [g.item, g.days]));
    },
    () => {}, // without it no case is offered the green channel
  );

  /** calendar asks for the working days, and proposes them where none is chosen yet. */
  async function calendar(): Promise<void> {
    const v = view.value;
    if (!v || !isOpen(v)) return;
    const got = await ask<{ days: string[] }>("GET", at(v.id, "/working-days")).catch(() => undefined);
    if (!got || view.value?.id !== v.id) return; // without it a day is typed, and the platform checks it
    days.value = got.days;
    for (const id of deferred.value) dues[id] ||= days.value[LATER - 1] ?? "";
  }

  /** toggle lets a material come later, or not. */
  function toggle(material: string): void {
    const next = new Set(deferred.value);
    if (next.delete(material)) delete dues[material];
    else {
      next.add(material);
      dues[material] = days.value[LATER - 1] ?? "";
    }
    deferred.value = next;
  }

  /** found forgets that a material comes later: it is there. */
  function found(material: string): void {
    if (deferred.value.has(material)) toggle(material);
  }

  /** fen are the amounts that were typed; undefined if one isn't an amount. */
  function fen(): Record<string, number> | undefined {
    const out: Record<string, number> = {};
    for (const [fee, typed] of Object.entries(amounts)) {
      const plain = typed.replaceAll(",", "").trim();
      if (!/^\d{1,8}(\.\d{1,2})?$/.test(plain)) return undefined;
      out[fee] = Math.round(Number(plain) * 100);
    }
    return out;
  }

  /** go does what was asked and confirmed; false if it wasn't done. */
  async function go(what: Result, said: Said): Promise<boolean> {
    const ok = await act(what, said);
    if (ok) {
      asking.value = undefined;
      key = uuid();
      done(t(`said.${what}`));
    }
    return ok;
  }

  async function act(what: Result, said: Said) {
    switch (what) {
      case "accept":
        return accept(said.days);
      case "prepare":
        return open.post("/prepare");
      case "notice":
        return open.post("/notice", { more: said.more, days: said.days, reason: said.reason || undefined });
      case "refuse":
        return open.post("/refuse", { reason: said.reason });
      case "decide":
        return open.post("/decide", { approved: true });
      case "reject":
        return open.post("/decide", { approved: false, reason: said.reason });
      case "deliver":
        return open.post("/deliver", said.taker);
      case "pay":
        return pay(said.proof);
    }
  }

  /** refused are the items of a package that aren't accepted. */
  const refused = () =>
    Object.entries(open.refused.value).map(([item, reason]) => ({ item, reason: reason.trim() }));

  function accept(days: number): Promise<boolean> {
    const v = intake.visit.value;
    const figured = fen();
    if (!figured) {
      open.failure.value = t("feeWrong");
      return Promise.resolve(false);
    }
    return open.post(
      "/accept",
      {
        deferred: later.value.map((m) => ({ material: m.id, due: m.due })),
        originals: present.value || undefined,
        green: green.value || undefined,
        amounts: Object.keys(figured).length > 0 ? figured : undefined,
        ...(view.value?.package ? { refused: refused(), days } : {}),
        ...(v ? { hall: v.hall, window: v.window, ticket: v.ticket } : {}),
      },
      key,
    );
  }

  /** pay books what was paid in the hall, and looks what that did to the case. */
  async function pay(proof: string): Promise<boolean> {
    const id = view.value?.payment;
    if (!id) return false;
    return open.again(async () => {
      order.value = await ask<Order>("POST", `/payments/${encodeURIComponent(id)}/at-window`, {
        body: { proof },
      });
    });
  }

  const state = {
    deferred,
    dues,
    days,
    amounts,
    green,
    greenDays,
    order,
    asking,
    card,
    came,
    present,
    later,
  };
  return { ...state, toggle, found, go };
}

/** TheResults is what useResults gives. */
export type TheResults = ReturnType<typeof useResults>;
