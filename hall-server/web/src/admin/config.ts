import { reactive } from "vue";
import { ApiError, type HallFile, type Mistake, readHall, writeHall } from "../api";
import { t } from "../text";

/** The hall-server's side of the file; tests bring their own. */
export interface Remote {
  read(): Promise<HallFile>;
  write(file: HallFile): Promise<string>;
}

/** ConfigState is the file on the page. */
export interface ConfigState {
  /** phase is what happens now: nothing can be typed before the file was loaded. */
  phase: "loading" | "ready" | "saving";
  /** text is what stands in the editor, saved what the hall runs by. */
  text: string;
  saved: string;
  mistakes: Mistake[];
  /** failure is what went wrong last, in words; conflict tells that somebody else saved. */
  failure: string;
  conflict: boolean;
  /** savedAt is when this page last saved, in milliseconds; 0 if it did not. */
  savedAt: number;
}

/**
 * Config edits the hall's file. What the reader typed is never thrown away by
 * the page itself: a refused or lost save keeps the text, and only discard and
 * load replace it.
 */
export class Config {
  readonly state = reactive<ConfigState>({
    phase: "loading",
    text: "",
    saved: "",
    mistakes: [],
    failure: "",
    conflict: false,
    savedAt: 0,
  });
  private etag = "";

  constructor(
    private readonly remote: Remote = { read: readHall, write: writeHall },
    private readonly onSignedOut: () => void = () => {},
  ) {}

  /** changed tells whether there is something to save. */
  get changed(): boolean {
    return this.state.phase !== "loading" && this.state.text !== this.state.saved;
  }

  /** load reads the file afresh, over whatever stands in the editor. */
  async load(): Promise<void> {
    this.state.phase = "loading";
    this.clear();
    try {
      const file = await this.remote.read();
      this.etag = file.etag;
      this.state.text = this.state.saved = file.text;
      this.state.phase = "ready";
    } catch (err) {
      this.fail(err);
    }
  }

  /** discard puts back what the hall runs by. */
  discard(): void {
    this.state.text = this.state.saved;
    this.clear();
  }

  /** save sends the text; a refusal names the places to mend. */
  async save(): Promise<void> {
    if (this.state.phase !== "ready" || !this.changed) return;
    this.state.phase = "saving";
    this.clear();
    const text = this.state.text;
    try {
      this.etag = await this.remote.write({ text, etag: this.etag });
      this.state.saved = text;
      this.state.savedAt = Date.now();
    } catch (err) {
      this.fail(err);
    }
    this.state.phase = "ready";
  }

  private clear(): void {
    this.state.mistakes = [];
    this.state.failure = "";
    this.state.conflict = false;
    this.state.savedAt = 0;
  }

  private fail(err: unknown): void {
    if (!(err instanceof ApiError)) {
      this.state.failure = t("api.away");
      return;
    }
    if (err.status === 401) this.onSignedOut();
    this.state.conflict = err.status === 412;
    this.state.mistakes = [...err.mistakes].sort((a, b) => a.line - b.line);
    this.state.failure = err.message;
  }
}
