import hall from "../../../../internal/flow/bpmn/hall.json";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import Modeler from "bpmn-js/lib/Modeler";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { anybody, type Element, isNode, type Make, type Part, readStep, type Step, writeStep } from "./hall";
import { button } from "./icons";
import { t } from "./text";

/* The editor's own parts, as far as they are used here. */
interface Modeling {
  updateProperties(e: Element, properties: Record<string, unknown>): void;
  removeElements(list: Element[]): void;
  moveElements(list: Element[], by: { x: number; y: number }): void;
  createShape(shape: Element, at: { x: number; y: number }, into: Element): Element;
}
interface Registry {
  get(id: string): Element | undefined;
  filter(want: (e: Element) => boolean): Element[];
}
interface Bus {
  on(
    event: string,
    listener: (event: { context: { shape: Element }; newSelection: Element[]; stackIdx: number }) => void,
  ): void;
}
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Canvas {
  addMarker(id: string, name: string): void;
  removeMarker(id: string, name: string): void;
  scrollToElement(e: Element): void;
  viewbox(): Box & { inner: Box; outer: Box };
  viewbox(to: Box): void;
}
interface Overlays {
  add(id: string, type: string, overlay: { position: Record<string, number>; html: HTMLElement }): void;
  remove(filter: { type: string }): void;
}
interface Factory {
  createShape(attrs: Record<string, unknown>): Element;
}
interface Pad {
  registerProvider(provider: unknown): void;
}
interface Starter {
  start(event: Event, what: Element, how?: Record<string, unknown>): void;
}
interface Placer {
  append(source: Element, shape: Element): Element;
}

type ElementKind = "start" | "user" | "service" | "xor" | "and" | "or" | "timer" | "end";

/** ATTRS is how BPMN calls what we understand; there is nothing else to draw with. */
const ATTRS: Record<ElementKind, Record<string, string>> = {
  start: { type: "bpmn:StartEvent" },
  user: { type: "bpmn:UserTask" },
  xor: { type: "bpmn:ExclusiveGateway" },
  and: { type: "bpmn:ParallelGateway" },
  or: { type: "bpmn:InclusiveGateway" },
  timer: { type: "bpmn:IntermediateCatchEvent", eventDefinitionType: "bpmn:TimerEventDefinition" },
  service: { type: "bpmn:ServiceTask" },
  end: { type: "bpmn:EndEvent" },
};

/** Palette is what can be drawn. */
class Palette {
  static $inject = [
    "palette",
    "create",
    "elementFactory",
    "spaceTool",
    "lassoTool",
    "handTool",
    "globalConnect",
  ];

  constructor(
    palette: Pad,
    private readonly create: Starter,
    private readonly factory: Factory,
    private readonly space: { activateSelection(e: Event): void },
    private readonly lasso: { activateSelection(e: Event): void },
    private readonly hand: { activateHand(e: Event): void },
    private readonly connect: { start(e: Event): void },
  ) {
    palette.registerProvider(this);
  }

  getPaletteEntries() {
    const tool = (name: "hand" | "lasso" | "space" | "connect", click: (e: Event) => void) => ({
      group: "tools",
      ...button(name, t(`draw.${name}`)),
      action: { click },
    });
    const entries: Record<string, unknown> = {
      hand: tool("hand", (e) => this.hand.activateHand(e)),
      lasso: tool("lasso", (e) => this.lasso.activateSelection(e)),
      space: tool("space", (e) => this.space.activateSelection(e)),
      connect: tool("connect", (e) => this.connect.start(e)),
      line: { group: "tools", separator: true },
    };
    for (const kind of Object.keys(ATTRS) as ElementKind[]) {
      const begin = (e: Event) => this.create.start(e, this.factory.createShape(ATTRS[kind]));
      entries[`create.${kind}`] = {
        group: "elements",
        ...button(kind, t(`draw.${kind}`)),
        action: { click: begin, dragstart: begin },
      };
    }
    return entries;
  }
}

/** ContextPad is what stands beside a chosen element. */
class ContextPad {
  static $inject = ["contextPad", "drawing", "elementFactory", "connect", "create"];

  constructor(
    pad: Pad,
    private readonly drawing: Drawing,
    private readonly factory: Factory,
    private readonly connect: Starter,
    private readonly create: Starter,
  ) {
    pad.registerProvider(this);
  }

  getContextPadEntries(element: Element) {
    const entries: Record<string, unknown> = {};
    if (isNode(element) && element.type !== "bpmn:EndEvent") {
      for (const kind of ["user", "xor", "end"] as const) {
        entries[`append.${kind}`] = {
          group: "model",
          ...button(kind, t(`append.${kind}`)),
          action: {
            click: (_: Event, e: Element) => this.drawing.append(e, kind),
            dragstart: (event: Event, e: Element) =>
              this.create.start(event, this.factory.createShape(ATTRS[kind]), { source: e }),
          },
        };
      }
      const join = (event: Event, e: Element) => this.connect.start(event, e);
      entries.connect = {
        group: "connect",
        ...button("connect", t("draw.connect")),
        action: { click: join, dragstart: join },
      };
    }
    if (element.type !== "label" && element.type !== "bpmn:Process") {
      entries.remove = {
        group: "edit",
        ...button("remove", t("remove")),
        action: { click: (_: Event, e: Element) => this.drawing.remove(e) },
      };
    }
    return entries;
  }

  getMultiElementContextPadEntries() {
    return {};
  }
}

/** NoReplacing leaves out the editor's menu of kinds: most of them are none of ours. */
class NoReplacing {
  static $inject = ["popupMenu"];

  constructor(menu: { registerProvider(id: string, provider: unknown): void }) {
    menu.registerProvider("bpmn-replace", this);
  }

  getPopupMenuEntries() {
    return {};
  }
}

/** EDGE is left free around a drawing, PALETTE covered by the palette, in pixels. */
const EDGE = 24;
const PALETTE = 52;

/** GAP is how far nodes stand apart, in pixels. */
const GAP = 60;

/** WORDS are the editor's own texts that can still come up. */
const WORDS: Record<string, string> = {
  "Search in diagram": t("search"),
  "Activate hand tool": t("draw.hand"),
};

const own = {
  paletteProvider: ["type", Palette],
  contextPadProvider: ["type", ContextPad],
  replaceMenuProvider: ["type", NoReplacing],
};
const spoken = { translate: ["value", (text: string) => WORDS[text] ?? text] };

/** Drawing is a flow on a canvas; one that is only read can't be changed. */
export class Drawing {
  private readonly editor: Modeler | NavigatedViewer;

  constructor(
    box: HTMLElement,
    readonly readonly: boolean,
    on: { change: () => void; select: (id: string) => void },
  ) {
    const fontFamily = getComputedStyle(document.body).fontFamily;
    const options = {
      container: box,
      moddleExtensions: { hall },
      textRenderer: { defaultStyle: { fontFamily }, externalStyle: { fontFamily } },
    };
    this.editor = readonly
      ? new NavigatedViewer({ ...options, additionalModules: [spoken] as never })
      : new Modeler({ ...options, additionalModules: [spoken, own, { drawing: ["value", this] }] as never });
    const bus = this.get<Bus>("eventBus");
    bus.on("selection.changed", ({ newSelection }) => {
      const [one, more] = newSelection;
      on.select(one && !more ? one.businessObject.id : "");
    });
    if (readonly) return;
    bus.on("elements.changed", on.change);
    bus.on("commandStack.shape.create.postExecuted", ({ context }) => this.begin(context.shape));
  }

  private get<T>(name: string): T {
    return this.editor.get<T>(name);
  }

  /** begin gives a new step what it needs at least. */
  private begin(shape: Element) {
    const part = shape.businessObject;
    if (part.extensionElements) return; // copied
    const user = shape.type === "bpmn:UserTask";
    if (!user && shape.type !== "bpmn:IntermediateCatchEvent" && shape.type !== "bpmn:ServiceTask") return;
    const step = {
      ...readStep(part),
      of: [anybody(), anybody()],
      limit: { unit: "working-days", days: 1 },
      wait: { unit: "working-days", days: 1 },
    };
    const name =
      part.name || t(user ? "new.user" : shape.type === "bpmn:ServiceTask" ? "new.service" : "new.timer");
    this.get<Modeling>("modeling").updateProperties(shape, {
      name,
      extensionElements: writeStep(this.make, part, step),
    });
  }

  private readonly make: Make = (type, attrs) => this.get<{ create: Make }>("moddle").create(type, attrs);

  /** open shows a flow; the error says why it can't be read. */
  async open(xml: string): Promise<void> {
    await this.editor.importXML(xml);
    this.fit();
  }

  async xml(): Promise<string> {
    const { xml } = await this.editor.saveXML({ format: true });
    return xml ?? "";
  }

  /** fit shows all of it, beside the palette and below the buttons, and no larger than it is. */
  fit() {
    const canvas = this.get<Canvas>("canvas");
    const { inner, outer } = canvas.viewbox();
    const left = this.readonly ? EDGE : EDGE + PALETTE;
    const wide = (outer.width - left - EDGE) / Math.max(inner.width, 1);
    const scale = Math.min(wide, (outer.height - 4 * EDGE) / Math.max(inner.height, 1), 1);
    if (!(scale > 0)) return;
    const width = outer.width / scale;
    const height = outer.height / scale;
    canvas.viewbox({ x: inner.x - left / scale, y: inner.y - (height - inner.height) / 2, width, height });
  }

  zoom(by: number) {
    this.get<{ stepZoom(by: number): void }>("zoomScroll").stepZoom(by);
  }

  undo() {
    this.get<{ undo(): void }>("commandStack").undo();
  }

  redo() {
    this.get<{ redo(): void }>("commandStack").redo();
  }

  /** nodes are all steps, gateways and events, from left to right. */
  nodes(): Element[] {
    return this.get<Registry>("elementRegistry")
      .filter((e) => e.type !== "label" && isNode(e))
      .sort((a, b) => (a.x ?? 0) - (b.x ?? 0) || (a.y ?? 0) - (b.y ?? 0));
  }

  element(id: string): Element | undefined {
    const e = this.get<Registry>("elementRegistry").get(id);
    return e && (isNode(e) || e.type === "bpmn:SequenceFlow") ? e : undefined;
  }

  /** conditions are those of all edges. */
  conditions(): string[] {
    return this.get<Registry>("elementRegistry")
      .filter((e) => e.type === "bpmn:SequenceFlow")
      .map((e) => e.businessObject.conditionExpression?.body ?? "")
      .filter(Boolean);
  }

  select(id: string) {
    const e = this.element(id);
    if (!e) return;
    this.get<{ select(e: Element): void }>("selection").select(e);
    this.get<Canvas>("canvas").scrollToElement(e);
  }

  name(e: Element, name: string) {
    this.get<Modeling>("modeling").updateProperties(e, { name });
  }

  write(e: Element, step: Step) {
    const extensionElements = writeStep(this.make, e.businessObject, step);
    this.get<Modeling>("modeling").updateProperties(e, { extensionElements });
  }

  /** condition sets when an edge is taken; the default one is taken when no other is. */
  condition(e: Element, body: string) {
    const conditionExpression = body.trim()
      ? this.make("bpmn:FormalExpression", { body: body.trim() })
      : undefined;
    this.get<Modeling>("modeling").updateProperties(e, { conditionExpression });
  }

  otherwise(e: Element, is: boolean) {
    if (!e.source) return;
    if (is) this.condition(e, "");
    this.get<Modeling>("modeling").updateProperties(e.source, { default: is ? e.businessObject : undefined });
  }

  /** append draws what comes after a node; where one thing comes after it already, between the two. */
  append(e: Element, kind: "user" | "xor" | "end") {
    const [edge, more] = e.outgoing;
    if (kind !== "end" && edge && !more && !e.type.endsWith("Gateway")) {
      this.insert(edge, kind);
      return;
    }
    const shape = this.get<Factory>("elementFactory").createShape(ATTRS[kind]);
    this.select(this.get<Placer>("autoPlace").append(e, shape).id);
  }

  /** insert puts a node into an edge; what stands behind it moves on. */
  insert(edge: Element, kind: "user" | "xor") {
    const { source, target } = edge;
    if (!source || !target) return;
    const modeling = this.get<Modeling>("modeling");
    const shape = this.get<Factory>("elementFactory").createShape(ATTRS[kind]);
    const right = (source.x ?? 0) + (source.width ?? 0);
    const room = (shape.width ?? 100) + 2 * GAP;
    const by = right + room - (target.x ?? 0);
    const behind = this.nodes().filter((n) => n !== source && (n.x ?? 0) >= (target.x ?? 0));
    if (by > 0 && (target.x ?? 0) > right) modeling.moveElements(behind, { x: by, y: 0 });
    const at = { x: right + room / 2, y: (source.y ?? 0) + (source.height ?? 0) / 2 };
    this.select(modeling.createShape(shape, at, edge).id);
    const { inner, x, width } = this.get<Canvas>("canvas").viewbox();
    if (inner.x + inner.width > x + width) this.fit();
  }

  replace(e: Element, type: string) {
    const to = this.get<{ replaceElement(e: Element, to: object): Element }>("bpmnReplace").replaceElement(
      e,
      { type },
    );
    this.select(to.id);
  }

  remove(e: Element) {
    this.get<Modeling>("modeling").removeElements([e]);
  }

  /** mark draws findings at their elements. */
  mark(findings: { element?: string; severe: boolean; text: string }[]) {
    const overlays = this.get<Overlays>("overlays");
    overlays.remove({ type: "finding" });
    const byElement = new Map<string, typeof findings>();
    for (const f of findings) {
      if (f.element && this.element(f.element))
        byElement.set(f.element, [...(byElement.get(f.element) ?? []), f]);
    }
    for (const [id, list] of byElement) {
      const html = document.createElement("button");
      html.type = "button";
      html.className = list.some((f) => f.severe) ? "finding severe" : "finding";
      html.textContent = list.some((f) => f.severe) ? "!" : "?";
      html.title = list.map((f) => f.text).join("\n");
      html.setAttribute("aria-label", html.title);
      html.addEventListener("click", () => this.select(id));
      overlays.add(id, "finding", { position: { top: -12, right: 12 }, html });
    }
  }

  private passed: string[] = [];

  /** pass draws the way that a trial took. */
  pass(nodes: string[]) {
    const canvas = this.get<Canvas>("canvas");
    for (const id of this.passed) if (this.element(id)) canvas.removeMarker(id, "passed");
    this.passed = nodes.filter((id) => this.element(id));
    for (const id of this.passed) canvas.addMarker(id, "passed");
  }

  close() {
    this.editor.destroy();
  }
}

export type { Part };
