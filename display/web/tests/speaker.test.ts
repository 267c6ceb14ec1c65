import type { VoicePlayed } from "@smarthall/ui";
import { expect, test } from "vitest";
import { Blocked, type Play, Speaker } from "../src/speaker";

/** hall is a loudspeaker whose files the test ends. */
function hall() {
  const playing: { url: string; end: () => void; fail: (err: Error) => void }[] = [];
  const reports: VoicePlayed[] = [];
  const play: Play = (url) =>
    new Promise<void>((end, fail) => {
      playing.push({ url, end, fail });
    });
  const speaker = new Speaker(play, (r) => reports.push(r));
  const order = (call: string) => speaker.say({ call, url: `/voice/${call}.wav`, text: call });
  return { speaker, playing, reports, order };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

test("announcements wait for each other", async () => {
  const { playing, reports, order } = hall();
  const first = order("c1");
  const second = order("c2");
  await settle();
  expect(playing.map((p) => p.url)).toEqual(["/voice/c1.wav"]);
  playing[0]?.end();
  await first;
  await settle();
  expect(playing.map((p) => p.url)).toEqual(["/voice/c1.wav", "/voice/c2.wav"]);
  playing[1]?.end();
  await second;
  expect(reports).toEqual([{ call: "c1" }, { call: "c2" }]);
});

test("one that fails is reported with its reason and doesn't stop the next", async () => {
  const { playing, reports, order } = hall();
  const first = order("c1");
  void order("c2");
  await settle();
  playing[0]?.fail(new Error("语音文件无法播放"));
  await first;
  await settle();
  expect(reports).toEqual([{ call: "c1", failed: "语音文件无法播放" }]);
  expect(playing).toHaveLength(2);
});

test("a browser that forbids sound makes the page ask for a touch, until one plays", async () => {
  const { speaker, playing, order } = hall();
  const first = order("c1");
  await settle();
  playing[0]?.fail(new Blocked("浏览器未允许播放声音"));
  await first;
  expect(speaker.state.blocked).toBe(true);
  const second = order("c2");
  await settle();
  playing[1]?.end();
  await second;
  expect(speaker.state.blocked).toBe(false);
});
