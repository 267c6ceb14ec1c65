import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type App, createApp, defineComponent, h, nextTick } from "vue";
import CheckStep from "../src/apply/CheckStep.vue";
import { useApply } from "../src/apply/useApply";
import { type Case, type Material, sending } from "../src/cases/case";
import MaterialField from "../src/cases/MaterialField.vue";
import { useKeeper } from "../src/cases/useKeeper";

/** Request is one that reached the fake platform and waits for its answer. */
interface Request {
  method: string;
  path: string;
  body: { values?: Record<string, unknown>; edition?: number };
  answer: (body: object, status?: number) => Promise<void>;
  fail: () => Promise<void>;
}
let asked: Request[] = [];
const apps: App[] = [];

/** settled lets everything that was answered be taken in. */
const settled = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await nextTick();
};

beforeEach(() => {
  asked = [];
  sessionStorage.clear();
  vi.useFakeTimers();
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    return new Promise<Response>((done, fail) => {
      init.signal?.addEventListener("abort", () => fail(new Error("aborted")));
      asked.push({
        method: init.method ?? "GET",
        path: url.replace("/api/v1", ""),
        body: init.body ? JSON.parse(String(init.body)) : {},
        answer: (body, status = 200) => {
          done(new Response(JSON.stringify(body), { status }));
          return settled();
        },
        fail: () => {
          fail(new Error("no network"));
          return settled();
        },
      });
    });
  });
});
afterEach(() => {
  for (const app of apps.splice(0)) app.unmount();
  sending.value = 0;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** within runs a composable in a component of its own. */
function within<T>(use: () => T): T {
  let got: T | undefined;
  const app = createApp(
    defineComponent(() => {
      got = use();
      return () => h("p");
    }),
  );
  apps.push(app);
  app.mount(document.createElement("div"));
  return got as T;
}

function shown(component: object, props: object): HTMLElement {
  const root = document.body.appendChild(document.createElement("div"));
  const app = createApp(component, props as Record<string, unknown>);
  apps.push(app);
  app.mount(root);
  return root;
}

const material = (over: Partial<Material> = {}): Material => ({
  id: "licence",
  name: "营业执照",
  type: "copy",
  need: "must",
  electronic: true,
  source: "",
  review: "unseen",
  ...over,
});
const draft = (over: Partial<Case> = {}): Case =>
  ({
    id: "c1",
    item: "food",
    itemName: "食品经营许可",
    state: "draft",
    edition: 5,
    values: { area: 1 },
    locked: [],
    materials: [material()],
    delivery: { way: "collect" },
    fees: [],
    who: { name: "林*", idNumber: "3****" },
    guidance: { text: "", visits: 0, actions: [] },
    ...over,
  }) as Case;

/** last is the request that came last. */
const last = () => asked[asked.length - 1] as Request;

describe("what is typed is stored", () => {
  test("an answer that is overtaken by a material's doesn't take the edition back", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    const kept = k.keep();
    k.seen(draft({ edition: 7 })); // a material, answered first
    await last().answer({ edition: 6 });
    expect(await kept).toBe(true);
    k.change({ area: 3 });
    void k.keep();
    expect(last().body.edition).toBe(7);
  });

  test("one's own material in between is no second version", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    const kept = k.keep();
    await last().answer({ code: "cases.stale", edition: 6, theirs: { area: 1 } }, 409);
    expect(k.theirs.value).toBeUndefined();
    expect(last().body).toEqual({ values: { area: 2 }, edition: 6 });
    await last().answer({ edition: 7 });
    expect(await kept).toBe(true);
  });

  test("somebody else's values in between are shown, and nothing is stored until one chooses", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    const kept = k.keep();
    await last().answer({ code: "cases.stale", edition: 6, theirs: { area: 9 } }, 409);
    expect(await kept).toBe(false);
    expect(k.theirs.value).toEqual({ area: 9 });
    expect(await k.keep()).toBe(false);
    expect(asked).toHaveLength(1);
    k.choose(true);
    expect(last().body).toEqual({ values: { area: 2 }, edition: 6 });
  });

  test("a save whose answer was lost is no second version either", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    const first = k.keep();
    await last().fail();
    expect(await first).toBe(false);
    k.change({ area: 3 });
    const again = k.keep();
    await last().answer({ code: "cases.stale", edition: 6, theirs: { area: 2 } }, 409);
    await last().answer({ edition: 7 });
    expect(await again).toBe(true);
    expect(last().body).toEqual({ values: { area: 3 }, edition: 6 });
  });

  test("a platform that never answers is asked again", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    const kept = k.keep();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await kept).toBe(false);
    expect(k.keeping.value).toBe("waiting");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(2);
    await last().answer({ edition: 6 });
    expect(k.keeping.value).toBe("kept");
  });

  test("what is typed while a save is under way goes with the next one", async () => {
    const k = within(useKeeper);
    k.open(draft());
    k.change({ area: 2 });
    void k.keep();
    k.change({ area: 3 });
    const all = k.keep();
    await last().answer({ edition: 6 });
    expect(last().body).toEqual({ values: { area: 3 }, edition: 6 });
    await last().answer({ edition: 7 });
    expect(await all).toBe(true);
    void k.keep();
    k.change({ area: 4 });
    void k.keep();
    expect(last().body.values).toEqual({ area: 4 });
  });
});

describe("the way to handing in", () => {
  /** opened is an application that stands at a step. */
  async function opened(over: Partial<Case> = {}) {
    const a = within(useApply);
    const open = a.open(draft(over), "check");
    for (let i = 0; i < 5; i++) {
      await settled();
      for (const r of asked.splice(0)) {
        if (r.path.startsWith("/items/"))
          await r.answer({ id: "food", name: "", objects: [], result: { kind: "licence" }, delivery: {} });
        else await r.answer({ licences: [] });
      }
    }
    await open;
    return a;
  }

  test("answers in reverse order don't take a material back", async () => {
    const a = await opened();
    a.changed(draft({ edition: 7, materials: [material({ source: "upload" })] }));
    a.changed(draft({ edition: 6 }));
    expect(a.c.value?.materials[0]?.source).toBe("upload");
    a.changed(draft({ id: "c2", edition: 9 }));
    expect(a.c.value?.id).toBe("c1");
  });

  test.each(["a lost answer", "an answer that never comes", "a refusal"])(
    "after %s one can hand in again",
    async (what) => {
      const a = await opened();
      const done = a.submit();
      await settled();
      expect([a.busy.value, last().path]).toEqual([true, "/cases/c1/submit"]);
      if (what === "a lost answer") await last().fail();
      else if (what === "a refusal") await last().answer({ detail: "材料不齐" }, 409);
      else await vi.advanceTimersByTimeAsync(60_000);
      await done;
      expect(a.busy.value).toBe(false);
      expect(a.failure.value).not.toBe("");
      const again = a.submit();
      await settled();
      await last().answer(draft({ state: "submitted", edition: 8 }));
      await again;
      expect(a.handed.value).toBe(true);
    },
  );

  test("a form that can't be stored says why, and the key works again", async () => {
    const a = await opened();
    a.keeper.change({ area: 2 });
    const done = a.submit();
    await settled();
    await last().answer({ code: "cases.stale", edition: 6, theirs: { area: 9 } }, 409);
    await done;
    expect([a.busy.value, a.failure.value]).toEqual([false, "有两份内容，请先选择"]);
    a.keeper.choose(false);
    const again = a.submit();
    await settled();
    expect(last().path).toBe("/cases/c1/submit");
    await last().answer(draft({ state: "submitted", edition: 8 }));
    await again;
    expect(a.handed.value).toBe(true);
  });
});

describe("why one can't hand in yet", () => {
  const check = (c: Case, more: object = {}) => {
    const gone: string[] = [];
    const root = shown(CheckStep, {
      ...{
        c,
        forms: [],
        values: {},
        today: "2026-11-24",
        situation: [],
        steps: [],
        busy: false,
        failure: "",
      },
      onGo: (step: string) => gone.push(step),
      ...more,
    });
    const key = root.querySelector<HTMLButtonElement>("button.primary") as HTMLButtonElement;
    const why = () => root.querySelector("#why")?.textContent ?? "";
    return { root, key, why, gone };
  };

  test("a material that is missing is named, with the way there", async () => {
    const { root, key, why, gone } = check(draft());
    expect(key.disabled).toBe(true);
    expect(why()).toContain("营业执照");
    root.querySelector<HTMLButtonElement>("#why button")?.click();
    expect(gone).toEqual(["materials"]);
  });

  test("the tick is asked for, and then the key is free", async () => {
    const { root, key, why } = check(draft({ materials: [material({ source: "upload" })] }));
    expect(why()).toContain("请先勾选");
    root.querySelector<HTMLButtonElement>("#why button")?.click();
    expect(document.activeElement).toBe(root.querySelector("input[type=checkbox]"));
    root.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
    await nextTick();
    expect([key.disabled, why().trim()]).toEqual([false, ""]);
  });

  test("a file that is still on its way is waited for", async () => {
    sending.value = 2;
    const { root, key, why } = check(draft({ materials: [material({ source: "upload" })] }));
    root.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
    await nextTick();
    expect(key.disabled).toBe(true);
    expect(why()).toContain("还有 2 个文件正在上传");
    sending.value = 0;
    await nextTick();
    expect(key.disabled).toBe(false);
  });
});

test("a file that arrives after one went on is told all the same", async () => {
  let upload: { onload?: () => void; status: number; responseText: string } | undefined;
  vi.stubGlobal(
    "XMLHttpRequest",
    class {
      upload = {};
      status = 201;
      responseText = '{"id":"f1","name":"a.png","type":"image/png","size":3}';
      onload?: () => void;
      open() {}
      setRequestHeader() {}
      send() {
        upload = this;
      }
    },
  );
  const told: Case[] = [];
  const root = shown(MaterialField, {
    caseId: "c1",
    material: material(),
    licences: [],
    onChanged: (c: Case) => told.push(c),
  });
  const input = root.querySelector<HTMLInputElement>("input[type=file]") as HTMLInputElement;
  Object.defineProperty(input, "files", { value: [new File(["abc"], "a.png")] });
  input.dispatchEvent(new Event("change"));
  expect(sending.value).toBe(1);
  apps.pop()?.unmount(); // she goes on to the next step
  upload?.onload?.();
  await settled();
  expect(last().body).toEqual({ files: ["f1"] });
  await last().answer(draft({ edition: 6, materials: [material({ source: "upload" })] }));
  expect(told.map((c) => c.edition)).toEqual([6]);
  expect(sending.value).toBe(0);
});
