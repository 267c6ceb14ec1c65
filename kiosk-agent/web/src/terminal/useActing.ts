import { ref } from "vue";
import { type Case, caseAt, type Door, type Legal } from "./door";
import { mendable, partly } from "./mend";

interface Listed {
  cases: Case[];
}

/**
 * useActing knows for whom the person at the machine acts: for herself, or for
 * a company that she represents or handles things for. The platform remembers
 * it until her visit ends, and shows the cases of that one alone.
 */
export function useActing(door: Door) {
  const legals = ref<Legal[]>([]);
  /** acting is the legal person she acts for; empty: herself. */
  const acting = ref("");
  /** mends are her own cases that wait for something that she can hand in here. */
  const mends = ref<Case[]>([]);

  /** learn asks for whom she may act and what waits for her. Without an answer she just applies. */
  async function learn() {
    const none = { legalPersons: [] as Legal[], cases: [] as Case[] };
    const [bodies, mine] = await Promise.all([
      door.ask<{ legalPersons: Legal[] }>("GET", "/legal-persons").catch(() => none),
      door.ask<Listed>("GET", "/me/cases").catch(() => none),
    ]);
    legals.value = bodies.legalPersons;
    mends.value = (await Promise.all(mine.cases.map((c) => wants(c).catch(() => [])))).flat();
  }

  /** wants are what of a case waits for her: itself, or some of its parts if it is a package. */
  async function wants(c: Case): Promise<Case[]> {
    if (!partly(c)) return mendable(c) ? [c] : [];
    const { children } = c.children ? c : await door.ask<Case>("GET", caseAt(c.id));
    return (children ?? []).filter(mendable);
  }

  /** act makes her act for a legal person, or for herself. */
  async function act(legal: string) {
    if (legal === acting.value) return;
    await door.ask("PUT", "/me/acting", { legal });
    acting.value = legal;
  }

  /** own are the cases of the one she acts for. */
  const own = async () => (await door.ask<Listed>("GET", "/me/cases")).cases;

  /** able tells whether she may apply for items in the name of a legal person: what she was entrusted with counts. */
  const able = (l: Legal, items: string[]) =>
    !l.items?.length || items.every((id) => l.items?.some((i) => i.id === id));

  /** find looks for a case by its number, among hers and those of all she acts for. */
  async function find(number: string): Promise<Case | undefined> {
    for (const legal of ["", ...legals.value.map((l) => l.id)]) {
      await act(legal);
      const found = (await own()).find((c) => c.number === number || c.caseNo === number);
      if (found) return door.ask<Case>("GET", caseAt(found.id));
    }
    await act("");
    return undefined;
  }

  return { legals, able, acting, mends, learn, act, own, find, wants };
}
