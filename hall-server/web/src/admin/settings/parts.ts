import type { Group } from "./draft";
import { type Field, RULES, type Section } from "./sections";

/** RULE_FORM are the rules of the queue that hold for the whole hall. */
export const RULE_FORM: Group[] = [{ path: "rules", word: "rules", fields: RULES }];

/** BASICS are what the hall is, and how long it keeps things. */
export const BASICS: Group[] = [
  {
    path: "",
    word: "basics",
    fields: [
      { key: "name", kind: "text", required: true, max: 60 },
      { key: "url", kind: "text", wide: true, hint: "hint.url" },
      { key: "day_begins", kind: "time", required: true, usual: "04:00", hint: "hint.dayBegins" },
      { key: "time_zone", kind: "text", required: true, usual: "Asia/Shanghai", hint: "hint.timeZone" },
    ],
  },
  {
    path: "documents",
    word: "documents",
    titled: true,
    fields: [
      {
        key: "keep_days",
        kind: "number",
        required: true,
        min: 1,
        max: 3650,
        usual: 30,
        hint: "hint.keepDays",
      },
      {
        key: "page_kilobytes",
        kind: "number",
        required: true,
        min: 50,
        max: 4000,
        usual: 500,
        hint: "hint.pageKilobytes",
      },
    ],
  },
];

/** TEXTS are the hall's own sentences: one a line. */
export const TEXTS: Group[] = [
  {
    path: "",
    word: "texts",
    fields: [
      { key: "notices", kind: "texts", hint: "hint.notices" },
      { key: "tips", kind: "texts", hint: "hint.tips" },
      { key: "pauses", kind: "texts", hint: "hint.pauses" },
    ],
  },
  {
    path: "ticket",
    word: "usualTicket",
    titled: true,
    fields: [
      { key: "head", kind: "texts" },
      { key: "foot", kind: "texts" },
      { key: "materials", kind: "flag" },
    ],
  },
];

/** PRESENCE is how strictly the roster is taken. */
export const PRESENCE: Group[] = [
  {
    path: "presence",
    word: "presence",
    fields: [
      { key: "grace", kind: "minutes", required: true, min: 0, max: 60, usual: "5m", hint: "hint.grace" },
    ],
  },
];

const CHANNELS = ["board", "window", "led", "voice"] as const;

/** callForm are the ways people are called, for the hall and for each of its zones. */
export function callForm(zones: { id: string; name: string }[]): Group[] {
  const zone = ({ id, name }: { id: string; name: string }): Field => ({
    key: id,
    kind: "choices",
    options: CHANNELS,
    choice: "channels",
    label: name,
  });
  return [
    {
      path: "calls",
      word: "calls",
      fields: [{ key: "channels", kind: "choices", options: CHANNELS, hint: "hint.channels" }],
    },
    { path: "calls/zones", word: "callZones", titled: true, fields: zones.map(zone) },
  ];
}

/** EVENTS are what citizens get messages about. */
export const EVENTS = ["soon", "called", "recalled", "returned", "missed"] as const;

const channel = (path: string, on: boolean): Group => ({
  path: `messages/${path}`,
  word: path,
  titled: true,
  fields: [
    { key: "on", kind: "flag", usual: on },
    { key: "unasked", kind: "flag", usual: on, hint: "hint.unasked" },
    { key: "provider", kind: "choice", options: ["outbox", "http"], usual: "outbox", hint: "hint.provider" },
    { key: "events", kind: "choices", options: EVENTS, hint: "hint.allOfThem" },
    { key: "zones", kind: "refs", from: "zones", hint: "hint.allOfThem" },
  ],
});

/** messageForm is what citizens are told on their phones; texts are those of a hall that has no others. */
export function messageForm(texts: Record<string, string>): Group[] {
  return [
    {
      path: "messages",
      word: "messages",
      fields: [
        { key: "soon", kind: "number", required: true, min: 1, max: 20, usual: 3, hint: "hint.soon" },
        {
          key: "per_phone",
          kind: "number",
          required: true,
          min: 0,
          max: 9999,
          usual: 20,
          hint: "hint.zeroNoLimit",
        },
        {
          key: "per_hall",
          kind: "number",
          required: true,
          min: 0,
          max: 9999999,
          usual: 20000,
          hint: "hint.zeroNoLimit",
        },
      ],
    },
    channel("sms", true),
    channel("wechat", false),
    ...EVENTS.map(
      (event): Group => ({
        path: `messages/templates/${event}`,
        word: `template.${event}`,
        titled: true,
        optional: true,
        fields: [
          { key: "text", kind: "area", wide: true, unset: texts[event], hint: "hint.template" },
          { key: "code", kind: "text", hint: "hint.code" },
        ],
      }),
    ),
  ];
}

/** VIDEO is the system that the windows' cameras belong to. */
export const VIDEO: Group[] = [
  {
    path: "video",
    word: "video",
    optional: true,
    fields: [
      { key: "player", kind: "text", wide: true, max: 500, hint: "hint.player" },
      { key: "live", kind: "text", wide: true, max: 500, hint: "hint.live" },
    ],
  },
];

/** cameras watch windows. */
export const cameras: Section = {
  path: "windows",
  word: "cameras",
  within: "camera",
  fields: [
    { key: "name", kind: "text", required: true, hint: "hint.camera" },
    { key: "rtsp", kind: "text", hint: "hint.rtsp" },
    { key: "onvif", kind: "text" },
  ],
  columns: ["name", "rtsp", "onvif"],
};

/** ABOUT is what the hall says of itself. */
export const ABOUT: Group[] = [
  {
    path: "about",
    word: "about",
    fields: [
      { key: "introduction", kind: "texts", wide: true, hint: "hint.introduction" },
      { key: "hours", kind: "texts", hint: "hint.aboutHours" },
      { key: "traffic", kind: "texts" },
      { key: "address", kind: "text" },
    ],
  },
];

const article = (list: string, dated: boolean): Section => ({
  path: `about/${list}`,
  word: list,
  fields: [
    { key: "title", kind: "text", required: true },
    ...(dated ? ([{ key: "date", kind: "date" }] as Field[]) : []),
    { key: "text", kind: "texts", hint: "hint.paragraphs" },
  ],
  columns: dated ? ["title", "date"] : ["title"],
});

/** ABOUT_LISTS are the lists of what the hall says of itself. */
export const ABOUT_LISTS: Section[] = [
  article("notices", true),
  {
    path: "about/departments",
    word: "departments",
    fields: [
      { key: "name", kind: "text", required: true },
      { key: "duties", kind: "text" },
      { key: "windows", kind: "refs", from: "windows", by: "number", hint: "hint.unit" },
      { key: "telephone", kind: "text" },
    ],
    columns: ["name", "duties", "windows", "telephone"],
  },
  article("process", false),
  article("laws", false),
  {
    path: "about/telephones",
    word: "telephones",
    fields: [
      { key: "name", kind: "text", required: true },
      { key: "number", kind: "text", required: true },
      { key: "hours", kind: "text" },
    ],
    columns: ["name", "number", "hours"],
  },
];

/** languages are what citizens may read besides Chinese. */
export const languages: Section = {
  path: "languages",
  word: "languages",
  fields: [
    { key: "name", kind: "text", required: true, hint: "hint.languageName" },
    { key: "tag", kind: "text", required: true, hint: "hint.tag" },
  ],
  columns: ["name", "tag"],
};

/** citizenCards are codes that the city's card centre resolves to a person. */
export const citizenCards: Section = {
  path: "citizen_cards",
  word: "citizenCards",
  fields: [
    { key: "name", kind: "text", required: true, max: 20 },
    { key: "pattern", kind: "text", required: true, hint: "hint.pattern" },
  ],
  columns: ["name", "pattern"],
};

/** sites are what of the web people may read at kiosks. */
export const sites: Section = {
  path: "sites",
  word: "sites",
  fields: [
    { key: "name", kind: "text", required: true, max: 20 },
    { key: "intro", kind: "text", max: 40 },
    { key: "address", kind: "text", required: true, max: 500, hint: "hint.site" },
  ],
  columns: ["name", "intro", "address"],
};
