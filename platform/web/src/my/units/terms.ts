import { computed, ref } from "vue";
import { t } from "./text";
import { cityDay, dayAfter, endOf, type Item, type Terms } from "./units";

/** The terms that a delegation may have, in months; 0 is a day of one's own choice. */
export const TERMS = [3, 6, 12, 0] as const;

/** Limits are what the one who grants has herself. */
export interface Limits {
  items?: Item[];
  until?: string;
}

/** useTerms holds what a form says of a delegation: as what, for what, how long. */
export function useTerms(limits: Limits, before?: Terms) {
  const limited = (limits.items?.length ?? 0) > 0;
  const role = ref<Terms["role"]>(before?.role ?? "handler");
  const some = ref(limited || (before?.items.length ?? 0) > 0);
  const items = ref<Item[]>(
    (before?.items ?? []).filter((i) => !limited || limits.items?.some((own) => own.id === i.id)),
  );
  const term = ref<(typeof TERMS)[number]>(before ? 0 : 12);
  const date = ref(before ? cityDay(new Date(before.until)) : dayAfter(new Date(), 12));

  const last = computed(() => (limits.until ? cityDay(new Date(limits.until)) : ""));
  const day = computed(() => (term.value === 0 ? date.value : dayAfter(new Date(), term.value)));

  /** wrong is what can be told without asking the platform; empty if all is well. */
  const wrong = () => (some.value && items.value.length === 0 ? t("grant.noItems") : "");
  const body = () => ({
    role: role.value,
    items: some.value ? items.value.map((i) => i.id) : [],
    until: endOf(day.value, limits.until),
  });
  return { limits, limited, role, some, items, term, date, last, day, wrong, body };
}

/** TheTerms is what useTerms gives. */
export type TheTerms = ReturnType<typeof useTerms>;
