import type { Row } from "./item";
import type zh from "./zh-CN.json";

type TextKey = keyof typeof zh;

/**
 * Kind is how a field is edited: text, long text, a number, yes or no, one or
 * several of a list, a line for each entry, money in fen; a group of fields, a
 * list of such groups; and what is chosen from elsewhere: items, halls, their
 * services, themes, or other parts of the same item.
 */
export type FieldKind =
  | "text"
  | "long"
  | "count"
  | "yes"
  | "choice"
  | "choices"
  | "lines"
  | "money"
  | "group"
  | "list"
  | "item"
  | "items"
  | "hall"
  | "service"
  | "themes"
  | "question"
  | "parts";

/** Field is one field of an item, as the form shows it. */
export interface Field {
  key: string;
  kind: FieldKind;
  label: TextKey;
  hint?: TextKey;
  /** max is the number of characters, or the greatest number. */
  max?: number;
  /** choices are the words for what can be chosen; a value is what stands behind the dot. */
  choices?: TextKey[];
  /** fields are those of a group, or of each entry of a list. */
  fields?: Field[];
  /** head is the member that names an entry of a list. */
  head?: string;
  /** prefix begins the ids of new entries; without one they have none. */
  prefix?: string;
  /** optional groups may be left out altogether. */
  optional?: boolean;
  /** fixed fields can't be changed any more once the item is there. */
  fixed?: boolean;
  /** upload lets a group's address be that of an uploaded file. */
  upload?: boolean;
  /** full takes the whole width. */
  full?: boolean;
  /** parts are what a field of that kind chooses from. */
  parts?: ("materials" | "fees")[];
}

/** Section is a part of the form. */
export interface Section {
  id: string;
  label: TextKey;
  fields: Field[];
}

const UNITS: TextKey[] = ["unit.working-days", "unit.days", "unit.months", "unit.instant", "unit.none"];
const WAYS: TextKey[] = ["way.telephone", "way.window", "way.online", "way.letter"];

const text = (key: string, label: TextKey, max: number, more: Partial<Field> = {}): Field => ({
  key,
  kind: "text",
  label,
  max,
  ...more,
});
const long = (key: string, label: TextKey, max: number, more: Partial<Field> = {}): Field => ({
  key,
  kind: "long",
  label,
  max,
  full: true,
  ...more,
});
const lines = (key: string, label: TextKey, hint: TextKey = "lines.hint"): Field => ({
  key,
  kind: "lines",
  label,
  hint,
  full: true,
});
const choice = (key: string, label: TextKey, choices: TextKey[]): Field => ({
  key,
  kind: "choice",
  label,
  choices,
});
const yes = (key: string, label: TextKey): Field => ({ key, kind: "yes", label });
const id = (): Field => text("id", "f.id", 40, { hint: "id.hint" });
const limit = (key: string, label: TextKey, optional = false): Field => ({
  key,
  kind: "group",
  label,
  optional,
  full: true,
  fields: [
    choice("unit", "f.unit", UNITS),
    { key: "days", kind: "count", label: "f.days", max: 3650 },
    text("note", "f.note", 300),
  ],
});
const file = (key: string, label: TextKey): Field => ({
  key,
  kind: "group",
  label,
  full: true,
  upload: true,
  fields: [text("name", "f.fileName", 120), text("url", "f.url", 300), long("text", "f.fileText", 4000)],
});
const ways = (key: string, label: TextKey): Field => ({
  key,
  kind: "list",
  label,
  head: "where",
  full: true,
  fields: [
    choice("way", "f.way", WAYS),
    text("where", "f.where", 200),
    text("hours", "f.hours", 200),
    text("reply", "f.reply", 100),
  ],
});

const material: Field[] = [
  id(),
  text("name", "f.materialName", 120),
  choice("type", "f.materialType", [
    "material.form",
    "material.original",
    "material.copy",
    "material.both",
    "material.edoc",
    "material.show",
  ]),
  choice("need", "f.need", ["need.must", "need.tolerable", "need.promise"]),
  { key: "originals", kind: "count", label: "f.originals", max: 99 },
  { key: "copies", kind: "count", label: "f.copies", max: 99 },
  text("size", "f.size", 20),
  yes("electronic", "f.electronic"),
  text("licence", "f.licence", 60),
  text("when", "f.when", 200),
  {
    key: "source",
    kind: "group",
    label: "f.source",
    full: true,
    fields: [
      choice("kind", "f.sourceKind", [
        "source.applicant",
        "source.government",
        "source.intermediary",
        "source.sharing",
      ]),
      text("name", "f.sourceName", 120),
      text("contact", "f.sourceContact", 200),
    ],
  },
  long("standard", "f.standard", 600),
  long("instructions", "f.instructions", 600),
  text("basis", "f.materialBasis", 300, { full: true }),
  file("blank", "f.blank"),
  file("sample", "f.sample"),
];

const option: Field[] = [
  text("id", "f.id", 40),
  text("text", "f.optionText", 100),
  { key: "next", kind: "question", label: "f.next" },
  { key: "materials", kind: "parts", label: "f.optionMaterials", parts: ["materials"], full: true },
  { key: "fees", kind: "parts", label: "f.optionFees", parts: ["fees"], full: true },
  { key: "without", kind: "parts", label: "f.without", parts: ["materials", "fees"], full: true },
  limit("promised", "f.optionPromised", true),
  text("note", "f.optionNote", 300, { full: true }),
  text("refuse", "f.refuse", 300, { full: true }),
  { key: "instead", kind: "item", label: "f.instead" },
];

/** sections are the whole form: every element of the guide. */
export const sections: Section[] = [
  {
    id: "base",
    label: "s.base",
    fields: [
      text("title", "f.title", 120, { hint: "title.hint" }),
      text("basicCode", "f.basicCode", 60, { fixed: true }),
      text("code", "f.code", 60, { hint: "code.hint" }),
      choice("level", "f.level", [
        "level.national",
        "level.province",
        "level.city",
        "level.county",
        "level.township",
        "level.village",
      ]),
      { key: "objects", kind: "choices", label: "f.objects", choices: ["object.person", "object.legal"] },
      { key: "themes", kind: "themes", label: "f.themes", full: true },
      long("summary", "f.summary", 300),
      lines("keywords", "f.keywords"),
      long("reason", "f.reason", 400, { hint: "reason.hint" }),
    ],
  },
  {
    id: "handling",
    label: "s.handling",
    fields: [
      choice("class", "f.class", ["class.instant", "class.committed", "class.joint", "class.upward"]),
      choice("form", "f.form", ["form.window", "form.online", "form.both"]),
      choice("online", "f.online", [
        "online.none",
        "online.info",
        "online.preview",
        "online.accept",
        "online.whole",
      ]),
      { key: "visits", kind: "count", label: "f.visits", max: 9 },
      choice("scope", "f.scope", ["scope.local", "scope.city", "scope.province", "scope.nation"]),
      text("scopeNote", "f.scopeNote", 300),
      limit("statutory", "f.statutory"),
      limit("promised", "f.promised"),
      lines("conditions", "f.conditions"),
      long("content", "f.content", 1000),
      text("authority", "f.authority", 300, { full: true }),
      text("quota", "f.quota", 300, { full: true }),
    ],
  },
  {
    id: "materials",
    label: "s.materials",
    fields: [
      {
        key: "materials",
        kind: "list",
        label: "f.materials",
        head: "name",
        prefix: "m",
        full: true,
        fields: material,
      },
    ],
  },
  {
    id: "fees",
    label: "s.fees",
    fields: [
      {
        key: "fees",
        kind: "list",
        label: "f.fees",
        hint: "fees.hint",
        head: "name",
        prefix: "f",
        full: true,
        fields: [
          id(),
          text("name", "f.feeName", 120),
          text("standard", "f.feeStandard", 300),
          { key: "amount", kind: "money", label: "f.amount" },
          text("basis", "f.feeBasis", 400, { full: true }),
          text("reduction", "f.reduction", 300, { full: true }),
        ],
      },
      yes("onlinePayment", "f.onlinePayment"),
    ],
  },
  {
    id: "situation",
    label: "s.situation",
    fields: [
      {
        key: "situation",
        kind: "group",
        label: "f.situation",
        hint: "situation.hint",
        full: true,
        fields: [
          {
            key: "questions",
            kind: "list",
            label: "f.questions",
            head: "text",
            prefix: "q",
            full: true,
            fields: [
              id(),
              text("text", "f.question", 200),
              text("help", "f.help", 300, { full: true }),
              {
                key: "options",
                kind: "list",
                label: "f.options",
                head: "text",
                prefix: "o",
                full: true,
                fields: option,
              },
            ],
          },
        ],
      },
    ],
  },
  {
    id: "process",
    label: "s.process",
    fields: [
      {
        key: "steps",
        kind: "list",
        label: "f.steps",
        head: "name",
        full: true,
        fields: [
          text("name", "f.stepName", 60),
          text("post", "f.post", 100),
          long("text", "f.stepText", 600),
          limit("limit", "f.stepLimit"),
          yes("special", "f.special"),
          text("output", "f.output", 200),
        ],
      },
      lines("review", "f.review"),
      {
        key: "result",
        kind: "group",
        label: "f.result",
        full: true,
        fields: [
          text("name", "f.resultName", 120),
          choice("kind", "f.resultKind", [
            "result.licence",
            "result.document",
            "result.payment",
            "result.record",
            "result.other",
          ]),
          text("valid", "f.valid", 100),
          text("licence", "f.licence", 60),
          file("sample", "f.resultSample"),
        ],
      },
    ],
  },
  {
    id: "places",
    label: "s.places",
    fields: [
      {
        key: "places",
        kind: "list",
        label: "f.places",
        head: "name",
        full: true,
        fields: [
          { key: "hall", kind: "hall", label: "f.hall" },
          { key: "service", kind: "service", label: "f.service" },
          text("name", "f.placeName", 120),
          text("address", "f.address", 200),
          text("window", "f.window", 100),
          text("hours", "f.hours", 200),
          text("phone", "f.phone", 60),
          text("traffic", "f.traffic", 200),
        ],
      },
      yes("bookable", "f.bookable"),
      text("bookingNote", "f.bookingNote", 300),
      text("onlineUrl", "f.onlineUrl", 300),
      {
        key: "delivery",
        kind: "group",
        label: "f.delivery",
        full: true,
        fields: [yes("papers", "f.papers"), yes("result", "f.resultByPost"), text("note", "f.note", 300)],
      },
      ways("consultations", "f.consultations"),
      ways("supervision", "f.supervision"),
    ],
  },
  {
    id: "help",
    label: "s.help",
    fields: [
      {
        key: "faq",
        kind: "list",
        label: "f.faq",
        head: "question",
        full: true,
        fields: [text("question", "f.asked", 200, { full: true }), long("answer", "f.answer", 1500)],
      },
      lines("mistakes", "f.mistakes"),
      lines("rights", "f.rights"),
      { key: "before", kind: "items", label: "f.before", full: true },
      { key: "after", kind: "items", label: "f.after", full: true },
    ],
  },
];

const LISTS: FieldKind[] = ["lines", "choices", "list", "items", "themes", "parts"];

/** complete gives a row every list and group that its fields edit, and its entries likewise. */
export function complete(row: Row, fields: Field[]): Row {
  for (const f of fields) {
    if (LISTS.includes(f.kind)) row[f.key] = Array.isArray(row[f.key]) ? row[f.key] : [];
    if (f.kind === "list") for (const entry of row[f.key] as Row[]) complete(entry, f.fields ?? []);
    if (f.kind !== "group") continue;
    if (!row[f.key] && !f.optional) row[f.key] = {};
    if (row[f.key]) complete(row[f.key] as Row, f.fields ?? []);
  }
  return row;
}

/** fresh is a new entry of a list, with an id that none of the others has. */
export function fresh(field: Field, others: Row[]): Row {
  const row = complete({}, field.fields ?? []);
  if (!field.prefix) return row;
  const taken = new Set(others.map((o) => o.id));
  let n = others.length + 1;
  while (taken.has(`${field.prefix}${n}`)) n++;
  row.id = `${field.prefix}${n}`;
  return row;
}

/** valueIn is the value of a choice. */
export function valueIn(choice: TextKey): string {
  return choice.slice(choice.indexOf(".") + 1);
}

/** Step is one part of a path: the field, and which entry of it. */
interface Step {
  field?: Field;
  key: string;
  entry?: string;
}

/** stepsOf takes a path such as materials[lease].source.kind apart. */
export function stepsOf(path: string): Step[] {
  let fields: Field[] | undefined = sections.flatMap((s) => s.fields);
  return path.split(".").map((part) => {
    const [, key = part, entry] = /^([^[]+)(?:\[(.*)\])?$/.exec(part) ?? [];
    const field: Field | undefined = fields?.find((f) => f.key === key);
    fields = field?.fields;
    return { field, key, entry };
  });
}

/** sectionOf is the section that a path belongs to. */
export function sectionOf(path: string): string {
  const key = /^[^.[]+/.exec(path)?.[0];
  return sections.find((s) => s.fields.some((f) => f.key === key))?.id ?? "base";
}
