/** Json is what values are made of. */
export type Json =
  | null
  | boolean
  | number
  | string
  | Json[]
  | { [key: string]: Json | undefined }
  | undefined;

/** Values are what is filled in, by field. */
export type Values = Record<string, Json>;

/** Answers are an item's situation: chosen options by question. */
export type Answers = Record<string, string>;

/** Node is an expression as the platform sends it: k is its kind, v a value or name, a the arguments. */
export interface Node {
  k: string;
  v?: Json;
  a?: Node[];
}

export type Widget =
  | "text"
  | "long-text"
  | "number"
  | "money"
  | "date"
  | "choice"
  | "several"
  | "yes-no"
  | "id-number"
  | "credit-code"
  | "phone"
  | "address"
  | "table"
  | "person"
  | "note";

/** Option is one thing to choose. */
export interface Option {
  value: string;
  label: string;
}

/** Field is one thing to fill in; what its value may be is in the form's schema. */
export interface Field {
  name: string;
  widget: Widget;
  label: string;
  help?: string;
  example?: string;
  unit?: string;
  width?: "half" | "third";
  when?: Node;
  required?: boolean;
  requiredWhen?: Node;
  options?: Option[];
  patternMessage?: string;
  earliest?: string;
  latest?: string;
  columns?: Field[];
  minRows?: number;
  maxRows?: number;
  text?: string;
}

/** Section is a part of a form with a heading. */
export interface Section {
  title: string;
  note?: string;
  when?: Node;
  fields: Field[];
}

/** Rule concerns several fields: that has to be true where all named fields have values. */
export interface Rule {
  that: Node;
  names: string[];
  at: string;
  message: string;
}

/** Schema is the part of JSON Schema (2020-12) that forms use. */
export interface Schema {
  type?: string;
  title?: string;
  enum?: string[];
  minLength?: number;
  maxLength?: number;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Form is a version of a form, as the platform sends it. */
export interface Form {
  id: string;
  version: number;
  title: string;
  intro?: string;
  sections: Section[];
  rules: Rule[];
  schema: Schema;
}

/** Wrong is one wrong field; name may lead into a table or a part: owners[1].share, agent.phone. */
export interface Wrong {
  name: string;
  message: string;
}

/** Locked is a field that keeps what a register says. */
export interface Locked {
  name: string;
  why: string;
  /** from is the register; older platforms don't say it. */
  from?: string;
}

/** Region is a province, a city, a county or a street. */
export interface Region {
  code: string;
  name: string;
  more: boolean;
}
