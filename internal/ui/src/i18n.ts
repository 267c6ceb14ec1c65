/** Params fill the {placeholders} of a text. */
export type Params = Record<string, string | number>;

/** Translator gives the text of a key; unknown keys don't compile. */
export type Translator<K extends string> = (key: K, params?: Params) => string;

/**
 * messages makes the translator of one workspace from its source file
 * (src/zh-CN.json, flat). A placeholder without a parameter stays visible, so
 * that a test or a reader notices it.
 */
export function messages<K extends string>(source: Record<K, string>): Translator<K> {
  return (key, params) => {
    const text = source[key] ?? key;
    if (!params) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
  };
}
