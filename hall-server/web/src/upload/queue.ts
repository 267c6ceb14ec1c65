/** Answer is what the hall said to a picture. */
export interface Answer {
  /** status is the HTTP status, 0 if nobody answered. */
  status: number;
  /** pictures is how many the hall has; detail why it refused one, for the citizen. */
  pictures?: number;
  detail?: string;
}

/** Sender sends one picture under an id and tells how far it is, 0 to 1. */
export type Sender = (id: string, picture: Blob, progress: (part: number) => void) => Promise<Answer>;

/** State is how a picture is doing. */
export type State = "waiting" | "sending" | "sent" | "refused";

/** Picture is one in the queue. */
export interface Picture {
  id: string;
  blob: Blob;
  state: State;
  part: number;
  detail: string;
}

/** What a queue tells and needs. */
export interface Hooks {
  changed(picture: Picture): void;
  /** away tells whether the hall can't be reached. */
  away(away: boolean): void;
  /** count tells how many pictures the hall has. */
  count(pictures: number): void;
  /** pause waits; tests don't. */
  pause?(ms: number): Promise<void>;
}

/** FIRST and LONGEST are the pauses after failures, in milliseconds. */
const FIRST = 1000;
const LONGEST = 15_000;

/**
 * Queue sends pictures one after the other, each under one id however often that
 * takes, so that the hall counts it once.
 */
export class Queue {
  readonly pictures: Picture[] = [];
  private running = false;

  constructor(
    private readonly send: Sender,
    private readonly hooks: Hooks,
  ) {}

  /** add takes a picture that is sent as soon as those before it were. */
  add(id: string, blob: Blob): Picture {
    const picture: Picture = { id, blob, state: "waiting", part: 0, detail: "" };
    this.pictures.push(picture);
    this.hooks.changed(picture);
    void this.run();
    return picture;
  }

  /** again sends a refused picture once more. */
  again(picture: Picture): void {
    this.change(picture, { state: "waiting", part: 0, detail: "" });
    void this.run();
  }

  private change(picture: Picture, what: Partial<Picture>): void {
    Object.assign(picture, what);
    this.hooks.changed(picture);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    let wait = FIRST;
    for (let next = this.next(); next; next = this.next()) {
      const picture = next;
      this.change(picture, { state: "sending", part: 0 });
      const answer = await this.send(picture.id, picture.blob, (part) => this.change(picture, { part }));
      if (temporary(answer.status)) {
        this.change(picture, { state: "waiting", part: 0 });
        this.hooks.away(true);
        await (this.hooks.pause ?? sleep)(wait);
        wait = Math.min(LONGEST, wait * 2);
        continue;
      }
      wait = FIRST;
      this.hooks.away(false);
      if (answer.pictures !== undefined) this.hooks.count(answer.pictures);
      const refused = answer.status !== 200;
      this.change(picture, { state: refused ? "refused" : "sent", part: 1, detail: answer.detail ?? "" });
    }
    this.running = false;
  }

  private next(): Picture | undefined {
    return this.pictures.find((p) => p.state === "waiting");
  }
}

/** temporary tells whether trying again can help. */
export function temporary(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
