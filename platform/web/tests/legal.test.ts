import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { derOf, SignTrouble, sign } from "../src/login/legal/legal";

const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
const text = "编号：x";

/** file is a PEM file as an authority gives it out, with the key to check signatures by. */
function file(kind: "ec" | "rsa", curve = "P-256") {
  const pair =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: curve })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    pem: `${key}${certificate}\n`,
    open: createPublicKey(pair.publicKey.export({ type: "spki", format: "pem" })),
  };
}

describe("signing in the browser", () => {
  it("is understood by another program, each of many times", async () => {
    for (const kind of ["ec", "rsa"] as const) {
      const { pem, open } = file(kind);
      for (let i = 0; i < 40; i++) {
        const answer = await sign(pem, text + i);
        expect(verify("sha256", Buffer.from(text + i), open, Buffer.from(answer.signature, "base64"))).toBe(
          true,
        );
        expect(answer.certificate).toBe(`${certificate}\n`);
      }
    }
  });

  it("never takes the key along", async () => {
    const { pem } = file("ec");
    expect(JSON.stringify(await sign(pem, text))).not.toContain("PRIVATE");
  });

  it("says why it can't", async () => {
    const why = (pem: string) => sign(pem, text).catch((err) => (err instanceof SignTrouble ? err.why : err));
    expect(await why("")).toBe("none");
    expect(await why(certificate)).toBe("none");
    expect(await why(file("ec").pem.split("-----BEGIN CERT")[0] ?? "")).toBe("none");
    expect(await why(file("ec", "P-384").pem)).toBe("other");
    expect(await why(`-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${certificate}`)).toBe(
      "other",
    );
  });

  it("writes numbers as ASN.1 does: short, and never below zero", () => {
    const raw = new Uint8Array(64);
    raw[31] = 1;
    raw[32] = 0x80;
    const der = derOf(raw);
    expect([...der.subarray(0, 8)]).toEqual([48, 38, 2, 1, 1, 2, 33, 0]);
    expect(der[8]).toBe(0x80);
    expect(der.length).toBe(40);
  });
});
