import { t } from "./text";

/** Applicant is who applies. */
export interface Applicant {
  name: string;
  idNumber: string;
  phone: string;
  address: string;
}

/** Material is one line of what the guide asks for in a case. */
export interface Material {
  id: string;
  name: string;
  note?: string;
  seen?: boolean;
}

/** Intake is an application that was received at this window; name is masked. */
export interface Intake {
  id: string;
  number: string;
  itemName: string;
  ticketNumber: string;
  made: string;
  name: string;
  materials: Material[];
  files: { document: string; material: string; state: "waiting" | "taken" | "refused"; detail?: string }[];
  state: "waiting" | "taken" | "refused" | "void";
  detail?: string;
}

/** Intakes are those of this window, with how the hall is provided for. */
export interface Intakes {
  /** linked tells that the platform is reached. */
  linked: boolean;
  /** left is how many numbers are at hand; low tells that they are few. */
  left: number;
  low: boolean;
  intakes: Intake[];
}

/** Choice is an item; fits tells that it is one of the visit's service. */
export interface Choice {
  id: string;
  name: string;
  fits: boolean;
}

/** Question asks what the case is. */
export interface Question {
  id: string;
  text: string;
  help?: string;
  options: { id: string; text: string }[];
}

/** Outcome is what a case needs, as far as the answers tell. */
export interface Outcome {
  next?: Question;
  /** refuse says why the item is the wrong one. */
  refuse?: string;
  materials: Material[];
}

/** Making is what is received. */
export interface Making {
  ticket: string;
  item: string;
  answers: Record<string, string>;
  applicant: Applicant;
  seen: string[];
  files: { document: string; material: string }[];
}

/** Refusal is an answer that is no success; its message is for the clerk. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
    this.name = "Refusal";
  }
}

/** How long the hall may take, in milliseconds; a print takes longest. */
const PATIENCE = 20_000;
/** How long it may take to say how things stand: a key may wait for it. */
const GLANCE = 2000;

interface Problem {
  detail?: string;
  errors?: { location?: string; message: string }[];
}

async function ask<T>(method: string, path: string, body?: unknown, within = PATIENCE): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`intake${path}`, {
      method,
      cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      signal: AbortSignal.timeout(within),
    });
  } catch {
    throw new Refusal(t("intake.timeout"));
  }
  if (response.ok) return response.json();
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const fields = (problem.errors ?? []).map((e) => [e.location ?? "", e.message] as const);
  throw new Refusal(problem.detail || t("intake.timeout"), Object.fromEntries(fields));
}

const at = (id: string) => `/${encodeURIComponent(id)}`;

/** The hall's answers about received applications. */
export const door = {
  list: () => ask<Intakes>("GET", "", undefined, GLANCE),
  items: async (service: string) =>
    (await ask<{ items: Choice[] }>("GET", `/items?service=${encodeURIComponent(service)}`)).items,
  outcome: (item: string, answers: Record<string, string>) =>
    ask<Outcome>("POST", "/outcome", { item, answers }),
  make: (id: string, making: Making) => ask<Intake>("PUT", at(id), making),
  print: (id: string) => ask<{ kiosk: string; name: string }>("POST", `${at(id)}/print`, {}),
  correct: (id: string, applicant: Applicant) => ask<Intake>("PUT", `${at(id)}/applicant`, applicant),
  giveUp: (id: string) => ask<Intake>("DELETE", at(id)),
};

/** refusalOf is what went wrong. */
export function refusalOf(err: unknown): Refusal {
  return err instanceof Refusal ? err : new Refusal(t("intake.timeout"));
}
