const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** ulid makes an id that sorts by time: 10 digits of it, 16 of chance. */
export function ulid(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(16))): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = DIGITS[rest % 32] + time;
  return time + [...random].map((b) => DIGITS[b % 32]).join("");
}
