import { ask, type Role } from "../session";

/** OFFICES are the roles that find licences of their body. */
export const OFFICES: Role[] = ["clerk", "approver", "chief-representative"];

export type State = "valid" | "suspended" | "revoked" | "replaced" | "expired";

/** Licence is one that was issued, as the body that issued it sees it. */
export interface Licence {
  id: string;
  identifier: string;
  number: string;
  name: string;
  body: { name: string };
  holder: string;
  /** lines are what stands on it. */
  lines: { label: string; text: string }[];
  from: string;
  /** until is its last day; without one it doesn't end. */
  until?: string;
  state: State;
  reason?: string;
  issued: string;
}

/** Happening is one change of a licence's state. */
export interface Happening {
  at: string;
  state: State;
  reason: string;
}

/** Print is a sheet that came from a hall's machine; sent: the machine hasn't told what became of it. */
export interface Print {
  at: string;
  hall: string;
  machine: string;
  outcome: "sent" | "printed" | "failed" | "unknown";
}

/** TAGS are the colours of states. */
export const TAGS = {
  valid: "good",
  suspended: "wait",
  revoked: "bad",
  replaced: "off",
  expired: "off",
} as const;

/** Change is a state that a head may bring a licence to. */
export type Change = "valid" | "suspended" | "revoked";

/** changesOf are those that are open for a licence: a revoked one stays revoked. */
export function changesOf(state: State): Change[] {
  if (state === "valid") return ["suspended", "revoked"];
  return state === "suspended" ? ["valid", "revoked"] : [];
}

/** licences finds those of a holder, or the one with a number, by at least four characters. */
export async function licences(number: string): Promise<Licence[]> {
  const query = new URLSearchParams({ number });
  return (await ask<{ licences: Licence[] }>("GET", `/licences?${query}`)).licences;
}

/** fileOf is where a licence is read and printed. */
export const fileOf = (id: string): string => `/licence-files/${encodeURIComponent(id)}`;

/** Field is one fact on a kind of licences, with where its text comes from. */
export interface Field {
  id: string;
  label: string;
  from: string;
  otherwise?: string;
}

/** Type is a kind of licences: an entry of the catalogue. */
export interface Type {
  id: string;
  name: string;
  holder: "person" | "legal" | "any";
  /** years is how long one is valid; without it, it doesn't end. */
  years?: number;
  /** single tells that a holder has one, and a new one takes its place. */
  single?: boolean;
  authority: string;
  code: string;
  prefix?: string;
  fields: Field[];
}

export const HOLDERS = ["person", "legal", "any"] as const;

/** SOURCES are where a fact may come from beside the form's values. */
export const SOURCES = [
  "holder.name",
  "holder.number",
  "holder.person",
  "holder.address",
  "case.item",
  "case.number",
  "body.name",
] as const;

/** blankType is a kind that nothing is said of yet. */
export function blankType(): Type {
  return {
    id: "",
    name: "",
    holder: "any",
    years: 0,
    single: false,
    authority: "",
    code: "",
    prefix: "",
    fields: [{ id: "holder", label: "", from: "holder.name", otherwise: "" }],
  };
}

/** copyOf is a kind to be changed in a form, with every member there. */
export function copyOf(type: Type): Type {
  return { ...blankType(), ...type, fields: type.fields.map((f) => ({ otherwise: "", ...f })) };
}

/** sentOf is a kind as the platform takes it: without what was left empty. */
export function sentOf(type: Type): Type {
  const fields = type.fields.map(({ id, label, from, otherwise }) => ({
    id: id.trim(),
    label: label.trim(),
    from: from.trim(),
    ...(otherwise?.trim() ? { otherwise: otherwise.trim() } : {}),
  }));
  return {
    id: type.id.trim(),
    name: type.name.trim(),
    holder: type.holder,
    ...(type.years ? { years: type.years } : {}),
    ...(type.single ? { single: true } : {}),
    authority: type.authority.trim().toUpperCase(),
    code: type.code.trim().toUpperCase(),
    ...(type.prefix?.trim() ? { prefix: type.prefix.trim().toUpperCase() } : {}),
    fields,
  };
}

/** freshField is a new fact with an id that no other has. */
export function freshField(fields: Field[]): Field {
  let n = fields.length + 1;
  while (fields.some((f) => f.id === `f${n}`)) n++;
  return { id: `f${n}`, label: "", from: "", otherwise: "" };
}
