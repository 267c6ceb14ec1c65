/** The first characters of each initial in the order of pinyin; I, U and V begin no syllable. */
const letters = "abcdefghjklmnopqrstwxyz";
const firsts =
  "\u963f\u516b\u5693\u54d2\u59b8\u53d1\u65ee\u54c8\u8ba5\u5494\u5783\u75f3\u62cf\u5662\u5991\u4e03\u5465\u4ee8\u5b83\u7a75\u5915\u4e2b\u5e00";
const order = new Intl.Collator("zh-Hans-CN-u-co-pinyin");

/**
 * initials are the first letters of a text's pinyin, by the browser's own
 * collation: shebao for two Hanzi is sb. Letters and digits stay, all else goes.
 */
export function initials(text: string): string {
  return Array.from(text, initial).join("");
}

function initial(char: string): string {
  if (/[a-z0-9]/i.test(char)) return char.toLowerCase();
  if (!/[\u4e00-\u9fff]/.test(char)) return "";
  let at = letters.length - 1;
  while (at > 0 && order.compare(firsts[at] ?? "", char) > 0) at--;
  return letters[at] ?? "";
}
