/** Variable is something that conditions ask for. */
export interface Variable {
  /** root is where it comes from: the case's form or situation, or an opinion. */
  root: "facts.values" | "facts.answers" | "values";
  name: string;
  kind: "boolean" | "number" | "text";
  /** options are the texts that it is compared with. */
  options: string[];
}

const NAMES = /(?<![.\w])(facts\.values|facts\.answers|values)\.([A-Za-z_]\w*)/g;
const COMPARED =
  /^\s*(?:==|!=|<=|>=|<|>|in\b|contains\b|startsWith\b|endsWith\b)\s*(\[[^\]]*\]|"[^"]*"|-?[\d.]+)/;

/** variablesOf are all that some conditions ask for, each once; what they compare it with tells its kind. */
export function variablesOf(conditions: string[]): Variable[] {
  const found = new Map<string, Variable>();
  for (const text of conditions) {
    for (const match of text.matchAll(NAMES)) {
      const [whole, root = "", name = ""] = match;
      const one: Variable = found.get(whole) ?? {
        root: root as Variable["root"],
        name,
        kind: "boolean",
        options: [],
      };
      const against = COMPARED.exec(text.slice(match.index + whole.length))?.[1] ?? "";
      const texts = [...against.matchAll(/"([^"]*)"/g)].map(([, t = ""]) => t);
      if (texts.length > 0) {
        one.kind = "text";
        one.options = [...new Set([...one.options, ...texts])];
      } else if (against) one.kind = "number";
      found.set(whole, one);
    }
  }
  return [...found.values()];
}
