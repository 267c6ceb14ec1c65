import { ElOption, ElSelect } from "element-plus";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Component, createApp, defineComponent, h, nextTick, ref } from "vue";
import { ElementRoot, FormDialog } from "../src/element";

let end = () => {};
afterEach(() => {
  end();
  document.body.innerHTML = "";
});

function mount(page: Component): void {
  document.body.innerHTML = '<button id="before"></button><div id="app"></div>';
  document.querySelector<HTMLElement>("#before")?.focus();
  const app = createApp(page);
  app.mount("#app");
  end = () => app.unmount();
}

const at = <T extends HTMLElement>(selector: string) => document.querySelector(selector) as T;
const settle = async () => {
  for (let i = 0; i < 8; i++) await nextTick();
};

async function press(key: string, target: EventTarget = document.activeElement ?? window, more = {}) {
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true, ...more }),
  );
  await settle();
}

/** A dialog with a text, a select and, if asked for, another dialog over it. */
function form() {
  const closed: string[] = [];
  const value = ref("a");
  const second = ref(false);
  const open = ref(true);
  const select = () =>
    h(
      ElSelect,
      {
        modelValue: value.value,
        ariaLabel: "choice",
        "onUpdate:modelValue": (v: string) => (value.value = v),
      },
      () => ["a", "b"].map((v) => h(ElOption, { key: v, value: v, label: v })),
    );
  const page = defineComponent(
    () => () =>
      h(ElementRoot, null, () => [
        open.value &&
          h(
            FormDialog,
            {
              title: "first",
              onClose: () => {
                closed.push("first");
                open.value = false;
              },
            },
            () => [h("input", { id: "other" }), h("input", { id: "start", "data-focus": "" }), select()],
          ),
        second.value && h(FormDialog, { title: "second", onClose: () => closed.push("second") }, () => "…"),
      ]),
  );
  return { page, closed, second };
}

describe("a form over the page", () => {
  it("begins in the marked field and gives the focus back", async () => {
    const { page, closed } = form();
    mount(page);
    await settle();
    expect(document.activeElement).toBe(at("#start"));
    await press("Escape");
    expect(closed).toEqual(["first"]);
    expect(at('[role="dialog"]')).toBeNull();
    expect(document.activeElement).toBe(at("#before"));
  });

  it("closes by Escape wherever the focus is, and nobody else hears of it", async () => {
    const heard = vi.fn();
    window.addEventListener("keydown", heard);
    const { page, closed } = form();
    mount(page);
    await settle();
    await press("Escape", document.body);
    window.removeEventListener("keydown", heard);
    expect(closed).toEqual(["first"]);
    expect(heard).not.toHaveBeenCalled();
  });

  it("stays while a Hanzi is being written, and a held key closes nothing more", async () => {
    const { page, closed } = form();
    mount(page);
    await settle();
    await press("Escape", at("#start"), { isComposing: true });
    await press("Escape", at("#start"), { repeat: true });
    expect(closed).toEqual([]);
  });

  it("is closed by Escape in a select whose list is closed; an open list closes first", async () => {
    const { page, closed } = form();
    mount(page);
    await settle();
    const box = at<HTMLInputElement>('.el-select [role="combobox"]');
    box.focus();
    await press("ArrowDown", box);
    expect(box.getAttribute("aria-expanded")).toBe("true");
    await press("Escape", box);
    expect(box.getAttribute("aria-expanded")).toBe("false");
    expect(closed).toEqual([]);
    await press("Escape", box);
    expect(closed).toEqual(["first"]);
  });

  it("closes only the topmost of two", async () => {
    const { page, closed, second } = form();
    mount(page);
    second.value = true;
    await settle();
    await press("Escape");
    expect(closed).toEqual(["second"]);
  });
});

describe("a select that stands in something else", () => {
  it("hands Escape on while its list is closed, and function keys always", async () => {
    const heard: string[] = [];
    mount(
      defineComponent(
        () => () =>
          h(ElementRoot, null, () =>
            h("div", { onKeydown: (e: KeyboardEvent) => heard.push(e.key) }, [
              h(ElSelect, { modelValue: "a", ariaLabel: "choice" }, () =>
                h(ElOption, { value: "a", label: "a" }),
              ),
            ]),
          ),
      ),
    );
    await settle();
    const box = at<HTMLInputElement>('[role="combobox"]');
    await press("F8", box);
    await press("Escape", box);
    await press("ArrowDown", box);
    await press("F6", box);
    await press("Escape", box);
    expect(heard).toEqual(["F8", "Escape", "F6"]);
  });
});
