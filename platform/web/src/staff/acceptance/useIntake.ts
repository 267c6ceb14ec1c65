import { uuid } from "@smarthall/ui";
import { computed, reactive, ref, shallowRef, watch } from "vue";
import { wordsOf } from "../../api";
import { ask } from "../session";
import type { Item, Outcome, Person, View } from "./case";
import { bundle, type Each, found, type Pack } from "./package";
import type { Visit } from "./visit";

const DRAFT = "acceptance-intake";
const TICKET = "acceptance-ticket";
const empty: Required<Person> = {
  name: "",
  idNumber: "",
  phone: "",
  address: "",
  legalName: "",
  creditCode: "",
};

/**
 * useIntake is what is known before there is a case: who stands at the window,
 * what for, in which situation. It survives a reload of the page, not its end.
 */
export function useIntake() {
  const person = reactive({ ...empty, ...remembered() });
  const visit = shallowRef<Visit>();
  const items = shallowRef<Item[]>([]);
  const item = shallowRef<Item>();
  /** packs are the packages that can be chosen, pack the one that was chosen instead of an item. */
  const packs = shallowRef<Pack[]>([]);
  const pack = shallowRef<Pack>();
  const each = shallowRef<Each>({});
  let all: Promise<Pack[]> | undefined;
  /** asks are the items of a package that ask the open question. */
  let asks: string[] = [];
  const answers = shallowRef<Record<string, string>>({});
  const outcome = shallowRef<Outcome>();
  const failure = ref("");
  const busy = ref(false);
  /** key makes a case that is begun twice one case. */
  let key = uuid();
  let turn = 0;

  /** ready tells whether the person can be the applicant; the platform looks closer. */
  const ready = computed(
    () =>
      person.name.trim().length >= 2 &&
      /^\d{17}[\dXx]$/.test(person.idNumber.trim()) &&
      /^\+?[\d-]{7,20}$/.test(person.phone.trim()),
  );
  /** carded tells whether the person's data are those of the card that was read. */
  const carded = computed(() => {
    const holder = visit.value?.holder;
    return !!holder && holder.number === person.idNumber && holder.name === person.name;
  });

  watch(person, () => {
    sessionStorage.setItem(DRAFT, JSON.stringify(person));
  });

  /** knows tells whether a visit is the one that is here, or was before the page was reloaded. */
  function knows(ticket: string): boolean {
    return (visit.value?.ticket ?? sessionStorage.getItem(TICKET)) === ticket;
  }

  /** come begins with who stands at the counter, or adds what the counter learnt meanwhile. */
  function come(next: Visit): void {
    if (!knows(next.ticket)) clear();
    const before = visit.value?.holder;
    visit.value = next;
    sessionStorage.setItem(TICKET, next.ticket);
    const holder = next.holder;
    if (holder && holder.number !== before?.number) {
      Object.assign(person, {
        name: holder.name,
        idNumber: holder.number,
        address: holder.address ?? person.address,
      });
    }
    if (items.value.length === 0) void look("");
  }

  /** look finds items: those of the visit's service first, or what is typed. */
  async function look(text: string): Promise<void> {
    const mine = ++turn;
    const v = visit.value;
    const query = new URLSearchParams({ limit: "20" });
    if (text.trim()) query.set("q", text.trim());
    else if (v) query.set("service", `${v.hall}/${v.service}`);
    else query.set("sort", "hot");
    failure.value = "";
    try {
      const [{ hits }, listed] = await Promise.all([
        ask<{ hits: Item[] }>("GET", `/items?${query}`),
        listedPacks(),
      ]);
      if (mine !== turn) return;
      items.value = hits;
      packs.value = found(listed, text, v && !text.trim() ? hits.map((i) => i.id) : []);
    } catch (err) {
      if (mine === turn) failure.value = wordsOf(err);
    }
  }

  /** listedPacks are all packages, asked for once; without them the window still takes items. */
  function listedPacks(): Promise<Pack[]> {
    all ??= ask<{ packages: Pack[] }>("GET", "/packages").then(
      (got) => got.packages,
      () => {
        all = undefined;
        return [];
      },
    );
    return all;
  }

  async function choose(next: Item): Promise<void> {
    another();
    item.value = next;
    await inquire();
  }

  async function choosePack(next: Pack): Promise<void> {
    another();
    pack.value = next;
    await inquire();
  }

  /** answer answers the question that is open, or gives an earlier answer again. */
  async function answer(question: string, option: string): Promise<void> {
    if (pack.value) {
      const before = each.value;
      const given = { ...before };
      for (const of of asks) given[of] = { ...given[of], [question]: option };
      each.value = given;
      await inquire();
      if (failure.value && each.value === given) each.value = before; // the question stands
      return;
    }
    answers.value = { ...answers.value, [question]: option };
    await inquire();
  }

  /** asking is the question that the platform looks for; keys that come meanwhile wait for it. */
  let asking: Promise<void> | undefined;

  /** asked does what was typed ahead once the next question is there; false if none is on its way. */
  function asked(then: () => void): boolean {
    if (!asking) return false;
    void asking.then(then);
    return true;
  }

  function inquire(): Promise<void> {
    const mine = seek().finally(() => {
      if (asking === mine) asking = undefined;
    });
    asking = mine;
    return mine;
  }

  async function seek(): Promise<void> {
    if (pack.value) return seekPack(pack.value);
    const of = item.value;
    if (!of) return;
    outcome.value = undefined;
    failure.value = "";
    const pairs = Object.entries(answers.value).map(([q, o]) => `${q}:${o}`);
    const query = pairs.length > 0 ? `?answers=${encodeURIComponent(pairs.join(","))}` : "";
    try {
      const got = await ask<Outcome>("GET", `/items/${encodeURIComponent(of.id)}/outcome${query}`);
      if (item.value === of) outcome.value = got;
    } catch (err) {
      failure.value = wordsOf(err);
    }
  }

  async function seekPack(of: Pack): Promise<void> {
    failure.value = "";
    try {
      const got = await bundle(of.id, each.value);
      if (pack.value !== of) return;
      asks = got.next[0]?.items ?? [];
      outcome.value = { next: got.next[0]?.question, done: got.done, materials: got.materials };
    } catch (err) {
      if (pack.value === of) failure.value = wordsOf(err);
    }
  }

  /** begin makes the case; undefined if it wasn't made. */
  async function begin(): Promise<View | undefined> {
    const what = pack.value
      ? { package: pack.value.id, each: each.value }
      : item.value && { item: item.value.id, answers: answers.value };
    if (!what || busy.value) return undefined;
    busy.value = true;
    failure.value = "";
    const v = visit.value;
    const trimmed = Object.fromEntries(Object.entries(person).map(([k, value]) => [k, value.trim()]));
    const body = {
      ...Object.fromEntries(Object.entries(trimmed).filter(([, value]) => value !== "")),
      ...what,
      ...(v ? { hall: v.hall, window: v.window, ticket: v.ticket } : {}),
    };
    try {
      const view = await ask<View>("POST", "/acceptance/cases", { body, key });
      another();
      return view;
    } catch (err) {
      failure.value = wordsOf(err);
      key = uuid();
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  /** another keeps the person and asks for an item again: one intake, several items. */
  function another(): void {
    key = uuid();
    item.value = undefined;
    pack.value = undefined;
    outcome.value = undefined;
    answers.value = {};
    each.value = {};
    failure.value = "";
  }

  /** clear is ready for the next person. */
  function clear(): void {
    another();
    Object.assign(person, empty);
    visit.value = undefined;
    items.value = [];
    packs.value = [];
    sessionStorage.removeItem(DRAFT);
    sessionStorage.removeItem(TICKET);
  }

  const state = { person, visit, items, item, packs, pack, answers, outcome, failure, busy, ready, carded };
  return { ...state, knows, come, look, choose, choosePack, answer, asked, begin, another, clear };
}

/** TheIntake is what useIntake gives. */
export type TheIntake = ReturnType<typeof useIntake>;

function remembered(): Partial<Person> {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}") as Partial<Person>;
  } catch {
    return {};
  }
}
