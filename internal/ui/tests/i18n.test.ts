import { afterEach, describe, expect, it } from "vitest";
import { type LanguageFile, language, messages, named, SOURCE, setLanguage, setNames } from "../src";

const en = () => Promise.resolve({ default: { "test.hello": "Hello {who}" } });
const answer = (file?: LanguageFile) => async () =>
  new Response(file ? JSON.stringify(file) : "", { status: file ? 200 : 404 });

describe("languages", () => {
  afterEach(() => setLanguage(SOURCE));

  it("shows the source until another is chosen, and what a translation lacks", async () => {
    const t = messages({ "test.hello": "{who}，您好", "test.back": "返回" }, { en });
    expect(t("test.hello", { who: "王*" })).toBe("王*，您好");
    expect(await setLanguage("en")).toBe(true);
    expect(language.value).toBe("en");
    expect(document.documentElement.lang).toBe("en");
    expect(t("test.hello", { who: "王*" })).toBe("Hello 王*");
    expect(t("test.back")).toBe("返回");
    await setLanguage(SOURCE);
    expect(t("test.hello", { who: "王*" })).toBe("王*，您好");
  });

  it("speaks the language shown in parts that are loaded later", async () => {
    messages({ "test.hello": "您好" }, { en });
    await setLanguage("en");
    const late = messages({ "test.hello": "{who}，您好" }, { en });
    await Promise.resolve();
    await Promise.resolve();
    expect(late("test.hello", { who: "A" })).toBe("Hello A");
  });

  it("reads a language that isn't built in from the program's file", async () => {
    const t = messages({ "test.back": "返回" });
    const file = {
      name: "ئۇيغۇرچە",
      dir: "rtl" as const,
      fonts: "UKIJ Tuz Tom",
      texts: { "test.back": "قايتىش" },
    };
    expect(await setLanguage("ug", answer(file))).toBe(true);
    expect(t("test.back")).toBe("قايتىش");
    expect(document.documentElement.dir).toBe("rtl");
    await setLanguage(SOURCE);
    expect(document.documentElement.dir).toBe("ltr");
    expect(t("test.back")).toBe("返回");
  });

  it("stays with what is shown if a language is nowhere", async () => {
    expect(await setLanguage("xx", answer())).toBe(false);
    expect(language.value).toBe(SOURCE);
  });

  it("names the hall's own things as the hall does", async () => {
    messages({ "test.hello": "您好" }, { en });
    setNames({ en: { 社会保险业务: "Social insurance" } });
    expect(named("社会保险业务")).toBe("社会保险业务");
    await setLanguage("en");
    expect(named("社会保险业务")).toBe("Social insurance");
    expect(named("涉税")).toBe("涉税");
  });
});
