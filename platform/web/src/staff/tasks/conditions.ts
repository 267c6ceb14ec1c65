import { type Variable, variablesOf } from "../flows/variables";
import type { Detail } from "./task";

/** Definition is the part of a flow that tells what comes after a step. */
export interface Definition {
  nodes: { id: string; name?: string; kind: string }[];
  edges: { from: string; to: string; when?: string }[];
}

/** Asked is a value that the conditions right after a step want to know; label is what their gateway asks. */
export interface Asked extends Variable {
  label: string;
}

/** STEPS are the kinds of nodes where somebody has the case; all others are passed at once or by themselves. */
const STEPS = ["user", "end"];

/** after are the steps that follow one, and the conditions on the way there by their gateway. */
function after(def: Definition, node: string) {
  const next = new Set<string>();
  const conditions: { gateway: string; when: string }[] = [];
  const seen = new Set<string>();
  const todo = [node];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const edge of def.edges.filter((e) => e.from === at)) {
      const to = def.nodes.find((n) => n.id === edge.to);
      if (edge.when)
        conditions.push({ gateway: def.nodes.find((n) => n.id === edge.from)?.name ?? "", when: edge.when });
      if (!to || seen.has(to.id)) continue;
      seen.add(to.id);
      if (STEPS.includes(to.kind)) next.add(to.id);
      else todo.push(to.id);
    }
  }
  return { next: [...next], conditions };
}

/** asked are the values that the opinion on a step decides the way by. */
export function asked(def: Definition, node: string): Asked[] {
  const { conditions } = after(def, node);
  return variablesOf(conditions.map((c) => c.when))
    .filter((v) => v.root === "values")
    .map((v) => ({
      ...v,
      label: conditions.find((c) => c.when.includes(`values.${v.name}`))?.gateway || v.name,
    }));
}

/** nextOf names who gets the case after a step, as far as that is known before. */
export function nextOf(def: Definition, detail: Detail): { name: string; who: string }[] {
  return after(def, detail.node).next.flatMap((id) => {
    const node = detail.flow.nodes.find((n) => n.node === id);
    if (!node) return [];
    const who = (node.seats ?? []).map(
      (s) => s.person || [s.organisationName, s.post].filter(Boolean).join(" "),
    );
    return [{ name: node.name, who: who.join(" / ") }];
  });
}
