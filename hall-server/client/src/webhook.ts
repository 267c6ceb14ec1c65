// Checks deliveries by the Standard Webhooks specification 1.0.0:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import type { components } from "./schema.gen.ts";

/** Headers as fetch or Node's http module has them. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/** Says why a request isn't a delivery of the hall. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}

export interface VerifyOptions {
  /** How far the sender's clock may be from ours, in seconds [300]. */
  tolerance?: number;
  /** The time, in milliseconds since 1970. */
  now?: number;
}

/**
 * Returns the event of a delivery that was signed with secret (whsec_…), or
 * throws a WebhookError. Body is what came, byte by byte, before any parsing.
 * Deliveries may come twice: remember the header webhook-id and skip those seen.
 */
export async function verifyWebhook(
  secret: string,
  headers: WebhookHeaders,
  body: string | Uint8Array,
  { tolerance = 300, now = Date.now() }: VerifyOptions = {},
): Promise<components["schemas"]["Event"]> {
  const id = header(headers, "webhook-id");
  const timestamp = header(headers, "webhook-timestamp");
  const signatures = header(headers, "webhook-signature");
  if (!/^\d+$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > tolerance) {
    throw new WebhookError("the delivery is too old, or from a clock that is wrong");
  }
  const content = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), content);
  const key = await crypto.subtle.importKey("raw", keyOf(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  for (const signature of signatures.split(" ")) {
    const mac = signature.startsWith("v1,") ? decode(signature.slice(3)) : undefined;
    if (mac && (await crypto.subtle.verify("HMAC", key, mac, signed))) return parse(content);
  }
  throw new WebhookError("no signature of the delivery fits the secret");
}

function header(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value !== "string" || value === "") throw new WebhookError(`the header ${name} is missing`);
  return value;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = secret.startsWith("whsec_") ? decode(secret.slice(6)) : undefined;
  if (!key || key.length === 0) throw new WebhookError("the secret isn't whsec_ and base64");
  return key;
}

function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function parse(content: Uint8Array): components["schemas"]["Event"] {
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch {
    throw new WebhookError("the delivery isn't JSON");
  }
}
