import { computed, ref } from "vue";
import type { Door } from "./door";
import { type Answered, ask, type Offer, type Question } from "./subject";

/** useSituation asks what somebody's case is, one question after the other. */
export function useSituation(door: Door) {
  const question = ref<Question>();
  const picks = ref<Answered[]>([]);
  /** refused says why an answer rules the offer out; the question stands, for another one. */
  const refused = ref("");

  /** look asks for the next question, and tells whether none is left. */
  async function look(of: Offer): Promise<boolean> {
    const out = await ask(door, of, picks.value);
    refused.value = out.refuse ?? "";
    if (refused.value) return false;
    if (!out.done && out.next) question.value = out.next;
    return out.done || !out.next;
  }

  /** answer answers the question, and tells whether none is left. Without success it is as if it wasn't answered. */
  async function answer(of: Offer, option: string): Promise<boolean> {
    const q = question.value;
    if (!q) return false;
    const before = picks.value;
    picks.value = [
      ...before.filter((p) => p.question !== q.id || p.items[0] !== q.items[0]),
      pick(q, option),
    ];
    let went = false;
    try {
      const done = await look(of);
      went = !refused.value;
      return done;
    } finally {
      if (!went) picks.value = before;
    }
  }

  /** last takes the last answer back and asks its question again. */
  async function last(of: Offer): Promise<boolean> {
    picks.value = picks.value.slice(0, -1);
    return look(of);
  }

  return { question, picks, refused, look, answer, last, any: computed(() => picks.value.length > 0) };
}

const pick = (q: Question, option: string): Answered => ({ items: q.items, question: q.id, option });
