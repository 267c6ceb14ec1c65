import type { Values } from "@smarthall/ui/form";
import { computed, nextTick, onMounted, onUnmounted, reactive, ref, type ShallowRef, watch } from "vue";
import { useRouter } from "vue-router";
import { wordsOf } from "../../api";
import { done, sure } from "../kit/say";
import { type Earlier, isOpen, isOver, payable, type Review, type View, waitsForHer } from "./case";
import { sweep } from "./local";
import { nextOf, type Stage } from "./next";
import type { Result } from "./ResultDialog.vue";
import { t } from "./text";
import { useCase } from "./useCase";
import { useIntake } from "./useIntake";
import { useResults } from "./useResults";
import { Counter, type Scan, type Visit } from "./visit";

/** Way is a step that a clerk asks for. */
export type Way = Result | "supplement" | "another";

/** Parts are what the desk asks of the page's parts, while they are shown. */
export interface Parts {
  root: Readonly<ShallowRef<HTMLElement | null>>;
  list: Readonly<ShallowRef<{ again: () => Promise<void>; focus: () => void } | null>>;
  itemStep: Readonly<ShallowRef<{ pick: (n: number) => boolean; focus: () => void } | null>>;
  materialsStep: Readonly<ShallowRef<{ write: () => void } | null>>;
  decisionStep: Readonly<ShallowRef<{ print: (part: string) => void } | null>>;
  fill: Readonly<ShallowRef<{ focusOn: (name: string) => void } | null>>;
}

/**
 * useDesk is the one-window desk: a visit that the counter hands over, or a
 * person who walked in, becomes a case, which goes on to its decision.
 */
export function useDesk(parts: Parts, id: () => string | undefined) {
  const router = useRouter();
  const open = useCase();
  const intake = useIntake();
  const results = useResults(open, intake);
  const view = open.view;

  const stage = ref<Stage>("person");
  const selected = ref("");
  const note = ref("");
  const code = ref(false);
  /** printed counts the papers of the case that were printed or were there before. */
  const printed = ref(0);
  /** used are the visit's documents that became files, by case: material. */
  const used = reactive<Record<string, Record<string, string>>>({});
  const hint = ref("");
  let counter: Counter | undefined;
  let opening: Promise<void> | undefined;

  const material = computed(() => view.value?.materials.find((m) => m.id === selected.value));
  const next = computed(() =>
    nextOf({
      person: intake.ready.value,
      item: !!(intake.item.value || intake.pack.value),
      outcome: intake.outcome.value,
      view: view.value,
      formWrong: open.formWrong.value.length,
      deferred: results.deferred.value,
      present: results.present.value,
      payable: payable(results.order.value),
      printed: printed.value >= (view.value?.documents.length ?? 0),
    }),
  );
  const nextWords = computed(() => {
    const n = next.value;
    return "material" in n ? t(`next.${n.do}`, { n: n.n, name: n.material.name }) : t(`next.${n.do}`);
  });
  /** help names the keys of the part that is open. */
  const help = computed(() => t(`help.${view.value || stage.value === "item" ? stage.value : "person"}`));
  const busy = computed(() => open.busy.value || intake.busy.value);
  const failure = computed(() => (results.asking.value ? "" : open.failure.value || intake.failure.value));
  const unsaved = computed(
    () =>
      open.saving.value !== "saved" ||
      (!view.value && !!(intake.item.value || intake.pack.value || intake.person.name)),
  );

  /** step tells how far a part is. */
  function step(s: Stage): boolean {
    const v = view.value;
    if (s === "person") return !!v || intake.ready.value;
    if (s === "item") return !!v;
    if (s === "form") return !!v && open.formWrong.value.length === 0;
    if (s === "materials")
      return (
        !!v &&
        v.materials.every(
          (m) =>
            (m.review !== "unseen" ||
              results.deferred.value.has(m.id) ||
              !!m.due ||
              waitsForHer(v, m, results.present.value)) &&
            !m.compare,
        )
      );
    return !!v && isOver(v.state);
  }

  async function show(v: View) {
    await open.show(v);
    began();
    await router.push(`/acceptance/cases/${v.id}`);
  }

  async function enter(id: string) {
    try {
      await open.open(id);
      began();
    } catch (err) {
      open.failure.value = wordsOf(err);
    }
  }

  /** began looks at a case that was just opened where its work is. */
  function began() {
    const v = view.value;
    if (!v) return;
    printed.value = v.documents.length;
    note.value = "";
    stage.value = next.value.stage;
    select(v.materials.find((m) => m.review !== "ok")?.id ?? v.materials[0]?.id ?? "", false);
  }

  watch(
    id,
    (id) => {
      if (id && view.value?.id !== id) opening = enter(id);
    },
    { immediate: true },
  );
  watch(
    () => view.value?.state,
    () => parts.list.value?.again(),
  );
  watch(
    () => [view.value?.ticket, view.value?.number],
    ([ticket, number]) => ticket && number && counter?.tell(ticket, number),
  );

  /** came is a visit that the counter handed over, or news of the one that is here. */
  async function came(visit: Visit) {
    await opening; // after a reload the visit may come before its case
    if (intake.knows(visit.ticket) || view.value?.ticket === visit.ticket) return intake.come(visit);
    if (unsaved.value && !(await sure(t("visit.replace", { number: visit.number }), t("visit.replaceYes"))))
      return;
    await leave();
    intake.come(visit);
    await router.replace("/acceptance/visit");
    stage.value = intake.ready.value ? "item" : "person";
  }

  /** leave puts the case away; what isn't stored stays in this browser. */
  async function leave() {
    await open.flush();
    open.close();
    selected.value = "";
    await router.push(intake.visit.value ? "/acceptance/visit" : "/acceptance");
  }

  /** finish is ready for the next person; one that was only typed in is asked about. */
  async function finish() {
    if (!view.value && intake.person.name && !(await sure(t("newSure"), t("new")))) return;
    await leave();
    intake.clear();
    stage.value = "person";
    await router.push("/acceptance");
    void parts.list.value?.again();
    focusMain();
  }

  /** another begins a further item for the same person. */
  async function another() {
    const who = view.value?.who;
    await leave();
    if (who && !intake.person.name) Object.assign(intake.person, who);
    stage.value = "item";
    void intake.look("");
  }

  async function begin() {
    const v = await intake.begin();
    if (v) await show(v);
  }

  function select(id: string, focus = true) {
    if (selected.value !== id) note.value = "";
    selected.value = id;
    if (focus) void nextTick(() => parts.root.value?.querySelector<HTMLElement>(".now .el-button")?.focus());
  }

  /** advance goes to the next material that nobody looked at. */
  function advance() {
    const all = view.value?.materials ?? [];
    const from = all.findIndex((m) => m.id === selected.value);
    const rest = [...all.slice(from + 1), ...all.slice(0, from)];
    const v = view.value;
    const to = rest.find(
      (m) =>
        m.compare ||
        (m.review === "unseen" &&
          !results.deferred.value.has(m.id) &&
          !!v &&
          !waitsForHer(v, m, results.present.value)),
    );
    if (to) select(to.id, false);
  }

  async function review(id: string, result: Exclude<Review, "unseen">, words: string) {
    const of = view.value?.materials.find((m) => m.id === id);
    if (view.value?.state === "decided" && of?.compare) {
      if (result === "ok" && (await open.post("/originals", { materials: [id] }))) advance();
      else if (result !== "ok") hint.value = t("hint.notSame");
      return;
    }
    // What was put off and is found good now was brought on paper.
    if (result === "ok" && of?.source === "deferred" && !(await open.provide(id, { paper: true }))) return;
    if (!(await open.review(id, result, words))) return;
    if (result !== "missing") results.found(id);
    note.value = "";
    advance();
  }

  function defer(id: string) {
    const of = view.value?.materials.find((m) => m.id === id);
    if (of?.need !== "tolerable" || !view.value || !isOpen(view.value)) {
      hint.value = t("hint.noDefer");
      return;
    }
    results.toggle(id);
    if (results.deferred.value.has(id)) advance();
  }

  async function attach(id: string, scans: Scan[]) {
    const of = view.value?.id;
    const from = counter;
    if (!of || !from) return;
    let documents: { name: string; body: Blob }[];
    try {
      documents = await Promise.all(scans.map(async (s) => ({ name: s.name, body: await from.bring(s.id) })));
    } catch {
      open.failure.value = t("hint.notBrought");
      return;
    }
    if (!(await open.attach(id, documents))) return;
    for (const s of scans) used[of] = { ...used[of], [s.id]: id };
    results.found(id);
  }

  async function files(id: string, picked: File[]) {
    if (
      await open.attach(
        id,
        picked.map((f) => ({ name: f.name, body: f })),
      )
    )
      results.found(id);
  }

  function takeOver(values: Earlier["values"]) {
    const locked = new Set(view.value?.locked.map((l) => l.name));
    const known = new Set(open.whole.value?.sections.flatMap((s) => s.fields.map((f) => f.name)));
    const mine = open.values.value;
    const taken = Object.fromEntries(
      Object.entries(values).filter(
        ([k]) => known.has(k) && !locked.has(k) && (mine[k] === undefined || mine[k] === ""),
      ),
    );
    open.change({ ...mine, ...taken } as Values);
    stage.value = "form";
    done(t("side.taken", { n: Object.keys(taken).length }));
  }

  /** filled goes on to the form that isn't right yet, or to the materials. */
  function filled() {
    void open.flush();
    const [wrong] = open.formWrong.value;
    if (wrong) open.page.value = wrong.page;
    else stage.value = "materials";
  }

  function print() {
    const paper = view.value?.documents[printed.value] ?? view.value?.documents.at(-1);
    if (!paper) return;
    printed.value = Math.min(printed.value + 1, view.value?.documents.length ?? 0);
    parts.decisionStep.value?.print(`/documents/${encodeURIComponent(paper.id)}`);
  }

  async function go(what: Way) {
    if (what === "another") return another();
    if (what === "supplement") {
      if (await open.post("/submit")) done(t("said.supplement"));
      return;
    }
    open.failure.value = "";
    results.asking.value = what;
  }

  /** press does the obvious next thing. */
  async function press() {
    if (busy.value) return;
    const n = next.value;
    stage.value = n.stage;
    hint.value = "";
    await nextTick();
    switch (n.do) {
      case "person":
        return focusOn(!intake.person.name ? "name" : intake.person.idNumber.length < 18 ? "id" : "phone");
      case "item": {
        const [only, other] = intake.items.value;
        if (only && !other) await intake.choose(only);
        return parts.itemStep.value?.focus();
      }
      case "answer":
        return parts.itemStep.value?.focus();
      case "begin":
        return begin();
      case "form": {
        const [wrong] = open.formWrong.value;
        open.page.value = wrong?.page ?? 0;
        await nextTick();
        return parts.fill.value?.focusOn(wrong?.name ?? "");
      }
      case "part":
        return void router.push(`/acceptance/cases/${n.id}`);
      case "review":
      case "bring":
      case "compare":
        return select(n.material.id);
      case "present":
        return focusOn("present");
      case "print":
        return print();
      case "done":
        return finish();
      default:
        return go(n.do);
    }
  }

  function focusOn(name: string) {
    document.getElementById(`acceptance-${name}`)?.focus();
  }

  function focusMain() {
    void nextTick(() => document.getElementById("main")?.focus({ preventScroll: true }));
  }

  function turn(s: Stage) {
    stage.value = s;
    void nextTick(() => parts.root.value?.querySelector<HTMLElement>(".work input, .work button")?.focus());
  }

  onMounted(() => {
    sweep();
    if (window.opener) counter = new Counter(window, window.opener as Window, (v) => void came(v));
  });
  onUnmounted(() => {
    counter?.close();
    void open.flush();
  });

  const state = {
    open,
    intake,
    results,
    view,
    stage,
    selected,
    note,
    code,
    used,
    hint,
    material,
    nextWords,
    help,
  };
  const acts = {
    step,
    show,
    finish,
    select,
    review,
    defer,
    attach,
    files,
    takeOver,
    filled,
    print,
    go,
    press,
    turn,
  };
  return { ...state, busy, failure, ...acts };
}

/** TheDesk is what useDesk gives. */
export type TheDesk = ReturnType<typeof useDesk>;
