import { reactive, ref, watch } from "vue";
import { me } from "../session";
import type { Request } from "./task";
import { t } from "./text";

/** Draft is what was typed for a task and not yet sent. */
export interface Draft {
  opinion: string;
  values: NonNullable<Request["values"]>;
}

/** LIMIT is how many tasks' drafts are kept; the oldest go. */
const LIMIT = 50;

const nameOf = (task: string) => `opinion.${me.value?.id}.${task}`;

/** useDraft keeps what is typed for a task in this browser until it is done. */
export function useDraft(task: string): { draft: Draft; forget: () => void } {
  const draft = reactive<Draft>({ opinion: "", values: {}, ...read<Partial<Draft>>(nameOf(task), {}) });
  const stop = watch(
    draft,
    () => {
      if (draft.opinion || Object.keys(draft.values).length > 0) keep(task, draft);
      else localStorage.removeItem(nameOf(task));
    },
    { deep: true, flush: "sync" },
  );
  return {
    draft,
    forget: () => {
      stop();
      localStorage.removeItem(nameOf(task));
    },
  };
}

function keep(task: string, draft: Draft) {
  const mine = Object.keys(localStorage).filter(
    (name) => name.startsWith(nameOf("")) && name !== nameOf(task),
  );
  // Ids of tasks grow with time.
  for (const old of mine.sort().slice(0, Math.max(0, mine.length - LIMIT + 1))) localStorage.removeItem(old);
  localStorage.setItem(nameOf(task), JSON.stringify(draft));
}

/** MAX_QUICK bounds the quick opinions: each has a key from 1 to 9. */
export const MAX_QUICK = 9;

/** useQuick are one's own opinions that take one key. */
export function useQuick() {
  const name = `opinions.${me.value?.id}`;
  const given = [t("quick.meets"), t("quick.complete"), t("quick.agree")];
  const quick = ref(read<string[]>(name, given));
  return {
    quick,
    save(list: string[]) {
      quick.value = list
        .map((text) => text.trim())
        .filter(Boolean)
        .slice(0, MAX_QUICK);
      localStorage.setItem(name, JSON.stringify(quick.value));
    },
  };
}

/** read is what was kept; what can't be read counts as nothing. */
function read<T>(name: string, otherwise: T): T {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? "null") as T) ?? otherwise;
  } catch {
    return otherwise;
  }
}
