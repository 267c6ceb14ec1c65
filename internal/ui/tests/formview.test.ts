import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createApp, h, nextTick, reactive } from "vue";
import { type Form, FormView, type Region, type Values } from "../src/form";
import { SOURCE, setLanguage } from "../src/i18n";

/** every is the form of the vectors: each widget once. */
const every: Form = JSON.parse(
  readFileSync(
    join(dirname(fileURLToPath(import.meta.url)), "../../../platform/internal/form/testdata/vectors.json"),
    "utf8",
  ),
).forms.find((f: Form) => f.id === "every");

const regions = async (below: string): Promise<Region[]> =>
  below === "" ? [{ code: "330000", name: "Z", more: true }] : [{ code: "330100", name: "D", more: false }];

let unmount: (() => void) | undefined;
afterEach(() => unmount?.());

function show(props: Record<string, unknown>, values: Values = {}) {
  const state = reactive({ values, props });
  const changes: Values[] = [];
  const submitted: Values[] = [];
  const root = document.createElement("div");
  document.body.append(root);
  const app = createApp({
    render: () =>
      h(FormView, {
        form: every,
        values: state.values,
        today: "2026-11-22",
        regions,
        ...state.props,
        onChange: (v: Values) => {
          changes.push(v);
          state.values = v;
        },
        onSubmit: (v: Values) => submitted.push(v),
      }),
  });
  app.mount(root);
  unmount = () => {
    app.unmount();
    root.remove();
  };
  const input = (label: string) => {
    const all = [...root.querySelectorAll<HTMLLabelElement>("label[for]")];
    const found = all.find((l) => l.textContent?.includes(label));
    return root.querySelector<HTMLInputElement>(`#${found?.htmlFor}`) as HTMLInputElement;
  };
  const type = async (field: HTMLInputElement, text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
    await nextTick();
  };
  const press = async (selector: string) => {
    root.querySelector<HTMLElement>(selector)?.click();
    await nextTick();
    await nextTick();
  };
  return { root, state, changes, submitted, input, type, press };
}

describe("FormView", () => {
  it("tells every keystroke with all values, numbers as numbers and what is none as it was typed", async () => {
    const { changes, input, type } = show({}, { text: "x", unknown: 1 });
    const money = input("\u91d1\u989d");
    await type(money, "1");
    await type(money, "1.");
    await type(money, "1.5");
    expect(changes).toEqual([
      { text: "x", unknown: 1, money: 1 },
      { text: "x", unknown: 1, money: "1." },
      { text: "x", unknown: 1, money: 1.5 },
    ]);
    expect(money.value).toBe("1.5");
  });

  it("shows what is wrong at the field once it is left, and all of it with links on submission", async () => {
    const { root, submitted, input, type, press } = show({});
    const day = input("\u7535\u8bdd");
    await type(day, "123");
    expect(root.querySelector(".wrong")).toBeNull();
    day.dispatchEvent(new Event("blur"));
    await nextTick();
    expect(day.getAttribute("aria-invalid")).toBe("true");
    expect(
      root.querySelector(`#${day.getAttribute("aria-describedby")?.split(" ").pop()}`)?.textContent,
    ).toContain("\u7535\u8bdd");
    await press("button.submit");
    expect(submitted).toEqual([]);
    const links = root.querySelectorAll(".summary a");
    expect(links.length).toBe(2);
    expect(document.activeElement).toBe(root.querySelector(".summary"));
    (links[0] as HTMLElement).click();
    await nextTick();
    await nextTick();
    expect(document.activeElement).toBe(input("\u6587\u5b57"));
  });

  it("submits cleaned values and hides what doesn't belong", async () => {
    const { submitted, press } = show(
      {},
      { text: " ok ", choice: "a", more: "hidden", phone: "\uff11\uff13\uff18 0000 0001" },
    );
    await press("button.submit");
    expect(submitted).toEqual([{ text: "ok", choice: "a", phone: "13800000001" }]);
  });

  it("keeps what a register says, and says why", () => {
    const { root, input } = show({ locked: [{ name: "text", why: "because" }] }, { text: "ok" });
    expect(input("\u6587\u5b57").readOnly).toBe(true);
    expect(root.querySelector(".why")?.textContent).toBe("because");
  });

  it("says why in the language of the page, if the platform tells the register", async () => {
    await setLanguage("en");
    const why = (from?: string) =>
      show({ locked: [{ name: "text", why: "because", from }] }, { text: "ok" }).root.querySelector(".why")
        ?.textContent;
    const said = [why("person"), why("legal"), why("moon"), why()];
    await setLanguage(SOURCE);
    expect(said.map((w) => w?.split(";")[0])).toEqual([
      "From your verified identity",
      "From the register of legal persons",
      "because",
      "because",
    ]);
    expect(why("person")).toBe("because");
  });

  it("shows the platform's verdict until the field is changed", async () => {
    const { root, input, type } = show(
      { wrong: [{ name: "code", message: "taken" }] },
      { text: "ok", code: "AB-1" },
    );
    expect(root.querySelector(".wrong")?.textContent).toBe("taken");
    await type(input("\u7f16\u53f7"), "AB-2");
    expect(root.querySelector(".wrong")).toBeNull();
  });

  it("adds and removes rows of a table", async () => {
    const { root, state, press, type } = show({}, { text: "ok" });
    await press(".rows .add");
    await type(root.querySelector(".rows input") as HTMLInputElement, "A");
    await press(".rows .add");
    expect(state.values.table).toEqual([{ name: "A" }, {}]);
    await press(".rows .remove");
    expect(state.values.table).toEqual([{}]);
  });

  it("asks one question a page at a kiosk and goes on only when it is answered", async () => {
    const { root, input, type, press } = show({ skin: "kiosk" });
    expect(root.querySelectorAll(".entry").length).toBe(1);
    await press(".pager .submit");
    expect(root.querySelector(".wrong")).not.toBeNull();
    await type(input("\u6587\u5b57"), "ok");
    await press(".pager .submit");
    expect(root.querySelector(".question")?.textContent).toContain("\u7f16\u53f7");
    await press(".pager .back");
    expect(input("\u6587\u5b57").value).toBe("ok");
  });

  it("goes to the next input with Enter and doesn't submit", async () => {
    const { submitted, input } = show({ skin: "counter" }, { text: "ok" });
    const text = input("\u6587\u5b57");
    text.focus();
    text.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    await nextTick();
    expect(document.activeElement).toBe(input("\u7f16\u53f7"));
    expect(submitted).toEqual([]);
  });

  it("leads from province to city", async () => {
    const { root, state } = show({}, { text: "ok" });
    await new Promise((done) => setTimeout(done));
    const first = root.querySelector<HTMLSelectElement>(".region select") as HTMLSelectElement;
    first.value = "330000";
    first.dispatchEvent(new Event("change"));
    await new Promise((done) => setTimeout(done));
    const selects = root.querySelectorAll<HTMLSelectElement>(".region select");
    expect(selects.length).toBe(2);
    const second = selects[1] as HTMLSelectElement;
    second.value = "330100";
    second.dispatchEvent(new Event("change"));
    await nextTick();
    expect(state.values.address).toEqual({ region: "330100", area: "ZD" });
  });
});
