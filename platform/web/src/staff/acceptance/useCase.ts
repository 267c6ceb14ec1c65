import { check, type Form, type Values } from "@smarthall/ui/form";
import { computed, onUnmounted, ref, shallowRef } from "vue";
import { ApiError, wordsOf } from "../../api";
import { ask } from "../session";
import { at, formOf, isOpen, type Review, saveValues, today, upload, type View } from "./case";
import { same } from "./conflict";
import { drop, keep, kept } from "./local";
import { bundle, type Filling, formsOf, type Part } from "./package";

/** How long after the last key the values are stored, in milliseconds. */
const SETTLE = 700;
/** How long until it is tried again where the platform is away, in milliseconds. */
const AGAIN = 4000;

/** Saving is where the values are: stored, on their way, or only in this browser. */
export type Saving = "saved" | "unsaved" | "saving" | "away";

/**
 * useCase is the case that is open at the desk. Whatever is typed is kept in
 * this browser at once and stored soon after, with the edition that it began
 * with; what somebody else stored meanwhile is a conflict for the clerk. What
 * else changes the case waits until the values are stored: one thing at a time.
 */
export function useCase() {
  const view = shallowRef<View>();
  /** forms are what is to be filled in: one, or those of a package's items. */
  const forms = shallowRef<Filling[]>([]);
  /** page is the form that is shown. */
  const page = ref(0);
  /** parts are a package's items, refused the reasons of those that won't be accepted. */
  const parts = shallowRef<Part[]>([]);
  const refused = shallowRef<Record<string, string>>({});
  const values = shallowRef<Values>({});
  const saving = ref<Saving>("saved");
  const busy = ref(false);
  const failure = ref("");
  const wrong = shallowRef<{ name: string; message: string }[]>([]);
  /** theirs is what somebody else stored meanwhile; undefined while nobody did. */
  const theirs = shallowRef<Values>();
  let edition = 0;
  let stored: Values = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let line: Promise<unknown> = Promise.resolve();

  const filling = computed(() => forms.value[page.value]);
  /** whole is everything that is filled in, as one form. */
  const whole = computed<Form | undefined>(() => {
    const [first] = forms.value;
    return first && { ...first.form, sections: forms.value.flatMap((f) => f.form.sections) };
  });
  const formWrong = computed(() => {
    if (!view.value || !isOpen(view.value)) return [];
    return forms.value.flatMap((f, page) =>
      f.items.length > 0 && f.items.every((i) => refused.value[i] !== undefined)
        ? []
        : check(f.form, values.value, f.answers, today()).map((w) => ({ ...w, page })),
    );
  });

  /** inLine does one thing after another. */
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const next = line.then(work);
    line = next.catch(() => {});
    return next;
  }

  /** take shows what the platform says of the case now. */
  function take(v: View): void {
    const typed = view.value?.id === v.id && saving.value !== "saved";
    if (typed && !same(v.values, stored)) theirs.value = v.values;
    view.value = v;
    edition = v.edition;
    stored = v.values;
    if (!typed) values.value = v.values;
  }

  /** open shows a case; what was typed here and never stored comes back. */
  async function open(id: string): Promise<void> {
    await flush();
    await show(await ask<View>("GET", at(id)));
  }

  async function show(v: View): Promise<void> {
    close();
    if (v.package && isOpen(v)) {
      parts.value = (await bundle(v.package, v.each ?? {})).items;
      forms.value = await formsOf(parts.value, v.each ?? {});
    } else if (v.form && !v.package) {
      forms.value = [{ form: await formOf(v.form), items: [], answers: v.answers ?? {} }];
    }
    take(v);
    const copy = kept(v.id);
    if (!copy || !isOpen(v) || same(copy.values, v.values)) return drop(v.id);
    values.value = copy.values;
    saving.value = "unsaved";
    if (copy.edition === v.edition) await flush();
    else theirs.value = v.values;
  }

  /** close leaves the desk without a case; an unsaved copy stays in this browser. */
  function close(): void {
    clearTimeout(timer);
    view.value = undefined;
    forms.value = [];
    page.value = 0;
    parts.value = [];
    refused.value = {};
    values.value = {};
    saving.value = "saved";
    theirs.value = undefined;
    failure.value = "";
    wrong.value = [];
  }

  function change(next: Values): void {
    const v = view.value;
    if (!v || !isOpen(v)) return;
    values.value = next;
    saving.value = "unsaved";
    wrong.value = [];
    keep(v.id, next, edition);
    later(SETTLE);
  }

  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  }

  /** flush stores what is typed; false if it is only in this browser. */
  function flush(): Promise<boolean> {
    clearTimeout(timer);
    return inLine(save);
  }

  async function save(): Promise<boolean> {
    const v = view.value;
    const sent = values.value;
    if (!v || saving.value === "saved" || theirs.value) return !theirs.value;
    saving.value = "saving";
    try {
      const got = await saveValues(v.id, sent, edition);
      if (view.value?.id !== v.id) return true;
      edition = got.edition;
      if (!got.saved) {
        stored = got.theirs;
        saving.value = "unsaved";
        if (!same(got.theirs, sent)) theirs.value = got.theirs;
        return same(got.theirs, sent);
      }
      stored = sent;
      saving.value = values.value === sent ? "saved" : "unsaved";
      if (saving.value === "saved") drop(v.id);
      else keep(v.id, values.value, edition);
      return true;
    } catch (err) {
      saving.value = "away";
      if (err instanceof ApiError && err.status >= 400 && err.status < 500) failure.value = wordsOf(err);
      else later(AGAIN);
      return false;
    }
  }

  /** settle ends a conflict with what the clerk chose. */
  async function settle(chosen: Values): Promise<void> {
    theirs.value = undefined;
    change(chosen);
    await flush();
  }

  /** run does something with the case after what is typed was stored; false if it wasn't done. */
  async function run(work: (v: View) => Promise<View>): Promise<boolean> {
    const v = view.value;
    if (!v || busy.value) return false;
    busy.value = true;
    failure.value = "";
    try {
      if (saving.value !== "saved" && !(await flush())) return false;
      const got = await inLine(() => work(v));
      if (view.value?.id === v.id) take(got);
      return true;
    } catch (err) {
      failure.value = wordsOf(err);
      if (err instanceof ApiError) {
        wrong.value = err.fields
          .filter((f) => f.name.startsWith("values."))
          .map((f) => ({ ...f, name: f.name.slice("values.".length) }));
      }
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** again does something elsewhere that changes the case, and looks at it anew. */
  const again = (work: () => Promise<void>) =>
    run(async (v) => {
      await work();
      return ask<View>("GET", at(v.id));
    });
  const post = (part: string, body?: unknown, key?: string) =>
    run((v) => ask<View>("POST", at(v.id, part), { body, key }));
  const provide = (material: string, body: object) =>
    run((v) => ask<View>("PUT", at(v.id, `/materials/${encodeURIComponent(material)}`), { body }));
  const review = (material: string, result: Exclude<Review, "unseen">, note = "") =>
    post(`/materials/${encodeURIComponent(material)}/review`, { result, note: note || undefined });

  /** fetchShared fetches what a department shares. */
  const fetchShared = (material: string) => post(`/materials/${encodeURIComponent(material)}/shared`);

  /** deliver says where the result goes. */
  const deliver = ({ way, name, phone, address }: View["delivery"]) =>
    run((v) => ask<View>("PUT", at(v.id, "/delivery"), { body: { way, name, phone, address } }));

  /** attach adds documents to those that a material has. */
  function attach(material: string, documents: { name: string; body: Blob }[]): Promise<boolean> {
    return run(async (v) => {
      const has = v.materials.find((m) => m.id === material)?.files?.map((f) => f.id) ?? [];
      const files = [...has];
      for (const d of documents) files.push(await upload(d.name, d.body));
      return ask<View>("PUT", at(v.id, `/materials/${encodeURIComponent(material)}`), { body: { files } });
    });
  }

  /** refuse says why an item of a package isn't accepted; without a reason it is. */
  function refuse(item: string, reason: string | undefined): void {
    const { [item]: _, ...others } = refused.value;
    refused.value = reason === undefined ? others : { ...others, [item]: reason };
  }

  onUnmounted(() => clearTimeout(timer));

  const state = {
    view,
    forms,
    page,
    filling,
    whole,
    parts,
    refused,
    values,
    saving,
    busy,
    failure,
    wrong,
    theirs,
  };
  return {
    ...state,
    formWrong,
    refuse,
    open,
    show,
    close,
    change,
    flush,
    settle,
    again,
    post,
    provide,
    review,
    attach,
    deliver,
    fetchShared,
  };
}

/** TheCase is what useCase gives. */
export type TheCase = ReturnType<typeof useCase>;
