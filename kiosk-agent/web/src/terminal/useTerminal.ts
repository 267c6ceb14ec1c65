import { uuid } from "@smarthall/ui";
import type { Answers, Form, Region, Wrong } from "@smarthall/ui/form";
import { computed, onMounted, onUnmounted, ref, shallowRef } from "vue";
import {
  type About,
  asked,
  type Case,
  caseAt,
  type Door,
  type Licence,
  Refusal,
  type Stored,
  type Visit,
  wordsOf,
} from "./door";
import { after, before, first, type Step, stageOf } from "./steps";
import { t } from "./text";
import { useKeeper } from "./useKeeper";

/** Offer is an item that is applied for here. */
export interface Offer {
  id: string;
  name: string;
  organisation: string;
  summary: string;
  /** service is that of the hall where a ticket for it is taken. */
  service: string;
}

/** Question is what is asked of the situation, Picked what was answered. */
export interface Question {
  id: string;
  text: string;
  help?: string;
  options: { id: string; text: string }[];
}
interface Outcome {
  next?: Question;
  asked: { question: Question; option: { id: string; text: string } }[];
  done: boolean;
  refuse?: string;
}

/** Face is how the comparison of faces ended. */
export interface Face {
  result: "same" | "vouched";
  score: number;
  threshold: number;
  by?: string;
}

/** BEAT is how often the machine hears that the page is in use, in ms. */
const BEAT = 60_000;

interface Listed {
  cases: Case[];
}

/**
 * useTerminal leads through an application at the machine: who it is, what it
 * is for, the draft on the platform, and the page that stands before her. All
 * of it lives as long as its component.
 */
export function useTerminal(door: Door, offers: () => Offer[], over: () => void) {
  const step = ref<Step>("begin");
  const visit = ref<Visit>();
  const about = ref<About>({ camera: false });
  const offer = ref<Offer>();
  const drafts = ref<Case[]>([]);
  const question = ref<Question>();
  const answers = ref<[string, string][]>([]);
  const c = ref<Case>();
  const form = shallowRef<Form>();
  const licences = ref<Licence[]>([]);
  const material = ref(0);
  const wrong = ref<Wrong[]>([]);
  const face = ref<Face>();
  const failure = ref("");
  const closed = ref("");
  const busy = ref(false);
  const keeper = useKeeper(door, (err) => told(err));
  let key = uuid();
  let refused = "";

  const stage = computed(() => stageOf[step.value]);
  const asks = computed(() => (c.value?.materials ?? []).filter(asked));
  const needs = computed(() => ({
    form: !!form.value,
    materials: asks.value.length > 0,
    face: !!about.value.face && !face.value,
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
      } catch (err) {
        if (!(err instanceof Refusal) || err.over || err.status === 0) throw err;
        closed.value = err.message;
        step.value = "closed";
        return;
      }
      step.value = "items";
    });

  /** choose takes an item: one's own draft of it goes on, or it begins. */
  const choose = (it: Offer) =>
    work(async () => {
      offer.value = it;
      const mine = await door.ask<Listed>("GET", "/me/cases");
      drafts.value = mine.cases.filter((d) => d.state === "draft" && d.item === it.id && !d.legal);
      answers.value = [];
      if (drafts.value.length > 0) step.value = "drafts";
      else await look();
    });

  const given = (): Answers => Object.fromEntries(answers.value);

  /** look asks what the next question is, or begins when none is left. */
  async function look() {
    const query = answers.value.map(([q, o]) => `${q}:${o}`).join(",");
    const path = `/items/${encodeURIComponent(offer.value?.id ?? "")}/outcome${query ? `?answers=${encodeURIComponent(query)}` : ""}`;
    const out = await door.ask<Outcome>("GET", path);
    refused = out.refuse ?? "";
    if (refused || (!out.done && out.next)) {
      question.value = refused ? question.value : out.next;
      failure.value = refused;
      step.value = "situation";
      return;
    }
    await begin();
  }

  const anew = () => work(look);

  const answer = (option: string) =>
    work(async () => {
      if (!question.value) return;
      const list = answers.value.filter(([q]) => q !== question.value?.id);
      answers.value = [...list, [question.value.id, option]];
      try {
        await look();
      } finally {
        if (refused) answers.value = list;
      }
    });

  /** begin makes the draft, or gives the one that stands its new answers. */
  async function begin() {
    if (c.value && c.value.item === offer.value?.id) {
      await keeper.keep();
      await open(
        await door.ask<Case>("PUT", caseAt(c.value.id, "answers"), {
          answers: given(),
          edition: c.value.edition,
        }),
      );
      return;
    }
    const made = await door.ask<Case>("POST", "/cases", { item: offer.value?.id, answers: given() }, key);
    key = uuid(); // the next request is another one
    await open(made);
  }

  async function open(found: Case) {
    const [filled, mine] = await Promise.all([
      door.ask<Form>("GET", `/items/${encodeURIComponent(found.item ?? "")}/form`),
      door.ask<{ licences: Licence[] }>("GET", "/me/licences").catch(() => ({ licences: [] })),
    ]);
    form.value = filled.sections.length > 0 ? filled : undefined;
    licences.value = mine.licences;
    keeper.open(found);
    c.value = found;
    material.value = 0;
    wrong.value = [];
    face.value = undefined;
    step.value = first(needs.value);
  }

  /** goOn takes up a draft that was begun before, here or elsewhere. */
  const goOn = (id: string) =>
    work(async () => {
      const found = await door.ask<Case>("GET", caseAt(id));
      answers.value = Object.entries(found.answers ?? {});
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
      if (step.value === "materials" && material.value + 1 < asks.value.length) {
        material.value++;
        return;
      }
      const to = after(step.value, needs.value);
      if (to === "check" && c.value) changed(await door.ask<Case>("GET", caseAt(c.value.id)));
      if (to) step.value = to;
    });

  /** back goes one page back; false: there is none, so that the way leads out. */
  function back(): boolean {
    failure.value = "";
    if (
      busy.value ||
      step.value === "begin" ||
      step.value === "closed" ||
      step.value === "items" ||
      step.value === "done"
    )
      return false;
    if (step.value === "drafts") step.value = "items";
    else if (step.value === "situation") backFromQuestion();
    else if (step.value === "materials" && material.value > 0) material.value--;
    else {
      const to = before(step.value, { ...needs.value, face: false });
      if (to) step.value = to;
      else if (answers.value.length > 0) void work(lastQuestion);
      else step.value = "items";
    }
    return true;
  }

  function backFromQuestion() {
    if (answers.value.length > 0) void work(lastQuestion);
    else step.value = "items";
  }

  /** lastQuestion asks the last question again, with the answers before it. */
  async function lastQuestion() {
    answers.value = answers.value.slice(0, -1);
    await look();
  }

  /** put says how the material is given. */
  const put = (id: string, body?: object) =>
    work(async () => {
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

  const deliver = (way: string) =>
    work(async () => {
      const { name, phone } = c.value?.delivery ?? {};
      changed(
        await door.ask<Case>("PUT", caseAt(c.value?.id ?? "", "delivery"), {
          way,
          name,
          phone: phone?.includes("*") ? undefined : phone,
        }),
      );
    });

  const submit = () =>
    work(async () => {
      try {
        changed(await door.ask<Case>("POST", caseAt(c.value?.id ?? "", "submit"), undefined, key));
        step.value = "done";
      } catch (err) {
        key = uuid();
        if (!(err instanceof Refusal) || err.status !== 422) throw err;
        mend(err);
      }
    });

  /** mend goes to the page where something is missing or wrong. */
  function mend(err: Refusal) {
    const fields = err.fields.filter((f) => f.name.startsWith("values."));
    wrong.value = fields.map((f) => ({ name: f.name.replace("values.", ""), message: f.message }));
    const missing = asks.value.findIndex((m) => err.fields.some((f) => f.name === `materials.${m.id}`));
    if (fields.length > 0) step.value = "form";
    else if (missing >= 0) {
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
    offers: computed(offers),
    offer,
    drafts,
    question,
    answers,
    c,
    form,
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
  };
}

/** Terminal is what the pages of self-service share. */
export type Terminal = ReturnType<typeof useTerminal>;
