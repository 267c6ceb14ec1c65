/** Bell is what a call sounds and feels like. */
export interface Bell {
  /** unlock readies it inside a tap, as browsers demand; false if it stays silent. */
  unlock(): Promise<boolean>;
  /** strike rings once. */
  strike(): void;
}

/** PATTERN is the vibration of one ring, in milliseconds. */
const PATTERN = [400, 200, 400, 200, 800];

/** phoneBell rings by the phone's loudspeaker and motor, so far as it has them. */
export function phoneBell(): Bell {
  let audio: AudioContext | undefined;
  return {
    async unlock() {
      navigator.vibrate?.(120);
      audio ??= new AudioContext();
      await audio.resume();
      chime(audio, 0.15);
      return audio.state === "running";
    },
    strike() {
      navigator.vibrate?.(PATTERN);
      if (audio?.state === "running") chime(audio, 0.6);
    },
  };
}

/** chime plays two tones, the second lower, as doorbells do. */
function chime(audio: AudioContext, loudness: number): void {
  [880, 660].forEach((frequency, i) => {
    const start = audio.currentTime + i * 0.45;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(loudness, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + 0.9);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.9);
  });
}

/** EVERY and TIMES are the pace of rings, in milliseconds, and how many there are. */
const EVERY = 3500;
const TIMES = 12;

/** Ring rings once for every call, until it is heard or over. */
export class Ring {
  /** on tells that the citizen asked for it. */
  on = false;
  private call = "";
  private left = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly bell: Bell,
    /** changed is told whether it rings. */
    private readonly changed: (ringing: boolean) => void,
  ) {}

  /** enable is for the citizen's tap; it rings at once if a call is on. */
  async enable(): Promise<boolean> {
    const sounds = await this.bell.unlock().catch(() => false);
    this.on = true;
    if (this.call !== "") this.begin();
    return sounds;
  }

  /** follow is told the call that is on, "" for none; a known one rings no more. */
  follow(call: string): void {
    if (call === this.call) return;
    this.call = call;
    this.hush();
    if (call !== "" && this.on) this.begin();
  }

  /** hush ends the ringing of this call. */
  hush(): void {
    clearTimeout(this.timer);
    if (this.left > 0) this.changed(false);
    this.left = 0;
  }

  private begin(): void {
    this.hush();
    this.left = TIMES;
    this.changed(true);
    this.strike();
  }

  private strike(): void {
    this.bell.strike();
    this.left--;
    if (this.left > 0) this.timer = setTimeout(() => this.strike(), EVERY);
    else this.changed(false);
  }
}
