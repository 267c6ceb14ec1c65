import type { LayoutBlock, LayoutView } from "@smarthall/ui";
import { reactive } from "vue";
import { ApiError } from "../api";
import { type LayoutDoc, remote } from "./remote";
import { t } from "./text";

/** How many steps can be undone. */
const STEPS = 200;

/** Changes within so many milliseconds under one name are one step. */
const TOGETHER = 800;

/** Local is where a browser keeps what was not saved; tests bring their own. */
export type Local = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Kept is an unsaved layout with the rev that it began with. */
interface Kept {
  rev: number;
  layout: LayoutView;
}

/**
 * Editor is one layout being worked on. Whatever is changed is kept on this
 * computer at once, and only the hall's answer to a save lets go of it: neither
 * a closed tab nor a hall that is away loses work.
 */
export class Editor {
  readonly state = reactive({
    layout: undefined as LayoutView | undefined,
    /** selected is the id of the block being worked on. */
    selected: "",
    rev: 0,
    version: 0,
    /** published tells that the saved draft is what screens show. */
    published: false,
    dirty: false,
    busy: false,
    failure: "",
    /** done says what was done last. */
    done: "",
    /** recovered tells that unsaved work of earlier was found. */
    recovered: false,
    undos: 0,
    redos: 0,
  });
  private past: string[] = [];
  private future: string[] = [];
  private step = { name: "", at: 0 };

  constructor(
    private readonly hall: Pick<typeof remote, "save" | "publish" | "restore"> = remote,
    private readonly local: Local = localStorage,
    private readonly now: () => number = Date.now,
  ) {}

  /** open begins with a layout of the hall, or with what was left unsaved of it. */
  open(doc: LayoutDoc): void {
    this.past = [];
    this.future = [];
    this.adopt(doc);
    this.state.selected = "";
    this.state.recovered = false;
    const kept = this.kept(doc.id);
    if (kept && JSON.stringify(kept.layout) !== JSON.stringify(doc.draft)) {
      this.past.push(JSON.stringify(doc.draft));
      this.state.layout = kept.layout;
      this.state.dirty = this.state.recovered = true;
      this.count();
    }
  }

  /** change applies one step; steps of one name that follow each other at once are one. */
  change(name: string, edit: (layout: LayoutView) => void): void {
    const { layout } = this.state;
    if (!layout) return;
    const before = JSON.stringify(layout);
    edit(layout);
    const after = JSON.stringify(layout);
    if (after === before) return;
    const at = this.now();
    if (name !== this.step.name || at - this.step.at > TOGETHER || this.past.length === 0)
      this.past.push(before);
    this.step = { name, at };
    if (this.past.length > STEPS) this.past.shift();
    this.future = [];
    this.changed();
  }

  /** rest ends a step, so that the next change is one of its own. */
  rest(): void {
    this.step = { name: "", at: 0 };
  }

  undo(): void {
    this.swap(this.past, this.future);
  }

  redo(): void {
    this.swap(this.future, this.past);
  }

  private swap(from: string[], to: string[]): void {
    const next = from.pop();
    if (next === undefined || !this.state.layout) return;
    to.push(JSON.stringify(this.state.layout));
    this.state.layout = JSON.parse(next) as LayoutView;
    if (!this.block) this.state.selected = "";
    this.rest();
    this.changed();
  }

  /** block is the one being worked on. */
  get block(): LayoutBlock | undefined {
    return this.state.layout?.blocks?.find((b) => b.id === this.state.selected);
  }

  /** add puts a block on top and selects it. */
  add(block: LayoutBlock): void {
    this.rest();
    this.change("add", (l) => {
      l.blocks = [...(l.blocks ?? []), block];
    });
    this.state.selected = block.id;
  }

  /** copy doubles the selected block. */
  copy(): void {
    const { block } = this;
    const { layout } = this.state;
    if (!block || !layout) return;
    const twin = structuredClone(JSON.parse(JSON.stringify(block))) as LayoutBlock;
    twin.id = freshId(layout);
    twin.x = Math.min(twin.x + 20, layout.width - twin.w);
    twin.y = Math.min(twin.y + 20, layout.height - twin.h);
    this.add(twin);
  }

  /** remove deletes the selected block. */
  remove(): void {
    const id = this.state.selected;
    this.rest();
    this.change("remove", (l) => {
      l.blocks = (l.blocks ?? []).filter((b) => b.id !== id);
    });
    this.state.selected = "";
  }

  /** raise moves a block by so many layers, towards the top if by is positive. */
  raise(id: string, by: number): void {
    this.change("raise", (l) => {
      const blocks = [...(l.blocks ?? [])];
      const at = blocks.findIndex((b) => b.id === id);
      const [block] = at < 0 ? [] : blocks.splice(at, 1);
      if (!block) return;
      blocks.splice(Math.max(0, Math.min(blocks.length, at + by)), 0, block);
      l.blocks = blocks;
    });
  }

  /** save sends the draft to the hall; false if it wasn't taken. */
  save(): Promise<boolean> {
    return this.act(async () => {
      await this.send();
      this.state.done = t("edit.saved");
    });
  }

  /** publish saves and puts the layout into force. */
  publish(): Promise<boolean> {
    return this.act(async () => {
      await this.send();
      const { layout, rev } = this.state;
      if (layout) this.adopt(await this.hall.publish(layout.id, rev));
      this.state.done = t("edit.published", { n: this.state.version });
    });
  }

  /** restore puts an earlier version into force; unsaved work can be undone to. */
  restore(version: number): Promise<boolean> {
    return this.act(async () => {
      const { layout, rev } = this.state;
      if (!layout) return;
      this.past.push(JSON.stringify(layout));
      this.adopt(await this.hall.restore(layout.id, rev, version));
      this.state.done = t("edit.restored", { n: version });
    });
  }

  /** discard forgets what was not saved, but undo brings it back. */
  discard(draft: LayoutView): void {
    this.rest();
    this.change("discard", (l) => Object.assign(l, JSON.parse(JSON.stringify(draft))));
    this.state.dirty = this.state.recovered = false;
    this.local.removeItem(keyOf(draft.id));
  }

  private async send(): Promise<void> {
    const { layout, rev, dirty } = this.state;
    if (!layout || !dirty) return;
    const sent = JSON.stringify(layout);
    const doc = await this.hall.save(JSON.parse(sent) as LayoutView, rev);
    // What was typed while the hall answered is still unsaved.
    if (JSON.stringify(this.state.layout) === sent) {
      this.adopt(doc);
      return;
    }
    this.state.rev = doc.rev;
    this.keep();
  }

  private adopt(doc: LayoutDoc): void {
    Object.assign(this.state, {
      layout: JSON.parse(JSON.stringify(doc.draft)) as LayoutView,
      rev: doc.rev,
      version: doc.version,
      published: !doc.changed,
      dirty: false,
      recovered: false,
    });
    if (this.kept(doc.id)?.rev === doc.rev - 1 || this.state.busy) this.local.removeItem(keyOf(doc.id));
    this.count();
  }

  private async act(what: () => Promise<void>): Promise<boolean> {
    if (this.state.busy) return false;
    Object.assign(this.state, { busy: true, failure: "", done: "" });
    try {
      await what();
      return true;
    } catch (err) {
      this.state.failure = err instanceof ApiError ? err.message : t("edit.failed");
      return false;
    } finally {
      this.state.busy = false;
    }
  }

  private changed(): void {
    Object.assign(this.state, { dirty: true, done: "", failure: "" });
    this.count();
    this.keep();
  }

  private count(): void {
    this.state.undos = this.past.length;
    this.state.redos = this.future.length;
  }

  private keep(): void {
    const { layout, rev } = this.state;
    if (!layout) return;
    try {
      this.local.setItem(keyOf(layout.id), JSON.stringify({ rev, layout } satisfies Kept));
    } catch {
      // A full or forbidden store: the page itself still holds everything.
    }
  }

  private kept(id: string): Kept | undefined {
    try {
      const text = this.local.getItem(keyOf(id));
      return text ? (JSON.parse(text) as Kept) : undefined;
    } catch {
      return undefined;
    }
  }
}

const keyOf = (id: string) => `smarthall.layout.${id}`;

/** freshId is an id that no block of a layout has. */
export function freshId(layout: LayoutView): string {
  const taken = new Set((layout.blocks ?? []).map((b) => b.id));
  for (let n = taken.size + 1; ; n++) if (!taken.has(`b${n}`)) return `b${n}`;
}
