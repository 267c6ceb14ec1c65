import { reactive } from "vue";
import { ApiError } from "../../api";
import { t as said } from "../../text";
import {
  type Edit,
  type Entry,
  type HallValues,
  type Outcome,
  readValues,
  sendEdits,
  type Value,
} from "./api";

/** The hall-server's side; tests bring their own. */
export interface Remote {
  read(): Promise<HallValues>;
  send(base: string, edits: Edit[], note: string, dryRun: boolean): Promise<Outcome>;
}

/**
 * Hall is the hall's file as forms see it. A form asks what its edits would do,
 * shows that, and saves; whoever was faster is told of, and nothing is lost.
 */
export class Hall {
  readonly state = reactive({
    values: {} as Entry,
    version: "",
    /** templates are the texts of messages that hold where the file has no others, by event. */
    templates: {} as Record<string, string>,
    ready: false,
    /** failure is why the values could not be read, in words. */
    failure: "",
  });

  constructor(
    private readonly remote: Remote = { read: readValues, send: sendEdits },
    private readonly onSignedOut: () => void = () => {},
  ) {}

  /** load reads the values as they are now. */
  async load(): Promise<void> {
    try {
      const { version, values, templates } = await this.remote.read();
      this.state.templates = templates ?? {};
      // Values first: whoever waits for a new version reads them.
      this.state.values = values;
      this.state.version = version;
      this.state.ready = true;
      this.state.failure = "";
    } catch (err) {
      this.state.failure = this.words(err);
    }
  }

  /** at is the value that a path of keys leads to; undefined if the file has none. */
  at(path: string): Value | undefined {
    let value: Value | undefined = this.state.values;
    for (const step of path.split("/")) {
      if (Array.isArray(value)) value = value.find((one) => idOf(one) === step) ?? value[Number(step)];
      else if (value && typeof value === "object") value = value[step];
      else return undefined;
    }
    return value;
  }

  /** list is the list at a path; empty if the file has none. */
  list(path: string): Entry[] {
    const value = this.at(path);
    return Array.isArray(value) ? (value as Entry[]) : [];
  }

  /** texts are the sentences at a path. */
  texts(path: string): string[] {
    return this.list(path).map(String);
  }

  /** dryRun tells what edits would do. */
  dryRun(edits: Edit[]): Promise<Outcome> {
    return this.remote.send(this.state.version, edits, "", true);
  }

  /** save makes edits, and reads what came of them. */
  async save(edits: Edit[], note: string): Promise<Outcome> {
    const out = await this.remote.send(this.state.version, edits, note, false);
    await this.load();
    return out;
  }

  /** words are what went wrong, for the reader. */
  words(err: unknown): string {
    if (err instanceof ApiError && err.status === 401) this.onSignedOut();
    return err instanceof ApiError ? err.message : said("api.away");
  }
}

/** idOf is how paths name an entry; empty if by its place alone. */
export function idOf(value: Value | undefined): string {
  if (!value || typeof value !== "object" || Array.isArray(value)) return "";
  const id = value.id ?? value.tag;
  return id === undefined || id === null ? "" : String(id);
}

/** stepOf is an id as a step of a path. */
export function stepOf(id: string): string {
  return id.replace(/~/g, "~0").replace(/\//g, "~1");
}

/** conflicts tells whether an error says that somebody else was faster. */
export function conflicts(err: unknown): boolean {
  return err instanceof ApiError && err.status === 409;
}
