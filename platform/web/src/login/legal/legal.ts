/** LegalWay is a way in which units prove who they are here. */
export interface LegalWay {
  way: "ca" | "licence";
  /** name is of who confirms it. */
  name: string;
  demo: boolean;
}

/** ProvedUnit is the unit that was proved. */
export interface ProvedUnit {
  name: string;
  code: string;
  representative?: string;
  holder?: string;
  /** role is the holder's, as her licence tells it; absent: one says it oneself. */
  role?: "representative" | "manager" | "handler";
  registered: boolean;
  /** account and phone are of who signs in by it, masked; absent: nobody yet. */
  account?: string;
  phone?: string;
  mine: boolean;
  needsCode: boolean;
}

/** LegalProof is a proof of a unit that is under way in this browser. */
export interface LegalProof {
  way: LegalWay["way"];
  state: "waiting" | "proved" | "declined";
  until: string;
  /** text is what a certificate signs. */
  text?: string;
  /** address is what a wallet opens, qr its picture. */
  address?: string;
  qr?: string;
  unit?: ProvedUnit;
}

/** Answer is what a certificate's holder brings. */
export interface Answer {
  certificate: string;
  signature: string;
}

/** SignTrouble tells why this browser can't sign. */
export class SignTrouble extends Error {
  constructor(readonly why: "none" | "other" | "insecure") {
    super(why);
    this.name = "SignTrouble";
  }
}

/** blocks are the parts of a PEM file of one kind, with their frames. */
function blocks(pem: string, kind: string): string[] {
  return pem.match(new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`, "g")) ?? [];
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const base64Of = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/**
 * sign signs a text with the key of a PEM file, which stays in this browser: ECDSA on P-256 or RSA, with SHA-256.
 * It throws a SignTrouble if there is none, or one that browsers don't know, such as SM2.
 */
export async function sign(pem: string, text: string): Promise<Answer> {
  const [key] = blocks(pem, "PRIVATE KEY");
  const certificates = blocks(pem, "CERTIFICATE");
  if (!key || certificates.length === 0) throw new SignTrouble("none");
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) throw new SignTrouble("insecure");
  const certificate = `${certificates.join("\n")}\n`;
  const pkcs8 = bytesOf(key.replace(/-----[^-]+-----|\s/g, ""));
  const data = new TextEncoder().encode(text);
  const hash = "SHA-256";
  try {
    const own = await subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
    ]);
    const raw = new Uint8Array(await subtle.sign({ name: "ECDSA", hash }, own, data));
    return { certificate, signature: base64Of(derOf(raw)) };
  } catch {
    // It is none of ECDSA.
  }
  try {
    const name = "RSASSA-PKCS1-v1_5";
    const own = await subtle.importKey("pkcs8", pkcs8, { name, hash }, false, ["sign"]);
    return { certificate, signature: base64Of(new Uint8Array(await subtle.sign(name, own, data))) };
  } catch {
    throw new SignTrouble("other");
  }
}

/** derOf turns the two numbers of a signature, one after the other, into ASN.1. */
export function derOf(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const body = [raw.subarray(0, half), raw.subarray(half)].flatMap((part) => {
    let from = 0;
    while (from < part.length - 1 && part[from] === 0) from++;
    const digits = [...part.subarray(from)];
    if ((digits[0] ?? 0) > 127) digits.unshift(0);
    return [2, digits.length, ...digits];
  });
  return Uint8Array.from([48, body.length, ...body]);
}
