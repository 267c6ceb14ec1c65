import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp, nextTick, ref } from "vue";
import DevicesPanel from "../src/devices/DevicesPanel.vue";
import { snapshot } from "./fixture.mjs";

const since = "2026-11-20T09:05:00+08:00";
const printer = { id: "printer", class: "printer", name: "XP-80C", profile: "p", state: "online", since };

let end = () => {};
afterEach(() => end());

/** The panel with a printer whose tickets are counted, or aren't. */
function show(command: (type: string, body: unknown) => Promise<unknown>, more = {}) {
  document.body.innerHTML = '<div id="panel"></div>';
  const machine = {
    page: ref(snapshot({ devices: [{ ...printer, ...more }] })),
    online: ref(true),
    client: { command },
  };
  const app = createApp(DevicesPanel, { machine });
  app.mount("#panel");
  end = () => app.unmount();
}
const button = (name: string) =>
  [...document.querySelectorAll("button")].find((b) => b.textContent?.trim() === name);

describe("a new paper roll", () => {
  it("is told to the agent once somebody is sure", async () => {
    const command = vi.fn(async () => ({}));
    show(command, { rollSince: since, paperLeft: 12 });
    button("已换新纸卷")?.click();
    await nextTick();
    expect(command).not.toHaveBeenCalled();
    button("是，重新计数")?.click();
    await nextTick();
    expect(command).toHaveBeenCalledWith("roll.new", { device: "printer" });
    await nextTick();
    expect(button("已换新纸卷")).toBeDefined();
  });

  it("isn't asked about where nobody counts", () => {
    show(async () => ({}));
    expect(button("已换新纸卷")).toBeUndefined();
  });
});
