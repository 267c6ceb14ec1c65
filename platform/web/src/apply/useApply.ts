import { uuid } from "@smarthall/ui";
import type { Form, Region, Values, Wrong } from "@smarthall/ui/form";
import { computed, nextTick, onMounted, onUnmounted, ref, shallowRef } from "vue";
import { ApiError, call, type Legal, type Me, wordsOf } from "../api";
import { ask, type Case, caseAt, type Licence, type Summary } from "../cases/case";
import { useKeeper } from "../cases/useKeeper";
import {
  answersOf,
  askItem,
  askPackage,
  bundle,
  type Item,
  type Mode,
  modesOf,
  outcome,
  type Pick,
  takesOnline,
  waysOf,
} from "./apply";
import { t } from "./text";

/** Filling is a form to fill in, and the item of a package that it is of. */
export interface Filling {
  form: Form;
  item: string;
}

/** The steps before a draft stands, and those that work on it. */
const BEGIN = ["who", "situation"];
const DRAFT = ["form", "materials", "delivery", "check"];
const SUPPLEMENT = ["form", "materials", "check"];

/**
 * useApply leads through an application: what it is for, the draft on the
 * platform, and the step that the address names, so that the browser's own way
 * back works.
 */
export function useApply() {
  const query = new URLSearchParams(location.search);
  const item = query.get("item") ?? "";
  const pack = query.get("package") ?? "";

  const me = ref<Me>();
  const name = ref("");
  const items = shallowRef<Item[]>([]);
  const drafts = ref<Summary[]>([]);
  const legals = ref<Legal[]>([]);
  const legal = ref("");
  const picks = ref<Pick[]>(answeredBefore(item || pack));
  const c = ref<Case>();
  const forms = shallowRef<Filling[]>([]);
  const at = ref(0);
  const licences = ref<Licence[]>([]);
  const situation = ref<{ question: string; option: string }[]>([]);
  const step = ref("");
  const wrong = ref<Wrong[]>([]);
  const wrongMaterials = ref<Record<string, string>>({});
  const failure = ref("");
  const closed = ref("");
  const busy = ref(false);
  const loaded = ref(false);
  const handed = ref(false);
  const keeper = useKeeper();
  let key = uuid();

  /** mode is what the applicant chose among modes; a package has its own. */
  const mode = ref<Mode>();
  const modes = computed(() => (pack || !items.value[0] ? [] : modesOf(items.value[0])));
  const asksAnything = ref(true);
  const steps = computed(() => {
    const c0 = c.value;
    if (c0?.state === "supplementing") return SUPPLEMENT.map((id) => ({ id, open: true }));
    const begin = BEGIN.filter((id) => id !== "situation" || asksAnything.value).map((id) => ({
      id,
      open: c0 ? id === "situation" && !c0.package : false,
    }));
    return [...begin, ...DRAFT.map((id) => ({ id, open: !!c0 }))];
  });
  const ways = computed(() => waysOf(items.value, c.value?.mode ?? "", c.value?.delivery.way ?? ""));
  const filling = computed(() => forms.value[at.value]);

  /** start begins when it is known who is there. */
  async function start(who: Me) {
    me.value = who;
    failure.value = "";
    try {
      const existing = query.get("case");
      if (existing && who.kind === "person")
        await open(await ask<Case>("GET", caseAt(existing)), query.get("step") ?? "");
      else if (item || pack) await introduce(who);
    } catch (err) {
      failure.value = wordsOf(err);
    } finally {
      loaded.value = true;
    }
  }

  async function introduce(who: Me) {
    if (pack) {
      const b = await bundle(pack, {});
      name.value = b.package.name;
      items.value = await Promise.all(b.items.map((i) => getItem(i.item)));
      asksAnything.value = b.next.length > 0;
    } else {
      const it = await getItem(item);
      name.value = it.title || it.name;
      items.value = [it];
      asksAnything.value = !!(await outcome(item, {})).next;
    }
    const first = items.value.find((it) => !takesOnline(it));
    if (first)
      closed.value =
        first.reason && first.state !== "published"
          ? first.reason
          : t("closed.text", { name: first.title || first.name });
    if (who.kind !== "person" || closed.value) return;
    const [mine, bodies] = await Promise.all([
      ask<{ cases: Summary[] }>("GET", "/me/cases"),
      ask<{ legalPersons: Legal[] }>("GET", "/legal-persons"),
    ]);
    legals.value = bodies.legalPersons;
    // Whom she acts for now, if that may apply for it.
    const may = objects.value.length === 0 || objects.value.includes("legal");
    legal.value = may && bodies.legalPersons.some((l) => l.id === who.for?.id) ? (who.for?.id ?? "") : "";
    drafts.value = mine.cases.filter(
      (d) => d.state === "draft" && (pack ? d.package === pack : d.item === item),
    );
    if (drafts.value.length === 0) step.value = query.get("step") === "situation" ? "situation" : "who";
  }

  const objects = computed(() => {
    const all = items.value.map((it) => it.objects);
    return (["person", "legal"] as const).filter((o) =>
      all.every((list) => list.length === 0 || list.includes(o)),
    );
  });

  /** situationOrBegin goes on from who applies. */
  async function situationOrBegin() {
    if (asksAnything.value) step.value = "situation";
    else await begin();
  }

  /** begin makes the draft once nothing is left to ask. */
  async function begin() {
    if (busy.value) return;
    busy.value = true;
    failure.value = "";
    try {
      if (c.value) {
        await keeper.keep();
        const body = { answers: answersOf(picks.value)[c.value.item ?? ""] ?? {}, edition: c.value.edition };
        await open(await ask<Case>("PUT", caseAt(c.value.id, "answers"), { body }), "form");
        return;
      }
      const acting = me.value?.for?.id ?? "";
      if (acting !== legal.value) await ask("PUT", "/me/acting", { body: { legal: legal.value } });
      const answers = answersOf(picks.value);
      const made = pack
        ? await ask<Case>("POST", `/packages/${encodeURIComponent(pack)}/cases`, { body: { answers }, key })
        : await ask<Case>("POST", "/cases", {
            body: { item, answers: answers[item] ?? {}, mode: mode.value },
            key,
          });
      sessionStorage.removeItem(`apply.${item || pack}`);
      if (acting !== legal.value) {
        location.replace(addressOf(made.id, "form"));
        return;
      }
      await open(made, "form");
    } catch (err) {
      failure.value = wordsOf(err);
      key = uuid();
    } finally {
      busy.value = false;
    }
  }

  /** open goes on with an application that stands. */
  async function open(found: Case, where: string) {
    if (found.state !== "draft" && found.state !== "supplementing") {
      location.replace(`/cases/${encodeURIComponent(found.id)}`);
      return;
    }
    const of = found.package
      ? (await bundle(found.package, found.each ?? {})).items.map((i) => i.item)
      : [found.item ?? ""];
    const [all, fill, mine] = await Promise.all([
      Promise.all(of.map(getItem)),
      formsOf(found, of),
      ask<{ licences: Licence[] }>("GET", "/me/licences").catch(() => ({ licences: [] })),
    ]);
    items.value = all;
    forms.value = fill;
    licences.value = mine.licences;
    name.value = found.itemName;
    keeper.open(found);
    c.value = found;
    drafts.value = [];
    await readSituation(found);
    go(where, true);
  }

  /** readSituation puts the answers into words. */
  async function readSituation(found: Case) {
    const list: { question: string; option: string }[] = [];
    const again: Pick[] = [];
    const each = found.package ? (found.each ?? {}) : { [found.item ?? ""]: found.answers ?? {} };
    for (const [of, answers] of Object.entries(each)) {
      if (Object.keys(answers).length === 0) continue;
      const out = await outcome(of, answers).catch(() => ({ asked: [] })); // the item asks differently now
      for (const a of out.asked) {
        if (!list.some((l) => l.question === a.question.text))
          list.push({ question: a.question.text, option: a.option.text });
        again.push({ items: [of], question: a.question, option: a.option.id });
      }
    }
    situation.value = list;
    asksAnything.value = list.length > 0;
    if (!found.package) picks.value = again;
  }

  /** changed takes a case as another step left it. */
  function changed(now: Case) {
    // Answers may come in another order than the changes were made in.
    if (c.value && (now.id !== c.value.id || now.edition < c.value.edition)) return;
    c.value = now;
    keeper.seen(now);
    wrongMaterials.value = {};
  }

  function go(where: string, first = false) {
    const known = steps.value.some((s) => s.id === where && (s.open || where === step.value));
    step.value = known ? where : c.value ? "form" : "who";
    if (step.value !== "form") at.value = 0;
    const address = c.value ? addressOf(c.value.id, step.value) : "";
    if (address && first) history.replaceState(null, "", address);
    else if (address) history.pushState(null, "", address);
    nextTick(() => {
      scrollTo(0, 0);
      if (!first) document.querySelector<HTMLElement>("h1")?.focus();
    });
  }

  function next() {
    const list = steps.value.map((s) => s.id);
    go(list[list.indexOf(step.value) + 1] ?? step.value);
  }

  function back() {
    const list = steps.value.map((s) => s.id);
    const before = list[list.indexOf(step.value) - 1];
    if (before && steps.value.find((s) => s.id === before)?.open) go(before);
  }

  /** filled takes one form as it was completed, and goes on to the next one. */
  async function filled(values: Values) {
    if (busy.value) return;
    busy.value = true;
    try {
      keeper.change({ ...keeper.values.value, ...values });
      if (!(await keeper.keep())) {
        failure.value = unkept();
        return;
      }
    } finally {
      busy.value = false;
    }
    failure.value = "";
    wrong.value = [];
    if (at.value + 1 < forms.value.length) {
      at.value++;
      nextTick(() => scrollTo(0, 0));
    } else next();
  }

  /** unkept are the words of why the form isn't stored. */
  const unkept = () => (keeper.theirs.value ? t("kept.stale") : keeper.failure.value || t("kept.waiting"));

  async function submit() {
    if (busy.value || !c.value) return;
    busy.value = true;
    failure.value = "";
    try {
      if (!(await keeper.keep())) {
        failure.value = unkept();
        return;
      }
      const done = await ask<Case>("POST", caseAt(c.value.id, "submit"), { key });
      keeper.forget();
      if (c.value.state === "supplementing") {
        location.assign(`/cases/${encodeURIComponent(done.id)}?sent`);
        return;
      }
      c.value = done;
      handed.value = true;
      history.replaceState(null, "", `/cases/${encodeURIComponent(done.id)}`);
    } catch (err) {
      refused(err);
    } finally {
      busy.value = false;
    }
  }

  /** refused leads to what was wrong with it. */
  function refused(err: unknown) {
    failure.value = wordsOf(err);
    if (!(err instanceof ApiError) || err.status === 0) return; // the same request may come again
    key = uuid();
    const of = (part: string) =>
      err.fields
        .filter((f) => f.name.startsWith(part))
        .map((f) => ({ name: f.name.slice(part.length), message: f.message }));
    wrong.value = of("values.");
    wrongMaterials.value = Object.fromEntries(of("materials.").map((f) => [f.name, f.message]));
    if (wrong.value.length > 0) {
      const field = /^\w+/.exec(wrong.value[0]?.name ?? "")?.[0];
      const holds = (f: Filling) => f.form.sections.some((s) => s.fields.some((x) => x.name === field));
      go("form");
      at.value = Math.max(0, forms.value.findIndex(holds));
    } else if (Object.keys(wrongMaterials.value).length > 0) go("materials");
  }

  const popped = () => {
    const where = new URLSearchParams(location.search);
    if (c.value && where.get("case") === c.value.id && !handed.value)
      step.value = where.get("step") ?? step.value;
    else if (!handed.value) location.reload();
  };
  onMounted(() => globalThis.addEventListener("popstate", popped));
  onUnmounted(() => globalThis.removeEventListener("popstate", popped));

  /** remember keeps the answers through a sign-in. */
  function remember(list: Pick[]) {
    picks.value = list;
    if (!c.value) sessionStorage.setItem(`apply.${item || pack}`, JSON.stringify(list));
  }

  return {
    ...{
      item,
      pack,
      me,
      name,
      items,
      objects,
      drafts,
      legals,
      legal,
      picks,
      c,
      forms,
      at,
      filling,
      licences,
      situation,
      step,
      steps,
      ways,
      mode,
      modes,
    },
    ...{ wrong, wrongMaterials, failure, closed, busy, loaded, handed, keeper },
    ...{ start, situationOrBegin, begin, open, changed, go, next, back, filled, submit, remember },
    asking: (list: Pick[]) =>
      pack || c.value?.package
        ? askPackage(pack || (c.value?.package ?? ""), list)
        : askItem(item || (c.value?.item ?? ""), list),
  };
}

function addressOf(id: string, step: string): string {
  return `/apply?case=${encodeURIComponent(id)}&step=${step}`;
}

function getItem(id: string): Promise<Item> {
  return call<Item>("GET", `/items/${encodeURIComponent(id)}`);
}

/** formsOf are a case's forms, each once. */
async function formsOf(found: Case, of: string[]): Promise<Filling[]> {
  if (!found.package) {
    if (!found.form) return [];
    const version = `?version=${found.form.version}`;
    return [
      {
        form: await call<Form>("GET", `/forms/${encodeURIComponent(found.form.id)}${version}`),
        item: found.item ?? "",
      },
    ];
  }
  const all = await Promise.all(
    of.map(async (item) => ({
      item,
      form: await call<Form>("GET", `/items/${encodeURIComponent(item)}/form`),
    })),
  );
  return all.filter((f, i) => all.findIndex((g) => g.form.id === f.form.id) === i);
}

/** regions gives those right below a code. */
export async function regions(below: string): Promise<Region[]> {
  return (await call<{ regions: Region[] }>("GET", `/regions?below=${encodeURIComponent(below)}`)).regions;
}

function answeredBefore(of: string): Pick[] {
  try {
    const list = JSON.parse(sessionStorage.getItem(`apply.${of}`) ?? "[]") as Pick[];
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
