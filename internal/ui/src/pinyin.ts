/** LETTERS begin syllables of pinyin; I, U and V begin none. */
const LETTERS = "abcdefghjklmnopqrstwxyz";
/** FIRSTS are the first characters of each letter in the order of pinyin. */
const FIRSTS =
  "\u963f\u516b\u5693\u54d2\u59b8\u53d1\u65ee\u54c8\u8ba5\u5494\u5783\u75f3\u62cf\u5662\u5991\u4e03\u5465\u4ee8\u5b83\u7a75\u5915\u4e2b\u5e00";

let order: Intl.Collator | undefined;
const known = new Map<string, string>();

/**
 * initials are the first letters of a text's pinyin, by the browser's own
 * collation: shebao for two Hanzi is sb. Letters and digits stay, all else goes.
 */
export function initials(text: string): string {
  let found = known.get(text);
  if (found === undefined) {
    found = [...text].map(initial).join("");
    known.set(text, found);
  }
  return found;
}

function initial(char: string): string {
  if (/[a-z0-9]/i.test(char)) return char.toLowerCase();
  if (!/\p{Script=Han}/u.test(char)) return "";
  order ??= new Intl.Collator("zh-CN-u-co-pinyin");
  let at = LETTERS.length - 1;
  while (at > 0 && order.compare(FIRSTS[at] ?? "", char) > 0) at--;
  return LETTERS[at] ?? "";
}
