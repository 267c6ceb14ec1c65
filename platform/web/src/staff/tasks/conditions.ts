import type { Detail } from "./task";

/** Definition is the part of a flow that tells what comes after a step. */
export interface Definition {
  nodes: { id: string; name?: string; kind: string }[];
  edges: { from: string; to: string; name?: string; when?: string; default?: boolean }[];
}

/** Asked is a value that the conditions right after a step want to know. */
export interface Asked {
  name: string;
  /** label is what the gateway asks; the name where it asks nothing. */
  label: string;
  kind: "boolean" | "number" | "text";
  /** options are the texts that conditions compare with. */
  options: string[];
}

const GATEWAYS = ["and", "or", "xor", "service", "timer"];

/** after are the steps that follow one, and the edges with conditions on the way there. */
function after(def: Definition, node: string) {
  const next = new Set<string>();
  const edges: (Definition["edges"][number] & { gate: string })[] = [];
  const seen = new Set<string>();
  const todo = [node];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const edge of def.edges.filter((e) => e.from === at)) {
      const to = def.nodes.find((n) => n.id === edge.to);
      if (edge.when) edges.push({ ...edge, gate: def.nodes.find((n) => n.id === edge.from)?.name ?? "" });
      if (!to || seen.has(to.id)) continue;
      seen.add(to.id);
      if (GATEWAYS.includes(to.kind)) todo.push(to.id);
      else next.add(to.id);
    }
  }
  return { next: [...next], edges };
}

/** asked are the values that the opinion on a step decides the way by. */
export function asked(def: Definition, node: string): Asked[] {
  const found = new Map<string, Asked>();
  for (const { when = "", gate } of after(def, node).edges) {
    for (const [, name = ""] of when.matchAll(/\bvalues\.([A-Za-z_]\w*)/g)) {
      if (new RegExp(`\\bfacts\\.values\\.${name}\\b`).test(when) && !new RegExp(`(^|[^.\\w])values\\.${name}\\b`).test(when)) continue;
      const one = found.get(name) ?? { name, label: gate || name, kind: "boolean" as Asked["kind"], options: [] };
      const by = new RegExp(`values\\.${name}\\s*(?:==|!=|<=|>=|<|>|in|contains)\\s*(\\[[^\\]]*\\]|"[^"]*"|-?[\\d.]+|true|false)`, "g");
      for (const [, against = ""] of when.matchAll(by)) {
        const texts = [...against.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text);
        if (texts.length > 0) {
          one.kind = "text";
          one.options = [...new Set([...one.options, ...texts])];
        } else if (/^-?[\d.]/.test(against)) one.kind = "number";
      }
      found.set(name, one);
    }
  }
  return [...found.values()];
}

/** nextOf names who gets the case after a step, as far as that is known before. */
export function nextOf(def: Definition, detail: Detail): { name: string; who: string }[] {
  return after(def, detail.node).next.flatMap((id) => {
    const node = detail.flow.nodes.find((n) => n.node === id);
    if (!node) return [];
    const who = (node.seats ?? []).map((s) => s.person || [s.organisationName, s.post].filter(Boolean).join(" "));
    return [{ name: node.name, who: who.join(" / ") }];
  });
}
