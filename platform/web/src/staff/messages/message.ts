/** STATES are where a message can stand. */
export const STATES = [
  "created",
  "sending",
  "delivered",
  "pending",
  "temporary-failure",
  "permanent-failure",
  "technical-failure",
] as const;
export type State = (typeof STATES)[number];

/** CHANNELS are the ways to reach somebody. */
export const CHANNELS = ["sms", "wechat", "email", "inbox"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Sent is a message in the list: whom it is for stays masked. */
export interface Sent {
  id: string;
  template: string;
  version: number;
  state: State;
  channel?: Channel;
  provider?: string;
  address?: string;
  reason?: string;
  attempts: number;
  created: string;
  due: string;
  expires: string;
  changed: string;
  inbox: boolean;
  read: boolean;
}

/** Detail is a message with what it says and what was tried. */
export interface Detail extends Sent {
  title?: string;
  text: string;
  tries: {
    at: string;
    channel: Channel;
    provider: string;
    outcome: string;
    reason?: string;
    receipt?: string;
  }[];
}

/** Letter is a text with a title. */
export interface Letter {
  title?: string;
  text?: string;
}

/** Version is one version of a template. */
export interface Version {
  key: string;
  version: number;
  name: string;
  anytime: boolean;
  minutes: number;
  channels: Channel[];
  vars: { name: string; label: string; example: string; optional?: boolean; max?: number }[];
  sms?: string;
  wechat?: string;
  email: Letter;
  inbox: Letter;
  code?: string;
  state: "draft" | "review" | "published" | "replaced" | "dropped";
  origin: "product" | "staff";
  author?: string;
  reviewer?: string;
  created: string;
  published?: string;
}

/** Count is how many messages of a day came to a state. */
export interface Count {
  day: string;
  template: string;
  channel?: Channel;
  state: State;
  n: number;
}

/** kindOf is how a state looks. */
export function kindOf(state: State): "good" | "work" | "wait" | "bad" {
  if (state === "delivered") return "good";
  if (state === "created" || state === "sending") return "work";
  return state === "pending" ? "wait" : "bad";
}

/** kindOfVersion is how a version's state looks. */
export function kindOfVersion(state: Version["state"]): "good" | "work" | "wait" | "off" {
  return ({ published: "good", draft: "work", review: "wait", replaced: "off", dropped: "off" } as const)[
    state
  ];
}
