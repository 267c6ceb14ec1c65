import type { PageSnapshot } from "@smarthall/ui";
import type { Flow } from "../flow";
import { settings } from "../home";
import type source from "./zh-CN.json";

/** Sentence is the key of what a page says: a text, and a recording of the same name. */
export type Sentence = keyof typeof source extends `say.${infer K}` ? K : never;

/** SENTENCES are what areas say that have no other for the step in front of somebody. */
const SENTENCES: Record<string, Sentence> = {
  hall: "hall",
  floor: "floor",
  query: "query",
  samples: "samples",
  terminal: "apply",
  licences: "licences",
};

/** Scene is what decides what a page says. */
export interface Scene {
  flow: Flow;
  page: PageSnapshot | undefined;
  /** Tickets can be taken. */
  open: boolean;
  /** The page is about to clear itself. */
  warn: boolean;
  /** The area waits for a card. */
  card: boolean;
  /** What the area's step says, if it says something of its own. */
  step?: Sentence;
}

/** sentence is the one that the page in front of somebody says; none while there is nothing to do. */
export function sentence(scene: Scene): Sentence | undefined {
  const { flow, warn } = scene;
  if (flow.helpShown && flow.help === "asked") return "help-asked";
  if (flow.helpShown && flow.help === "coming") return "help-coming";
  if (flow.problem) return "refused";
  if (warn && flow.step !== "result") return "idle";
  switch (flow.step) {
    case "home":
      return home(scene);
    case "guide":
      return flow.guide.item ? "guide-item" : "guide";
    case "area":
      return scene.card ? "card" : (scene.step ?? SENTENCES[flow.area ?? ""]);
    case "result":
      return result(flow);
    case "phone":
    case "code":
    case "visits":
    case "services":
    case "priority":
      return flow.step;
  }
  return undefined;
}

function home({ flow, page, open }: Scene): Sentence | undefined {
  if (!page) return undefined;
  const { mode } = settings(page);
  if (mode === "query") return "hall";
  if (!open) return "away";
  if (page.card) return "lift";
  if (flow.elder) return "home-elder";
  return mode === "terminal" ? "home-terminal" : "home-queue";
}

function result(flow: Flow): Sentence | undefined {
  switch (flow.paper) {
    case "printing":
      return undefined;
    case "printed":
      return "printed";
  }
  return "number";
}
