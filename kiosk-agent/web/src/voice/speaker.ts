import { language, SOURCE } from "@smarthall/ui";
import { onScopeDispose, type Ref, watch } from "vue";
import type { Sentence } from "./sentence";

/** SPOKEN are the languages that there are recordings in; others are spoken as Chinese. */
const SPOKEN = [SOURCE, "en"];

/** clip is where the agent has a sentence in the language shown. */
export function clip(sentence: Sentence, tag: string = language.value): string {
  return `/voice/${SPOKEN.includes(tag) ? tag : SOURCE}/${sentence}.wav`;
}

/** Voice is what says the pages' sentences, one at a time. */
export interface Voice {
  /** say says a sentence, instead of one that is being said. */
  say(sentence: Sentence): void;
  hush(): void;
}

/**
 * useVoice says a page's sentence as soon as it is another one, while on. A
 * machine without a loudspeaker, or a browser that may not play yet, stays
 * silent: the sentence can be read.
 */
export function useVoice(sentence: Ref<Sentence | undefined>, on: Ref<boolean>, volume: Ref<number>): Voice {
  let playing: HTMLAudioElement | undefined;

  function hush(): void {
    playing?.pause();
    playing = undefined;
  }
  function say(what: Sentence): void {
    hush();
    playing = new Audio(clip(what));
    playing.volume = Math.min(1, Math.max(0, volume.value / 100));
    playing.play()?.catch(() => {});
  }

  watch([sentence, on, language], ([now, speaks]) => {
    if (speaks && now) say(now);
    else hush();
  });
  onScopeDispose(hush);
  return { say, hush };
}
