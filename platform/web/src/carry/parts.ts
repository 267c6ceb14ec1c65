/**
 * Texts that cross from one network to another as QR codes: shown on a screen
 * here, read there by a hand scanner that types what it reads.
 *
 * A text is deflated (RFC 1950), written in base 32 (RFC 4648, no padding) and
 * cut into parts, a code each:
 *
 *     SHQ1.SUM.N.OF.PAYLOAD.CHECK
 *
 * SUM is the CRC-32 of the whole payload and tells texts apart, CHECK that of
 * the part before it: a scanner that types is a keyboard, and keyboards lose
 * letters. All of it is capital letters, digits and points, which QR codes pack
 * densely and which no keyboard layout or input method turns into others.
 */

const MARK = "SHQ1";
/** PART is the payload of one code in letters: about 77 modules wide, which cheap scanners read off a screen. */
const PART = 480;
/** PARTS is how many codes a person is asked to scan at most. */
export const PARTS = 24;
/** LARGEST is the longest text that is read, in bytes: what is packed small may be meant to burst. */
const LARGEST = 256 << 10;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** TooLong says that a text takes more codes than anybody would scan. */
export class TooLong extends Error {}

/** pack cuts text into the contents of its codes. */
export async function pack(text: string): Promise<string[]> {
  const packed = await through(
    new TextEncoder().encode(text),
    new CompressionStream("deflate"),
    Number.POSITIVE_INFINITY,
  );
  const payload = base32(packed);
  const total = Math.ceil(payload.length / PART);
  if (total > PARTS) throw new TooLong(`${total} parts`);
  const sum = check(payload);
  return Array.from({ length: total }, (_, i) => {
    const part = [MARK, sum, i + 1, total, payload.slice(i * PART, (i + 1) * PART)].join(".");
    return `${part}.${check(part)}`;
  });
}

/** Read is what became of one line: a part of total, or the whole text, or why it is none. */
export type Read =
  | { kind: "part"; have: number; total: number }
  | { kind: "whole"; text: string }
  | { kind: "bad"; why: "foreign" | "garbled" | "broken" };

/** Reader puts the parts of one text together, in any order, each as often as it is scanned. */
export class Reader {
  #sum = "";
  #total = 0;
  #parts = new Map<number, string>();

  /** missing are the numbers of the codes that are still to be read. */
  get missing(): number[] {
    return Array.from({ length: this.#total }, (_, i) => i + 1).filter((n) => !this.#parts.has(n));
  }

  /** add takes one line. A part of another text begins that one. */
  async add(line: string): Promise<Read> {
    const got = /^SHQ1\.([A-Z2-7]{7})\.(\d{1,2})\.(\d{1,2})\.([A-Z2-7]{1,480})\.([A-Z2-7]{7})$/.exec(
      line.trim().toUpperCase(),
    );
    if (!got) return { kind: "bad", why: line.trim().toUpperCase().startsWith(MARK) ? "garbled" : "foreign" };
    const [whole = "", sum = "", n = "", of = "", payload = "", sent = ""] = got;
    const [number, total] = [Number(n), Number(of)];
    if (
      check(whole.slice(0, whole.lastIndexOf("."))) !== sent ||
      number < 1 ||
      number > total ||
      total > PARTS
    ) {
      return { kind: "bad", why: "garbled" };
    }
    if (sum !== this.#sum || total !== this.#total) {
      this.#sum = sum;
      this.#total = total;
      this.#parts.clear();
    }
    this.#parts.set(number, payload);
    if (this.#parts.size < total) return { kind: "part", have: this.#parts.size, total };
    return await this.#whole();
  }

  async #whole(): Promise<Read> {
    const payload = Array.from({ length: this.#total }, (_, i) => this.#parts.get(i + 1)).join("");
    const sum = this.#sum;
    this.#sum = "";
    this.#total = 0;
    this.#parts.clear();
    try {
      if (check(payload) !== sum) return { kind: "bad", why: "broken" };
      const bytes = await through(unbase32(payload), new DecompressionStream("deflate"), LARGEST);
      return { kind: "whole", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
    } catch {
      return { kind: "bad", why: "broken" };
    }
  }
}

/** through runs bytes through a stream, whose outcome may be at most limit bytes. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
  limit: number,
) {
  const writer = stream.writable.getWriter();
  // What a broken text fails with comes out at the reading end as well.
  const written = Promise.all([writer.write(bytes), writer.close()]).catch(() => undefined);
  const reader = stream.readable.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new RangeError("too long");
    }
    pieces.push(value);
  }
  await written;
  const out = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

function base32(bytes: Uint8Array): string {
  let out = "";
  let bits = 0;
  let kept = 0;
  for (const b of bytes) {
    kept = (kept << 8) | b;
    for (bits += 8; bits >= 5; bits -= 5) out += LETTERS[(kept >> (bits - 5)) & 31];
    kept &= (1 << bits) - 1;
  }
  return bits > 0 ? out + LETTERS[(kept << (5 - bits)) & 31] : out;
}

function unbase32(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor((text.length * 5) / 8));
  let at = 0;
  let bits = 0;
  let kept = 0;
  for (const letter of text) {
    kept = (kept << 5) | LETTERS.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (kept >> bits) & 255;
      kept &= (1 << bits) - 1;
    }
  }
  return out;
}

/** check is the CRC-32 (IEEE 802.3) of a text of ASCII, in seven letters. */
function check(text: string): string {
  let crc = -1;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const sum = ~crc >>> 0;
  return base32(new Uint8Array([sum >>> 24, sum >>> 16, sum >>> 8, sum]));
}
