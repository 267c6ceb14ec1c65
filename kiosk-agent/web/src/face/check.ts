import type { Look } from "./verifier";

/** Side is where a head is to be turned, as its owner calls it. */
export type Side = "left" | "right";

/** Check is how far a comparison is. */
export interface Check {
  /** find looks for a face that is alike, turn waits for the head to turn, back for it to look ahead again. */
  phase: "find" | "turn" | "back" | "same" | "failed";
  /** sides are still to be turned to. */
  sides: Side[];
  /** looks counts pictures in this phase, alone those that had exactly one face. */
  looks: number;
  alone: number;
  /** best is how alike a face was at best, score how alike the least alike picture that counted was. */
  best: number;
  score: number;
  /** many tells that more than one person is before the camera. */
  many: boolean;
}

/** AHEAD is how far a head that looks ahead is turned at most, ASIDE how far one that is turned at least. */
const AHEAD = 0.22;
const ASIDE = 0.34;
/** PATIENCE is how many pictures a phase takes at most. */
const PATIENCE = 30;
/** UNLIKE is how many pictures of somebody else are enough. */
const UNLIKE = 8;

/** begin starts a comparison; chance chooses where to turn first, so that no film fits. */
export function begin(chance: () => number = Math.random): Check {
  const sides: Side[] = chance() < 0.5 ? ["left", "right"] : ["right", "left"];
  return { phase: "find", sides, looks: 0, alone: 0, best: 0, score: 1, many: false };
}

/** next takes one more picture into account; threshold is how alike a face must be. */
export function next(c: Check, look: Look, threshold: number): Check {
  if (c.phase === "same" || c.phase === "failed") return c;
  const now: Check = {
    ...c,
    looks: c.looks + 1,
    alone: c.alone + (look.faces === 1 ? 1 : 0),
    many: look.faces > 1,
    best: look.faces === 1 ? Math.max(c.best, look.alike) : c.best,
  };
  if (look.faces === 1) {
    const ahead = Math.abs(look.turn) <= AHEAD;
    const alike = look.alike >= threshold;
    if (c.phase === "find" && ahead && alike) return enter(now, "turn", look.alike);
    if (c.phase === "turn" && turned(look, c.sides[0]))
      return enter({ ...now, sides: c.sides.slice(1) }, "back", c.score);
    if (c.phase === "back" && ahead && alike)
      return enter(now, c.sides.length > 0 ? "turn" : "same", Math.min(c.score, look.alike));
    if (c.phase === "find" && !alike && now.alone >= UNLIKE) return { ...now, phase: "failed" };
  }
  return now.looks >= PATIENCE ? { ...now, phase: "failed" } : now;
}

function enter(c: Check, phase: Check["phase"], score: number): Check {
  return { ...c, phase, looks: 0, alone: 0, score: c.phase === "find" ? score : Math.min(c.score, score) };
}

function turned(look: Look, side: Side | undefined): boolean {
  return side === "left" ? look.turn >= ASIDE : look.turn <= -ASIDE;
}
