import { type InjectionKey, inject, type Ref } from "vue";
import type { Row } from "./item";

/** Hall is a hall with the services that give tickets there. */
export interface Hall {
  id: string;
  name: string;
  described?: { services: { id: string; name: string }[] | null };
}

/** Theme is one of the themes that items are sorted by. */
export interface Theme {
  id: string;
  object: string;
  name: string;
}

/** Editor is what the fields of a form share. */
export interface Editor {
  /** item is the whole of it. */
  item: Ref<Row>;
  /** said are the platform's words for each wrong field, by path. */
  said: Ref<Map<string, string>>;
  /** touched forgets what was said of a field that is being changed. */
  touched: (path: string) => void;
  readonly: Ref<boolean>;
  halls: Ref<Hall[]>;
  themes: Ref<Theme[]>;
}

export const EDITOR: InjectionKey<Editor> = Symbol("editor");

/** useEditor is the form that a field belongs to. */
export function useEditor(): Editor {
  const editor = inject(EDITOR);
  if (!editor) throw new Error("a field outside its form");
  return editor;
}
