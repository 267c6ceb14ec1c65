/*
 * What a text may be: numbers of cards, codes, telephones, days. The platform
 * has the same rules in Go (internal/codes, platform/internal/form/kinds.go).
 */

const SPACES = "[ \\t\\n\\r\\u00a0\\u3000\\ufeff\\u200b]";
const ENDS = new RegExp(`^${SPACES}+|${SPACES}+$`, "g");
const ALL = new RegExp(SPACES, "g");

export function trim(text: string): string {
  return text.replace(ENDS, "");
}

/** narrow makes full-width letters and figures ordinary ones, small letters capitals, and takes spaces out. */
export function narrow(text: string): string {
  return text
    .replace(ALL, "")
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[a-z]+/g, (c) => c.toUpperCase());
}

/** forbidden tells whether a text has characters that nobody types. */
export function forbidden(text: string, lines: boolean): boolean {
  for (const char of text) {
    const c = char.codePointAt(0) ?? 0;
    if (c === 9 || c === 10 || c === 13) {
      if (!lines) return true;
    } else if (
      c < 0x20 ||
      (c >= 0x7f && c <= 0x9f) ||
      c === 0x2028 ||
      c === 0x2029 ||
      (c >= 0x202a && c <= 0x202e) ||
      (c >= 0x2066 && c <= 0x2069) ||
      (c >= 0xd800 && c <= 0xdfff) ||
      c === 0xfffd ||
      (c & 0xfffe) === 0xfffe ||
      (c >= 0xfdd0 && c <= 0xfdef)
    ) {
      return true;
    }
  }
  return false;
}

/** dayNumber counts days from a fixed one, undefined where there is no such day. */
function dayNumber(day: string): number | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!m || m[1] === "0000") return undefined;
  const at = new Date(0);
  at.setUTCFullYear(Number(m[1]), Number(m[2]) - 1, Number(m[3]));
  return at.toISOString().slice(0, 10) === day ? Math.round(at.getTime() / 86_400_000) : undefined;
}

export function isDate(day: string): boolean {
  return dayNumber(day) !== undefined;
}

/** days are those from one day to another. */
export function days(from: string, to: string): number | null {
  const a = dayNumber(from);
  const b = dayNumber(to);
  return a === undefined || b === undefined ? null : b - a;
}

/** years are the full years from a day to today. */
export function years(day: string, today: string): number | null {
  if (!isDate(day)) return null;
  const n = Number(today.slice(0, 4)) - Number(day.slice(0, 4));
  return today.slice(5) < day.slice(5) ? n - 1 : n;
}

const PROVINCES =
  "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83";

/** birth is the day that an ID number (GB 11643) tells, null where the number is wrong or the day is to come. */
export function birth(number: string, today: string): string | null {
  const id = number.replace(/x$/, "X");
  if (!/^\d{17}[\dX]$/.test(id)) return null;
  if (id[0] !== "9" && !PROVINCES.includes(id.slice(0, 2))) return null;
  const day = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`;
  if (!isDate(day) || day < "1880-01-01" || day > today) return null;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(id[i]) * (2 ** (17 - i) % 11);
  return "10X98765432"[sum % 11] === id[17] ? day : null;
}

const LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** isCredit tells whether a text is a unified social credit code (GB 32100). */
export function isCredit(code: string): boolean {
  if (code.length !== 18) return false;
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    const value = LETTERS.indexOf(code[i] ?? "?");
    if (value < 0) return false;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return LETTERS[(31 - (sum % 31)) % 31] === code[17];
}

export function isPhone(number: string): boolean {
  return /^(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?)$/.test(number);
}

/** LATEST is later than any birth: whether a birth has been is not the schema's business. */
const LATEST = "9999-12-31";

/** fits tells whether a text is of a format. */
export function fits(format: string, text: string): boolean {
  switch (format) {
    case "line":
      return !forbidden(text, false);
    case "text":
      return !forbidden(text, true);
    case "date":
      return isDate(text);
    case "id-number":
      return birth(text, LATEST) !== null;
    case "credit-code":
      return isCredit(text);
    case "phone":
      return isPhone(text);
    default:
      return /^[1-9](?:\d{5}|\d{8}|\d{11})$/.test(text);
  }
}
