import { reactive, watch } from "vue";
import type { Mistake } from "../../api";
import type { Edit, Entry, Value } from "./api";
import { wrongOf } from "./check";
import { empty, fieldEdits, same } from "./edits";
import type { Hall } from "./hall";
import type { Field } from "./sections";
import { useUnsaved } from "./unsaved";

/** Group is settings of the file that stand in one place and in one frame of a form. */
export interface Group {
  /** path leads to them; empty for the file itself. */
  path: string;
  /** word is the group in the texts' keys. */
  word: string;
  fields: Field[];
  /** optional groups are taken out of the file when nothing of them is filled in. */
  optional?: boolean;
  /** titled groups have a heading of their own: group.WORD in the texts. */
  titled?: boolean;
}

type Values = Record<string, Value | undefined>;

/**
 * merge brings what is newly in the file into a draft: what nobody touched here
 * becomes the new value, what somebody did stays and is told as a change of it.
 */
export function merge(draft: Values, was: Values, now: Values, keys: string[]): void {
  for (const key of keys) {
    if (!same(draft[key], was[key])) continue;
    // A copy: a draft is changed in place, the file's values are not.
    draft[key] = now[key] === undefined ? undefined : JSON.parse(JSON.stringify(now[key]));
  }
}

/** mistakeAt is what the hall-server found wrong at a path of the file or below it. */
export function mistakeAt(mistakes: Mistake[], path: string): string {
  return mistakes.find(({ at }) => at === path || at?.startsWith(`${path}/`))?.message ?? "";
}

export const pathOf = (group: Pick<Group, "path">, key: string) =>
  group.path ? `${group.path}/${key}` : key;

/** useDraft are groups as somebody fills them in, until they are what the hall runs by. */
export function useDraft(hall: Hall, groups: () => Group[]) {
  const draft = reactive<Record<string, Values>>({});
  let base: Record<string, Values> = {};

  const entryOf = (group: Group) => ((group.path ? hall.at(group.path) : hall.state.values) ?? {}) as Entry;
  /** read is what the file says, with what it leaves out as it usually is. */
  function read(group: Group): Values {
    const entry = entryOf(group);
    return Object.fromEntries(group.fields.map(({ key, usual }) => [key, entry[key] ?? usual]));
  }

  function reset() {
    base = {};
    for (const key of Object.keys(draft)) delete draft[key];
    take();
  }
  function take() {
    for (const group of groups()) {
      const now = read(group);
      draft[group.path] ??= {};
      merge(draft[group.path] as Values, base[group.path] ?? {}, now, Object.keys(now));
      base[group.path] = now;
    }
  }
  // Two groups may share a place of the file, such as the file itself.
  const all = () => groups().map((group) => ({ group, now: draft[group.path] ?? {} }));

  function edits(): Edit[] {
    return all().flatMap(({ group, now }) => {
      const there = group.path ? hall.at(group.path) : hall.state.values;
      if (group.optional && group.fields.every(({ key }) => empty(now[key]))) {
        return there === undefined ? [] : [{ op: "remove" as const, path: group.path }];
      }
      const was = read(group) as Entry;
      for (const key of Object.keys(was)) was[key] ??= null;
      return fieldEdits(group.path, group.fields, was, now as Entry);
    });
  }
  const changed = () => edits().length > 0;

  watch(() => hall.state.version, take, { immediate: true });
  useUnsaved(changed);
  return {
    draft,
    reset,
    edits,
    changed,
    /** well tells whether all can stay as it is filled in. */
    well: () =>
      all().every(({ group, now }) => group.fields.every((field) => !wrongOf(field, now[field.key]))),
  };
}
