import { uuid } from "@smarthall/ui";
import type { Region, Wrong } from "@smarthall/ui/form";
import { computed, onMounted, onUnmounted, ref, shallowRef } from "vue";
import { foreign } from "../wording/guide";
import {
  type About,
  asked,
  type Case,
  caseAt,
  type Delivery,
  type Door,
  type Guide,
  type Licence,
  Refusal,
  type Stored,
  type Visit,
  wordsOf,
} from "./door";
import { mendable, mendOf, type Staged, spoken, wanting, withStaged } from "./mend";
import { after, before, first, type Needs, type Step, stageOf, stages } from "./steps";
import {
  answersOf,
  draft,
  type Filling,
  guidesOf,
  isOf,
  itemsOf,
  type Offer,
  type PackageOffer,
  type Part,
  read,
  takes,
} from "./subject";
import { t } from "./text";
import { useActing } from "./useActing";
import { useKeeper } from "./useKeeper";
import { useSituation } from "./useSituation";

/** Face is how the comparison of faces ended. */
export interface Face {
  result: "same" | "vouched";
  score: number;
  threshold: number;
  by?: string;
}

/** BEAT is how often the machine hears that the page is in use, in ms. */
const BEAT = 60_000;

/** HOME are the pages from which the way back leads out. */
const HOME: Step[] = ["begin", "closed", "items", "done"];

/**
 * useTerminal leads through an application at the machine, for an item or for a
 * package of them: who it is, what it is for, the draft on the platform, and the page that stands before her; or
 * through handing in what a case of hers waits for. wanted is the number of the
 * case that she came for, if she did. All of it lives as long as its component.
 */
export function useTerminal(door: Door, over: () => void, wanted?: string) {
  const step = ref<Step>("begin");
  const visit = ref<Visit>();
  const about = ref<About>({ camera: false });
  const offer = ref<Offer>();
  const drafts = ref<Case[]>([]);
  const packages = ref<PackageOffer[]>([]);
  const c = ref<Case>();
  const forms = shallowRef<Filling[]>([]);
  const formAt = ref(0);
  const parts = shallowRef<Part[]>([]);
  const licences = ref<Licence[]>([]);
  const material = ref(0);
  const wrong = ref<Wrong[]>([]);
  const face = ref<Face>();
  const guides = shallowRef<Guide[]>([]);
  /**
   * mend is why a case is open that was handed in before. It waits for the
   * materials that wants names, and with said for more; staged is what counts as
   * brought at once and is handed in together, brought names what was.
   */
  const mend = ref<Needs["mend"]>();
  const wants = ref<string[]>([]);
  const said = ref(false);
  const staged = ref<Record<string, Staged>>({});
  const brought = ref<string[]>([]);
  const failure = ref("");
  const closed = ref("");
  const busy = ref(false);
  const keeper = useKeeper(door, (err) => told(err));
  const who = useActing(door);
  const situation = useSituation(door);
  let key = uuid();

  const stage = computed(() => stageOf[step.value]);
  const asks = computed(() => {
    const all = c.value?.materials ?? [];
    if (!mend.value) return all.filter(asked);
    const some = all.filter((m) => wants.value.includes(m.id));
    return mend.value === "deferred" ? some.map((m) => withStaged(m, staged.value[m.id])) : some;
  });
  const needs = computed<Needs>(() => ({
    form: forms.value.length > 0 && (!mend.value || said.value),
    materials: asks.value.length > 0,
    face: !!about.value.face && !face.value,
    mend: mend.value,
  }));

  /** told says what went wrong; a visit that is over ends the page. */
  function told(err: unknown) {
    if (err instanceof Refusal && err.over) over();
    else failure.value = wordsOf(err);
  }

  /** work does one thing at a time. */
  async function work(f: () => Promise<void>) {
    if (busy.value) return;
    busy.value = true;
    failure.value = "";
    try {
      await f();
    } catch (err) {
      told(err);
    } finally {
      busy.value = false;
    }
  }

  /** start lets the card's holder in. */
  const start = () =>
    work(async () => {
      closed.value = "";
      try {
        visit.value = await door.own<Visit>("POST", "");
        about.value = await door.own<About>("GET", "");
        const offered = { packages: [] as PackageOffer[] };
        const [{ packages: all }] = await Promise.all([
          door.ask<typeof offered>("GET", "/package-offers").catch(() => offered),
          who.learn(),
        ]);
        packages.value = all;
      } catch (err) {
        if (!(err instanceof Refusal) || err.over || err.status === 0) throw err;
        closed.value = err.message;
        step.value = "closed";
        return;
      }
      step.value = "items";
      const found = wanted ? await who.find(wanted) : undefined;
      const some = found ? await who.wants(found) : [];
      if (found && mendable(found)) await open(found);
      else if (some.length > 0) who.mends.value = some.map((m) => ({ ...m, legal: who.acting.value }));
      else if (found) failure.value = t("apply.mends.gone");
      if (some.length > 1) step.value = "mends";
      else if (some[0] && some[0].id !== found?.id)
        await open(await door.ask<Case>("GET", caseAt(some[0].id)));
    });

  /** choose takes an item or a package: for whom it is, then one's own draft of it goes on, or it begins. */
  const choose = (it: Offer) =>
    work(async () => {
      offer.value = it;
      guides.value = await guidesOf(door, itemsOf(it));
      if (who.legals.value.length > 0 && takes(guides.value, "legal")) step.value = "who";
      else await chosenFor("");
    });

  /** applyFor says for whom she applies: a legal person, or herself. */
  const applyFor = (legal: string) => work(() => chosenFor(legal));

  async function chosenFor(legal: string) {
    await who.act(legal);
    if (c.value && (mend.value || !isOf(c.value, offer.value))) c.value = undefined;
    drafts.value = (await who.own()).filter((d) => d.state === "draft" && isOf(d, offer.value));
    situation.picks.value = [];
    if (drafts.value.length > 0) step.value = "drafts";
    else await look();
  }

  /** look asks what the next question is. */
  async function look() {
    if (offer.value) await asking(await situation.look(offer.value));
  }

  /** asking shows the question that stands, or begins when none is left. */
  async function asking(done: boolean) {
    if (done) return begin();
    failure.value = situation.refused.value;
    step.value = "situation";
  }

  const anew = () => work(look);

  const answer = (option: string) =>
    work(async () => {
      if (offer.value) await asking(await situation.answer(offer.value, option));
    });

  /** begin makes the draft, or gives the one that stands its new answers: a package's are those that it began with. */
  async function begin() {
    const of = offer.value;
    if (!of) return;
    const picks = situation.picks.value;
    const stands = c.value?.state === "draft" && !of.parts && isOf(c.value, of);
    if (c.value && stands && (c.value.legal ?? "") === who.acting.value) {
      await keeper.keep();
      const body = { answers: answersOf(picks)[of.id] ?? {}, edition: c.value.edition };
      await open(await door.ask<Case>("PUT", caseAt(c.value.id, "answers"), body));
      return;
    }
    const made = await draft(door, of, picks, key);
    key = uuid(); // the next request is another one
    await open(made);
  }

  async function open(found: Case) {
    const [papers, mine] = await Promise.all([
      read(door, found),
      door.ask<{ licences: Licence[] }>("GET", "/me/licences").catch(() => ({ licences: [] })),
    ]);
    guides.value = papers.guides;
    parts.value = papers.parts;
    forms.value = papers.forms;
    formAt.value = 0;
    mend.value = mendOf(found);
    wants.value = wanting(found).map((m) => m.id);
    brought.value = mend.value === "supplement" ? wants.value : [];
    said.value = spoken(found);
    staged.value = {};
    licences.value = mine.licences;
    keeper.open(found);
    c.value = found;
    material.value = 0;
    wrong.value = [];
    face.value = undefined;
    step.value = first(needs.value);
  }

  /** goMend takes up a case of her own that waits for something. */
  const goMend = (id: string) =>
    work(async () => {
      await who.act(who.mends.value.find((m) => m.id === id)?.legal ?? "");
      situation.picks.value = [];
      await open(await door.ask<Case>("GET", caseAt(id)));
    });

  /** goOn takes up a draft that was begun before, here or elsewhere. */
  const goOn = (id: string) =>
    work(async () => {
      const found = await door.ask<Case>("GET", caseAt(id));
      const items = [found.item ?? ""];
      const said = Object.entries(found.answers ?? {});
      situation.picks.value = said.map(([question, option]) => ({ items, question, option }));
      await open(found);
    });

  /** changed takes the case as an answer has it. */
  function changed(now: Case) {
    c.value = now;
    keeper.seen(now);
  }

  /** next goes on from the page that stands there. */
  const next = () =>
    work(async () => {
      if (!(await keeper.keep())) return;
      if (step.value === "form" && formAt.value + 1 < forms.value.length) {
        formAt.value++;
        return;
      }
      if (step.value === "materials" && material.value + 1 < asks.value.length) {
        material.value++;
        return;
      }
      const to = after(step.value, needs.value);
      if (to === "check" && c.value && mend.value !== "deferred")
        changed(await door.ask<Case>("GET", caseAt(c.value.id)));
      if (to) step.value = to;
    });

  /** back goes one page back; false: there is none, so that the way leads out. */
  function back(): boolean {
    failure.value = "";
    if (busy.value || HOME.includes(step.value)) return false;
    if (step.value === "post") step.value = "check";
    else if (step.value === "drafts" || step.value === "who" || step.value === "mends") step.value = "items";
    else if (step.value === "situation") backFromQuestion();
    else if (step.value === "materials" && material.value > 0) material.value--;
    else if (step.value === "form" && formAt.value > 0) formAt.value--;
    else {
      const to = before(step.value, needs.value);
      if (to) step.value = to;
      else if (!c.value?.package) backFromQuestion();
      else step.value = "items";
    }
    return true;
  }

  /** backFromQuestion asks the last question again, with the answers before it. */
  function backFromQuestion() {
    const of = offer.value;
    if (of && situation.any.value) void work(async () => asking(await situation.last(of)));
    else step.value = "items";
  }

  /** put says how the material is given. */
  const put = (id: string, body?: object, files: Stored[] = []) =>
    work(async () => {
      if (mend.value === "deferred") {
        const { [id]: _, ...rest } = staged.value;
        staged.value = body ? { ...rest, [id]: { body, files } } : rest;
        return;
      }
      const at = caseAt(c.value?.id ?? "", "materials", id);
      changed(await door.ask<Case>(body ? "PUT" : "DELETE", at, body));
    });

  /** sign keeps the signature, and the comparison of faces, with the case. */
  const sign = (picture: Blob) =>
    work(async () => {
      const file: Stored = await door.upload(t("apply.sign.file"), picture);
      const body = { signature: file.id, ...(face.value ? { face: face.value } : {}) };
      changed(await door.ask<Case>("PUT", caseAt(c.value?.id ?? "", "attestation"), body));
      step.value = "check";
    });

  /** way says how the result comes. */
  function way(to: Delivery["way"]) {
    const { name, phone } = c.value?.delivery ?? {};
    if (to === "post") step.value = "post";
    else void deliver({ way: to, name, phone: phone?.includes("*") ? undefined : phone });
  }

  /** deliver says where the result goes. */
  const deliver = (to: Delivery) =>
    work(async () => {
      changed(await door.ask<Case>("PUT", caseAt(c.value?.id ?? "", "delivery"), to));
      step.value = "check";
    });

  const submit = () =>
    work(async () => {
      try {
        if (mend.value === "deferred") await bring();
        else changed(await door.ask<Case>("POST", caseAt(c.value?.id ?? "", "submit"), undefined, key));
        step.value = "done";
      } catch (err) {
        key = uuid();
        if (!(err instanceof Refusal) || err.status !== 422) throw err;
        correct(err);
      }
    });

  /** bring hands in what was promised for later: each counts as brought at once. */
  async function bring() {
    for (const [id, { body }] of Object.entries(staged.value)) {
      changed(await door.ask<Case>("PUT", caseAt(c.value?.id ?? "", "materials", id), body));
      const { [id]: _, ...rest } = staged.value;
      staged.value = rest;
      wants.value = wants.value.filter((w) => w !== id);
      brought.value = [...brought.value, id];
    }
  }

  /** correct goes to the page where something is missing or wrong. */
  function correct(err: Refusal) {
    const fields = err.fields.filter((f) => f.name.startsWith("values."));
    wrong.value = fields.map((f) => ({
      name: f.name.replace("values.", ""),
      message: foreign() ? t("apply.form.wrong") : f.message,
    }));
    const missing = asks.value.findIndex((m) => err.fields.some((f) => f.name === `materials.${m.id}`));
    const of = (name: string) => /^\w+/.exec(name)?.[0];
    const at = forms.value.findIndex(({ form }) =>
      form.sections.some((s) => s.fields.some((f) => wrong.value.some((w) => of(w.name) === f.name))),
    );
    if (fields.length > 0) {
      formAt.value = Math.max(0, at);
      step.value = "form";
    } else if (missing >= 0) {
      material.value = missing;
      step.value = "materials";
    }
    throw err;
  }

  const regions = async (below: string): Promise<Region[]> =>
    (await door.ask<{ regions: Region[] }>("GET", `/regions?below=${encodeURIComponent(below)}`)).regions;

  /** handOn gives the code by which the draft goes on elsewhere. */
  async function handOn(): Promise<string> {
    if (!c.value) return "";
    await keeper.keep();
    return (await door.ask<{ code: string }>("POST", caseAt(c.value.id, "handover"))).code;
  }

  let beat: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    void start();
    beat = setInterval(
      () => void door.own("GET", "").catch((err) => err instanceof Refusal && err.over && over()),
      BEAT,
    );
  });
  onUnmounted(() => clearInterval(beat));

  return {
    step,
    stage,
    visit,
    about,
    packages,
    offer,
    drafts,
    question: situation.question,
    c,
    forms,
    formAt,
    filling: computed(() => forms.value[formAt.value]),
    parts,
    licences,
    asks,
    material,
    wrong,
    face,
    failure,
    closed,
    busy,
    keeper,
    start,
    choose,
    anew,
    answer,
    goOn,
    goMend,
    way,
    spoken: said,
    brought: computed(() => (c.value?.materials ?? []).filter((m) => brought.value.includes(m.id))),
    changed,
    next,
    back,
    put,
    sign,
    deliver,
    submit,
    regions,
    handOn,
    told,
    who,
    guides,
    mend,
    strip: computed(() => stages(needs.value)),
    applyFor,
  };
}

/** Terminal is what the pages of self-service share. */
export type Terminal = ReturnType<typeof useTerminal>;
