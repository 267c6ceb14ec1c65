import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, h, nextTick } from "vue";
import {
  chooseLanguage,
  chooseTheme,
  contrast,
  day,
  LanguageButtons,
  language,
  listed,
  looks,
  messages,
  offered,
  PreferencesMenu,
  readLanguages,
  SOURCE,
  setLanguage,
  setLanguageNames,
  startAppearance,
  startLanguage,
  turnLanguages,
} from "../src";

const HERE = [
  { tag: SOURCE, name: "中文" },
  { tag: "en", name: "English" },
];
const t = messages(
  { "test.waited": "等了 {n} 分钟" },
  { en: async () => ({ default: { "test.waited": "Waited {n} {n|minute|minutes}" } }) },
);

let unmount: (() => void) | undefined;

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("fetch", async (path: string) =>
    path === "/languages" ? new Response(JSON.stringify(HERE)) : new Response("", { status: 404 }),
  );
});
afterEach(async () => {
  unmount?.();
  unmount = undefined;
  vi.unstubAllGlobals();
  await setLanguage(SOURCE);
  setLanguageNames(undefined);
  document.body.innerHTML = "";
});

async function show(component: Parameters<typeof h>[0], props: Record<string, unknown>) {
  const root = document.createElement("div");
  document.body.append(root);
  const app = createApp({ render: () => h(component as never, props) });
  app.mount(root);
  unmount = () => app.unmount();
  await settle();
  return root;
}

async function settle() {
  for (let i = 0; i < 5; i++) await Promise.resolve();
  await nextTick();
}

describe("texts", () => {
  it("take the form that a number wants, and the last for what is no number", async () => {
    await setLanguage("en");
    expect(t("test.waited", { n: 1 })).toBe("Waited 1 minute");
    expect(t("test.waited", { n: 0 })).toBe("Waited 0 minutes");
    expect(t("test.waited", { n: "5–10" })).toBe("Waited 5–10 minutes");
  });

  it("have dates and lists as the language has them", async () => {
    const noon = Date.parse("2026-11-23T04:00:00Z");
    expect(day(noon, "Asia/Shanghai")).toBe("11月23日星期一");
    expect(listed(["1", "2"])).toBe("1、2");
    await setLanguage("en");
    expect(day(noon, "Asia/Shanghai")).toBe("Monday, November 23");
    setLanguageNames([{ tag: "en", name: "English", names: { 身份证: "ID card" } }]);
    expect(listed(["身份证", "照片"])).toBe("ID card, 照片");
  });
});

describe("choosing a language", () => {
  it("offers what the hall names and the program has, Chinese first", () => {
    const hall = [
      { tag: "en", name: "English" },
      { tag: "bo", name: "བོད་སྐད།" },
    ];
    expect(offered(hall, HERE).map((l) => l.tag)).toEqual([SOURCE, "en"]);
    expect(offered([], HERE)).toEqual([]);
  });

  it("knows what is built in while the program is away", async () => {
    const gone = async () => {
      throw new TypeError("network");
    };
    expect((await readLanguages(gone)).map((l) => l.tag)).toEqual([SOURCE, "en"]);
  });

  it("is remembered, and forgotten with Chinese", async () => {
    await chooseLanguage("en");
    await setLanguage(SOURCE);
    await startLanguage("");
    expect(language.value).toBe("en");
    await chooseLanguage(SOURCE);
    expect(localStorage.length).toBe(0);
  });

  it("follows the address first, and remembers nothing of it", async () => {
    await startLanguage("?lang=en");
    expect(language.value).toBe("en");
    expect(localStorage.length).toBe(0);
  });

  it("stays with Chinese for a language that nobody has", async () => {
    expect(await chooseLanguage("xx")).toBe(false);
    await startLanguage("?lang=../secret");
    expect(language.value).toBe(SOURCE);
    expect(localStorage.length).toBe(0);
  });

  it("takes turns on a screen that names two", async () => {
    const stop = turnLanguages("?lang=zh-CN,en", 20);
    const patience = { timeout: 20_000, interval: 7 }; // no multiple of the turns
    await vi.waitFor(() => expect(language.value).toBe("en"), patience);
    await vi.waitFor(() => expect(language.value).toBe(SOURCE), patience);
    stop();
  });

  it("shows citizens a button for each other language", async () => {
    const chosen: string[] = [];
    const root = await show(LanguageButtons, {
      languages: [{ tag: "en", name: "English" }],
      onChoose: (tag: string) => chosen.push(tag),
    });
    const button = root.querySelector("button");
    expect(root.querySelectorAll("button").length).toBe(1);
    expect(button?.lang).toBe("en");
    button?.click();
    expect(chosen).toEqual(["en"]);
  });
});

describe("the preferences' menu", () => {
  it("opens, changes, remembers and closes with Escape", async () => {
    startAppearance();
    const root = await show(PreferencesMenu, { looks: true });
    const open = root.querySelector("button") as HTMLButtonElement;
    open.click();
    await settle();
    (root.querySelector('input[value="dark"]') as HTMLInputElement).click();
    (root.querySelector('input[type="checkbox"]') as HTMLInputElement).click();
    await settle();
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(document.documentElement.dataset.contrast).toBe("more");
    expect(contrast.value).toBe(true);
    expect(looks.value).toBe("dark more");
    expect(localStorage.getItem("smarthall.theme")).toBe("dark");
    (root.querySelector('input[value="en"]') as HTMLInputElement).click();
    await vi.waitFor(() => expect(localStorage.getItem("smarthall.language")).toBe("en"), {
      timeout: 20_000,
    });
    open.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await settle();
    expect(root.querySelector("fieldset")).toBeNull();
    (root.querySelector("button") as HTMLButtonElement).click();
    await settle();
    (root.querySelector('input[type="checkbox"]') as HTMLInputElement).click();
    chooseTheme("system");
    expect(localStorage.getItem("smarthall.theme")).toBeNull();
  });

  it("of a wall begins dark, and has a theme of its own", () => {
    localStorage.setItem("smarthall.theme", "light");
    startAppearance("wall", "dark");
    expect(document.documentElement.dataset.theme).toBe("dark");
    chooseTheme("light");
    expect(document.documentElement.dataset.theme).toBe("light");
    expect(localStorage.getItem("smarthall.wall.theme")).toBe("light");
    chooseTheme("dark");
    expect(localStorage.getItem("smarthall.wall.theme")).toBeNull();
    expect(localStorage.getItem("smarthall.theme")).toBe("light");
    startAppearance();
    expect(document.documentElement.dataset.theme).toBe("light");
    chooseTheme("system");
  });
});
