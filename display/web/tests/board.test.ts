import { LinkClient } from "@smarthall/ui";
import { afterEach, expect, test } from "vitest";
import { createApp, nextTick } from "vue";
import BoardPage from "../src/BoardPage.vue";
import { boardScreen, openScreen } from "../src/screen";
import { FakeSocket, snapshot } from "./fixtures";

let end = () => {};
afterEach(() => end());

/** show mounts the board of an address and returns what stands on it. */
async function show(search: string): Promise<string> {
  const socket = new FakeSocket();
  const client = new LinkClient({ url: "ws://agent/ws", open: () => socket });
  const screen = boardScreen(search);
  const root = document.createElement("div");
  const app = createApp(BoardPage, { client, screen, state: openScreen(client, screen) });
  app.mount(root);
  end = () => {
    app.unmount();
    client.close();
  };
  client.connect();
  socket.open();
  socket.receive("page.snapshot", snapshot());
  await nextTick();
  return root.textContent ?? "";
}

test("a board of a zone that the hall doesn't have says so and what to check", async () => {
  const text = await show("?zone=ZZ");
  expect(text).toContain("没有“ZZ”区");
  expect(text).toContain("/board?zone=A");
  expect(text).not.toContain("排队情况");
});

test.each(["", "?zone=A"])("the board of %s shows the queues", async (search) => {
  const text = await show(search);
  expect(text).toContain("排队情况");
  expect(text).not.toContain("请检查本屏的地址");
});
