import type { LinkClient, VoicePlay, VoicePlayed } from "@smarthall/ui";
import { reactive } from "vue";
import { t } from "./text";

/** How long one announcement may take before the next one has its turn, in milliseconds. */
const PATIENCE = 30_000;

/** Play plays one file and resolves when it was heard to its end. */
export type Play = (url: string) => Promise<void>;

/** Blocked is the browser's refusal to make a sound before somebody touched the page. */
export class Blocked extends Error {}

/** Speaker plays announcements one after another and reports each of them. */
export class Speaker {
  /** state.blocked is true while the browser waits for a touch. */
  readonly state = reactive({ blocked: false });
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly play: Play,
    private readonly report: (played: VoicePlayed) => void,
  ) {}

  /** say queues one announcement; the promise ends when it was reported. */
  say(order: VoicePlay): Promise<void> {
    this.last = this.last.then(() => this.turn(order));
    return this.last;
  }

  private async turn(order: VoicePlay): Promise<void> {
    try {
      await this.play(order.url);
      this.state.blocked = false;
      this.report({ call: order.call });
    } catch (err) {
      this.state.blocked = err instanceof Blocked;
      this.report({ call: order.call, failed: err instanceof Error ? err.message : t("sound.failed") });
    }
  }
}

/** speak makes the page the agent's loudspeaker. */
export function speak(client: LinkClient, play: Play = playFile): Speaker {
  const speaker = new Speaker(play, (played) => client.send("voice.played", played));
  client.on("voice.play", (order) => {
    void speaker.say(order);
  });
  return speaker;
}

/** playFile plays an audio file of the agent. */
export function playFile(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const audio = new Audio(url);
    const end = (err?: Error) => {
      clearTimeout(timer);
      audio.onended = audio.onerror = null;
      audio.pause();
      if (err) reject(err);
      else resolve();
    };
    const timer = setTimeout(() => end(new Error(t("sound.late"))), PATIENCE);
    audio.onended = () => end();
    audio.onerror = () => end(new Error(t("sound.failed")));
    audio.play().catch((err: unknown) => {
      const refused = err instanceof DOMException && err.name === "NotAllowedError";
      end(refused ? new Blocked(t("sound.blocked")) : new Error(t("sound.failed")));
    });
  });
}
