import { expect, test } from "vitest";
import { boardScreen, concerns, windowScreen } from "../src/screen";
import { screensOf, windowsOn } from "../src/shared";
import { call, windowView } from "./fixtures";

const windows = [
  windowView({ id: "3", number: "3", screen: "3" }),
  windowView({ id: "8-1", number: "8", post: 1, screen: "8" }),
  windowView({ id: "8-2", number: "8", post: 2, screen: "8" }),
  windowView({ id: "11", number: "11", name: "户政", screen: "C1" }),
  windowView({ id: "12", number: "12", name: "出入境", screen: "C1" }),
  windowView({ id: "13", number: "13", screen: undefined }),
];
const shown = (search: string) => windowsOn(windowScreen(search), windows).map((w) => w.id);

test("a window's screen shows all that share it, whichever of them it is named after", () => {
  expect(shown("?window=3")).toEqual(["3"]);
  expect(shown("?window=8")).toEqual(["8-1", "8-2"]);
  expect(shown("?window=8-2")).toEqual(["8-1", "8-2"]);
  expect(shown("?window=12")).toEqual(["11", "12"]);
  expect(shown("?screen=C1")).toEqual(["11", "12"]);
});

test("a window without a screen of a name stands alone, and unknown ones show nothing", () => {
  expect(shown("?window=13")).toEqual(["13"]);
  expect(shown("?window=99")).toEqual([]);
  expect(shown("?screen=Z")).toEqual([]);
  expect(shown("")).toEqual([]);
});

test("beside a window, screen is only what the page is called", () => {
  expect(windowScreen("?window=3&screen=hall-east")).toMatchObject({
    name: "hall-east",
    window: "3",
    shared: "",
  });
  expect(windowScreen("?screen=C1")).toMatchObject({ name: "window-C1", window: "", shared: "C1" });
});

test("a call to one post concerns the screen of both, and no other", () => {
  const c = call({ window: "12", windowNumber: "12" });
  expect(concerns(windowScreen("?screen=C1"), c, windows)).toBe(true);
  expect(concerns(windowScreen("?window=11"), c, windows)).toBe(true);
  expect(concerns(windowScreen("?window=3"), c, windows)).toBe(false);
  expect(concerns(windowScreen("?screen=C1"), c)).toBe(false);
});

test("a call concerns only the kinds of screen that it asks for", () => {
  const quiet = call({ channels: ["led", "window"] });
  expect(concerns(windowScreen("?window=3"), quiet, windows)).toBe(true);
  expect(concerns(boardScreen(""), quiet)).toBe(false);
  expect(concerns(boardScreen(""), call({ channels: [] }))).toBe(false);
  expect(concerns(boardScreen(""), call({ channels: undefined }))).toBe(true);
});

test("screens are offered once, shared ones by their name", () => {
  expect(screensOf(windows).map((s) => [s.address, s.numbers.join(), s.posts])).toEqual([
    ["/window?window=3", "3", 1],
    ["/window?window=8", "8", 2],
    ["/window?screen=C1", "11,12", 2],
    ["/window?window=13", "13", 1],
  ]);
});
