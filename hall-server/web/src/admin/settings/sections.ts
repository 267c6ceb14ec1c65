import type { Key } from "./text";

/** Kind is how a setting is filled in. */
export type Kind =
  | "text"
  | "number"
  | "minutes"
  | "seconds"
  | "flag"
  | "choice"
  | "ref"
  | "refs"
  | "texts"
  | "area"
  | "choices"
  | "time"
  | "hours"
  | "period"
  | "quotas"
  | "password"
  | "date"
  | "days";

/** Field is one setting of an entry. */
export interface Field {
  key: string;
  kind: Kind;
  required?: boolean;
  /** options are the values of a choice. */
  options?: readonly string[];
  /** from is the part whose entries a ref names, role those of its entries that count, by the key it names them by. */
  from?: string;
  role?: string;
  by?: string;
  /** label is what the field is called, if no text of ours says so; choice whose words its options have. */
  label?: string;
  choice?: string;
  /** wide fields take two columns. */
  wide?: boolean;
  /** unset is what holds while nothing is filled in, as the field shows it. */
  unset?: string;
  hint?: Key;
  min?: number;
  max?: number;
  /** usual is the value of a new entry. */
  usual?: string | number | boolean;
  /** when tells whether the field applies to an entry. */
  when?: (entry: Record<string, unknown>) => boolean;
}

/** Section is a list of the hall's file. */
export interface Section {
  /** path leads to the list; word is the section in the texts' keys. */
  path: string;
  word: string;
  fields: Field[];
  /** columns are the fields that the table shows. */
  columns: string[];
  /** prefix begins the ids of new entries; without one they are numbers or letters of their own. */
  prefix?: string;
  /** idFrom is the field that a new entry's id follows. */
  idFrom?: string;
  /** fixed lists are not sorted by hand. */
  fixed?: boolean;
  /** within is the part of each entry that the form is about; entries are neither added nor sorted then. */
  within?: string;
}

const id: Field = { key: "id", kind: "text", required: true, hint: "hint.id" };
const name: Field = { key: "name", kind: "text", required: true };

/** strategy is how who is next is chosen; one with weights or an order is set on its own page or in the file. */
const strategy = (hint: Field["hint"]): Field => ({
  key: "strategy",
  kind: "choice",
  options: ["", "due-date", "longest-wait", "by-hand"],
  hint,
  when: ({ strategy }) => !strategy || ["due-date", "longest-wait", "by-hand"].includes(String(strategy)),
});

export const ROLES = ["clerk", "manager", "admin"] as const;

export const zones: Section = {
  path: "zones",
  word: "zones",
  fields: [name, id],
  columns: ["name", "id"],
  prefix: "Z",
};

export const services: Section = {
  path: "services",
  word: "services",
  prefix: "service-",
  fields: [
    name,
    { key: "short", kind: "text", hint: "hint.short" },
    { key: "zone", kind: "ref", from: "zones", required: true },
    { key: "series", kind: "ref", from: "series", required: true, hint: "hint.series" },
    {
      key: "target_wait",
      kind: "minutes",
      required: true,
      min: 1,
      max: 480,
      usual: "20m",
      hint: "hint.target",
    },
    {
      key: "service_time",
      kind: "minutes",
      required: true,
      min: 1,
      max: 480,
      usual: "10m",
      hint: "hint.serviceTime",
    },
    { key: "materials", kind: "texts", hint: "hint.materials" },
    { key: "quotas", kind: "quotas", hint: "hint.quotas" },
    { key: "person_daily", kind: "number", min: 0, max: 99, hint: "hint.noLimit" },
    { key: "closed", kind: "text", hint: "hint.closed" },
    id,
  ],
  columns: ["name", "zone", "series", "target_wait", "service_time", "quotas"],
};

export const windows: Section = {
  path: "windows",
  word: "windows",
  idFrom: "number",
  fields: [
    { key: "number", kind: "text", required: true },
    { key: "name", kind: "text" },
    { key: "zone", kind: "ref", from: "zones", required: true },
    { key: "services", kind: "refs", from: "services", required: true },
    { key: "helps", kind: "refs", from: "services", hint: "hint.helps" },
    strategy("hint.windowStrategy"),
    { key: "direction", kind: "text", hint: "hint.direction" },
    { key: "attendance", kind: "hours", hint: "hint.attendance" },
    { key: "posts", kind: "number", min: 1, max: 4, hint: "hint.posts" },
    { key: "screen", kind: "text", hint: "hint.screen" },
    { key: "disabled", kind: "flag", hint: "hint.disabled" },
    id,
  ],
  columns: ["number", "name", "zone", "services", "disabled"],
};

export const series: Section = {
  path: "series",
  word: "series",
  idFrom: "prefix",
  fields: [
    { key: "prefix", kind: "text", required: true, hint: "hint.prefix" },
    { key: "digits", kind: "number", required: true, min: 1, max: 6, usual: 3 },
    { key: "first", kind: "number", required: true, min: 0, max: 999998, usual: 1 },
    { key: "last", kind: "number", required: true, min: 1, max: 999999, usual: 999 },
    { key: "when_used_up", kind: "choice", options: ["", "grow", "refuse"] },
    { key: "kiosk", kind: "ref", from: "agents", role: "kiosk", hint: "hint.kiosk" },
    id,
  ],
  columns: ["prefix", "digits", "first", "last", "kiosk"],
};

export const priorities: Section = {
  path: "priorities",
  word: "priorities",
  prefix: "class-",
  fields: [
    name,
    { key: "shorten", kind: "minutes", required: true, min: 0, max: 240, usual: "10m", hint: "hint.shorten" },
    { key: "age", kind: "number", min: 0, max: 120, hint: "hint.age" },
    { key: "authorise", kind: "flag", hint: "hint.authorise" },
    { key: "daily", kind: "number", min: 0, max: 9999, hint: "hint.noLimit" },
    id,
  ],
  columns: ["name", "shorten", "age", "authorise", "daily"],
};

export const agents: Section = {
  path: "agents",
  word: "agents",
  prefix: "agent-",
  fields: [
    name,
    { key: "role", kind: "choice", options: ["kiosk", "counter", "display"], required: true, usual: "kiosk" },
    { key: "place", kind: "text" },
    {
      key: "window",
      kind: "ref",
      from: "windows",
      when: (entry) => entry.role === "counter",
      required: true,
    },
    id,
  ],
  columns: ["name", "role", "place", "id"],
};

export const staff: Section = {
  path: "staff",
  word: "staff",
  fields: [
    name,
    { key: "id", kind: "text", required: true, hint: "hint.account" },
    { key: "role", kind: "choice", options: ROLES, required: true, usual: "clerk" },
    { key: "password", kind: "password", hint: "hint.password" },
    { key: "disabled", kind: "flag", hint: "hint.staffDisabled" },
  ],
  columns: ["name", "id", "role", "disabled"],
};

export const roster: Section = {
  path: "roster",
  word: "roster",
  fields: [
    { key: "window", kind: "ref", from: "windows", required: true },
    { key: "clerks", kind: "refs", from: "staff", role: "clerk", hint: "hint.clerks" },
    { key: "days", kind: "days", hint: "hint.days" },
    { key: "hours", kind: "period", required: true, usual: "09:00-12:00" },
  ],
  columns: ["window", "clerks", "days", "hours"],
};

export const specialDays: Section = {
  path: "hours/days",
  word: "specialDays",
  fixed: true,
  fields: [
    { key: "day", kind: "date", required: true },
    { key: "hours", kind: "hours", hint: "hint.dayHours" },
    { key: "name", kind: "text" },
  ],
  columns: ["day", "hours", "name"],
};

/** RULES are the settings of the queue rules. */
export const RULES: Field[] = [
  strategy("hint.strategy"),
  { key: "tickets_need", kind: "choice", options: ["enabled", "open", "all"], usual: "enabled" },
  { key: "one_live_ticket", kind: "flag", usual: true },
  { key: "person_daily", kind: "number", min: 0, max: 99, hint: "hint.noLimit" },
  { key: "recall_limit", kind: "number", min: 0, max: 20, usual: 3 },
  { key: "recall_pause", kind: "seconds", min: 0, max: 600, usual: "10s" },
  { key: "overtaking", kind: "number", min: 1, max: 999, usual: 10, hint: "hint.overtaking" },
  { key: "no_show_after", kind: "minutes", min: 0, max: 120, hint: "hint.noShow" },
  { key: "rejoin_within", kind: "minutes", min: 0, max: 480, usual: "30m" },
  { key: "rejoin_times", kind: "number", min: 0, max: 9, usual: 1 },
  { key: "rejoin_after", kind: "number", min: 0, max: 99, usual: 3 },
  { key: "check_in_early", kind: "minutes", min: 0, max: 480, usual: "30m" },
  { key: "check_in_late", kind: "minutes", min: 0, max: 480, usual: "10m" },
  { key: "pause_limit", kind: "minutes", min: 0, max: 480, usual: "30m" },
];

/** WEEK are the days of the week as the file names them. */
export const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
