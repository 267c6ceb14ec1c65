import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createApp, h, nextTick } from "vue";
import type { Entry } from "../src/admin/settings/api";
import { merge, mistakeAt, useDraft } from "../src/admin/settings/draft";
import { Hall } from "../src/admin/settings/hall";
import {
  ABOUT,
  ABOUT_LISTS,
  BASICS,
  callForm,
  cameras,
  citizenCards,
  languages,
  messageForm,
  PRESENCE,
  RULE_FORM,
  sites,
  TEXTS,
  VIDEO,
} from "../src/admin/settings/parts";
import {
  agents,
  priorities,
  roster,
  series,
  services,
  staff,
  windows,
  zones,
} from "../src/admin/settings/sections";
import { unsaved } from "../src/admin/settings/unsaved";
import { ownWords } from "../src/admin/settings/words";

/** A hall whose file is values, and stands for what others save. */
function hallOf(values: Entry) {
  let version = 1;
  const hall = new Hall({
    read: () => Promise.resolve({ version: String(version), values: structuredClone(values) }),
    send: () => Promise.reject(new Error("nothing is saved here")),
  });
  return {
    hall,
    saved: () => {
      version++;
      return hall.load();
    },
  };
}

/** mounted runs setup inside a component that is really there, and gives what it returns. */
function mounted<T>(setup: () => T): { made: T; leave: () => void } {
  let made: T | undefined;
  const app = createApp({
    setup() {
      made = setup();
      return () => h("i");
    },
  });
  app.mount(document.createElement("div"));
  return { made: made as T, leave: () => app.unmount() };
}

describe("a draft of settings", () => {
  test("nothing filled in is nothing to save, whatever the file leaves out", async () => {
    const { hall } = hallOf({ name: "大厅", messages: { soon: 5 } });
    await hall.load();
    for (const groups of [BASICS, RULE_FORM, TEXTS, PRESENCE, VIDEO, ABOUT, callForm([]), messageForm({})]) {
      const { made, leave } = mounted(() => useDraft(hall, () => groups));
      expect(made.edits()).toEqual([]);
      leave();
    }
  });

  test("only what differs is sent, and leaving is asked about until it is undone", async () => {
    const { hall } = hallOf({ messages: { sms: { on: true } } });
    await hall.load();
    const { made, leave } = mounted(() => useDraft(hall, () => messageForm({})));
    (made.draft["messages/sms"] as Entry).on = false;
    (made.draft["messages/templates/called"] as Entry).text = "请 {number} 号";
    expect(made.edits()).toEqual([
      { op: "set", path: "messages/sms/on", value: false },
      { op: "set", path: "messages/templates/called/text", value: "请 {number} 号" },
    ]);
    expect(unsaved()).toBe(true);
    made.reset();
    expect(unsaved()).toBe(false);
    (made.draft.messages as Entry).soon = 7;
    leave();
    expect(unsaved()).toBe(false);
  });

  test("an optional part goes with the last of its settings", async () => {
    const { hall } = hallOf({ video: { player: "https://nvr.example/play" } });
    await hall.load();
    const { made, leave } = mounted(() => useDraft(hall, () => VIDEO));
    (made.draft.video as Entry).player = "";
    expect(made.edits()).toEqual([{ op: "remove", path: "video" }]);
    leave();
  });

  test("what another saves comes in, and takes nothing away that was filled in here", async () => {
    const values: Entry = { name: "大厅", url: "http://a.example" };
    const { hall, saved } = hallOf(values);
    await hall.load();
    const { made, leave } = mounted(() => useDraft(hall, () => BASICS));
    (made.draft[""] as Entry).name = "新大厅";
    values.url = "http://b.example";
    values.name = "别人的大厅";
    await saved();
    await nextTick();
    expect(made.draft[""]).toMatchObject({ name: "新大厅", url: "http://b.example" });
    expect(made.edits()).toEqual([{ op: "set", path: "name", value: "新大厅" }]);
    leave();
  });
});

test("merge copies what it takes: a draft never changes the file's own values", () => {
  const now = { list: ["a"] };
  const draft: Record<string, never> = {};
  merge(draft, {}, now, ["list"]);
  (draft as unknown as { list: string[] }).list.push("b");
  expect(now.list).toEqual(["a"]);
});

test("a mistake stands at its field, whether the field or a part of it is wrong", () => {
  const mistakes = [{ line: 3, message: "错", at: "windows/2/camera/rtsp" }];
  expect(mistakeAt(mistakes, "windows/2/camera/rtsp")).toBe("错");
  expect(mistakeAt(mistakes, "windows/2/camera")).toBe("错");
  expect(mistakeAt(mistakes, "windows/2/camera/rts")).toBe("");
});

test("the hall's own words are found wherever people read them, each once, without numbers", () => {
  const words = ownWords({
    name: "大厅",
    zones: [{ id: "A", name: "大厅" }],
    services: [{ id: "x", name: "税", materials: ["身份证"] }],
    about: { telephones: [{ name: "咨询", number: "12345", hours: "24" }] },
    plan: { floors: [{ id: "f", name: "一楼", places: [{ id: "p", name: "正门" }] }] },
    staff: [{ id: "a", name: "李敏" }],
  });
  expect(words.map(({ text, part }) => `${part}:${text}`)).toEqual([
    "basics:大厅",
    "services:税",
    "services:身份证",
    "about:咨询",
    "plan:一楼",
    "plan:正门",
  ]);
});

describe("every setting of the hall's file is reached by a form", () => {
  const source = (file: string) => readFileSync(join(import.meta.dirname, "../../internal", file), "utf8");
  /** keysOf are the file's names of a Go struct's fields. */
  const keysOf = (go: string, type: string) => {
    const body = new RegExp(`type ${type} struct \\{([\\s\\S]*?)\\n\\}`).exec(go)?.[1] ?? "";
    return [...body.matchAll(/yaml:"([a-z_]+)"/g)].map((m) => m[1] as string);
  };
  const keys = (...groups: { fields: { key: string }[] }[]) =>
    groups.flatMap((g) => g.fields.map((f) => f.key));

  /** ELSEWHERE are reached on pages of their own, or on purpose by the file alone: who the hall is at the platform, and what gateways are told. */
  const ELSEWHERE: Record<string, string[]> = {
    Hall: ["id", "rules", "plan", "ticket", "hours"],
    Window: ["camera"],
    Agent: ["devices"],
    Language: ["names"],
    About: [],
    ChannelSettings: ["gateway"],
    Ticket: ["lines"],
    Calls: ["zones"],
    Settings: ["sms", "wechat", "templates"],
    Template: ["version"],
  };
  const lists = [
    zones,
    services,
    windows,
    series,
    priorities,
    agents,
    staff,
    roster,
    languages,
    citizenCards,
    sites,
  ];
  const TYPES: [string, string, string[]][] = [
    [
      "hall/hall.go",
      "Hall",
      [
        ...keys(...BASICS.slice(0, 1), ...TEXTS.slice(0, 1)),
        ...lists.map((l) => l.path),
        "documents",
        "calls",
        "messages",
        "presence",
        "video",
        "about",
      ],
    ],
    ["hall/hall.go", "Rules", keys(...RULE_FORM)],
    ["hall/hall.go", "Documents", keys(...BASICS.slice(1))],
    ["hall/hall.go", "Calls", keys(...callForm([]).slice(0, 1))],
    ["hall/hall.go", "Zone", keys(zones)],
    ["hall/hall.go", "Series", keys(series)],
    ["hall/hall.go", "Service", keys(services)],
    ["hall/hall.go", "Window", keys(windows)],
    ["hall/hall.go", "Priority", keys(priorities)],
    ["hall/hall.go", "Staff", keys(staff)],
    ["hall/hall.go", "Agent", keys(agents)],
    ["hall/ticket.go", "Ticket", keys(...TEXTS.slice(1))],
    ["hall/roster.go", "Shift", keys(roster)],
    ["hall/roster.go", "Presence", keys(...PRESENCE)],
    ["hall/video.go", "Camera", keys(cameras)],
    ["hall/video.go", "Video", keys(...VIDEO)],
    ["hall/about.go", "About", [...keys(...ABOUT), ...ABOUT_LISTS.map((l) => l.word)]],
    ["hall/about.go", "Department", keys(...ABOUT_LISTS.filter((l) => l.word === "departments"))],
    ["hall/about.go", "Article", keys(...ABOUT_LISTS.filter((l) => l.word === "notices"))],
    ["hall/about.go", "Telephone", keys(...ABOUT_LISTS.filter((l) => l.word === "telephones"))],
    ["hall/plan.go", "Language", keys(languages)],
    ["hall/citizencard.go", "CitizenCard", keys(citizenCards)],
    ["hall/sites.go", "Site", keys(sites)],
    ["message/settings.go", "Settings", keys(...messageForm({}).slice(0, 1))],
    ["message/settings.go", "ChannelSettings", keys(...messageForm({}).slice(1, 2))],
    ["message/template.go", "Template", keys(...messageForm({}).slice(3, 4))],
  ];
  test.each(TYPES)("%s: %s", (file, type, reached) => {
    const all = keysOf(source(file), type);
    expect(all.length).toBeGreaterThan(0);
    expect([...reached, ...(ELSEWHERE[type] ?? [])].sort()).toEqual(all.sort());
  });
});
