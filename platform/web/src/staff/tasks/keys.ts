import type { Verb } from "./task";

/** VERBS are the buttons of a task in their order, each with its key. */
export const VERBS: { verb: Verb; key: string; kind: "main" | "bad" | "more" }[] = [
  { verb: "claim", key: "c", kind: "main" },
  { verb: "pass", key: "p", kind: "main" },
  { verb: "refuse", key: "r", kind: "bad" },
  { verb: "return", key: "b", kind: "more" },
  { verb: "supplement", key: "s", kind: "more" },
  { verb: "transfer", key: "t", kind: "more" },
  { verb: "delegate", key: "d", kind: "more" },
  { verb: "add-sign", key: "a", kind: "more" },
  { verb: "hold", key: "h", kind: "more" },
  { verb: "resume", key: "u", kind: "main" },
  { verb: "ask-extension", key: "e", kind: "more" },
  { verb: "decide-extension", key: "y", kind: "main" },
  { verb: "recall", key: "l", kind: "more" },
  { verb: "release", key: "q", kind: "more" },
  { verb: "terminate", key: "x", kind: "bad" },
];
