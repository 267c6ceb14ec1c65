// @vitest-environment node
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyWebhook, WebhookError } from "../src/index.ts";

// The test vector that the reference libraries of Standard Webhooks share.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"test": 2432232314}';
const vector = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": "1614265330",
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const now = 1614265330_000;
const good = vector["webhook-signature"];

describe("verifyWebhook", () => {
  it("accepts the specification's vector, from fetch and from Node", async () => {
    await expect(verifyWebhook(secret, vector, body, { now })).resolves.toEqual({ test: 2432232314 });
    await expect(
      verifyWebhook(secret, new Headers(vector), Buffer.from(body), { now }),
    ).resolves.toBeTruthy();
  });

  it("accepts one good signature among several", async () => {
    const headers = { ...vector, "webhook-signature": `v1a,AAAA v1,AAAA v1,%% ${good}` };
    await expect(verifyWebhook(secret, headers, body, { now })).resolves.toBeTruthy();
  });

  it.each([
    ["another body", vector, `${body} `, now],
    ["another id", { ...vector, "webhook-id": "msg_x" }, body, now],
    ["another time", { ...vector, "webhook-timestamp": "1614265331" }, body, now],
    [
      "a signature of another version",
      { ...vector, "webhook-signature": good.replace("v1", "v2") },
      body,
      now,
    ],
    ["half a signature", { ...vector, "webhook-signature": good.slice(0, 20) }, body, now],
    ["no signature", { ...vector, "webhook-signature": undefined }, body, now],
    ["no id", { ...vector, "webhook-id": "" }, body, now],
    ["a time that is none", { ...vector, "webhook-timestamp": "1e9" }, body, now],
    ["an old delivery", vector, body, now + 301_000],
    ["one from the future", vector, body, now - 301_000],
  ])("refuses %s", async (_name, headers, text, at) => {
    await expect(verifyWebhook(secret, headers, text, { now: at })).rejects.toBeInstanceOf(WebhookError);
  });

  it("refuses every secret but the right one", async () => {
    for (const other of [
      "",
      "whsec_",
      "whsec_%",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      `whsec_${"A".repeat(32)}`,
    ])
      await expect(verifyWebhook(other, vector, body, { now })).rejects.toBeInstanceOf(WebhookError);
  });

  it("refuses signed text that isn't JSON", async () => {
    const mac = createHmac("sha256", Buffer.from(secret.slice(6), "base64"));
    mac.update(`${vector["webhook-id"]}.${vector["webhook-timestamp"]}.hello`);
    const headers = { ...vector, "webhook-signature": `v1,${mac.digest("base64")}` };
    await expect(verifyWebhook(secret, headers, "hello", { now })).rejects.toBeInstanceOf(WebhookError);
  });
});
