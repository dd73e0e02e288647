import { createECDH, createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { messageOf } from "../../lib/words.ts";
import { ServiceError } from "../model.ts";
import type { Source } from "../random/source.ts";
import { isOpensshPrivateKey, parseOpensshPrivateKey } from "./openssh.ts";

export type Algorithm = "RSA" | "ECDSA" | "ED25519";
export type Curve = "P224" | "P256" | "P384" | "P521";

interface CurveFacts {
  /** The name that OpenSSL knows the curve by, and node:crypto reports. */
  readonly openssl: string;
  /** DER contents of the curve's object identifier. */
  readonly oid: string;
  readonly bytes: number;
  /** Bits of the scalar's first byte that may be set. */
  readonly mask: number;
}

const curves: Readonly<Record<Curve, CurveFacts>> = {
  P224: { openssl: "secp224r1", oid: "2b81040021", bytes: 28, mask: 0xff },
  P256: { openssl: "prime256v1", oid: "2a8648ce3d030107", bytes: 32, mask: 0xff },
  P384: { openssl: "secp384r1", oid: "2b81040022", bytes: 48, mask: 0xff },
  P521: { openssl: "secp521r1", oid: "2b81040023", bytes: 66, mask: 0x01 },
};

export interface KeyPlan {
  readonly algorithm: Algorithm;
  readonly ecdsaCurve: Curve;
  /** Bits. */
  readonly rsaBits: number;
  /** RSA keys do not follow from it: the search for primes is left to OpenSSL, off the main thread. */
  readonly source: Source;
}

export async function generateKey(plan: KeyPlan): Promise<KeyObject> {
  switch (plan.algorithm) {
    case "ED25519":
      return ed25519Key(plan.source.bytes(32));
    case "ECDSA":
      return ecdsaKey(curves[plan.ecdsaCurve], plan.source);
    case "RSA": {
      const pair = await promisify(generateKeyPair)("rsa", { modulusLength: plan.rsaBits, publicExponent: 0x10001 });
      return pair.privateKey;
    }
    default: {
      const unknown: never = plan.algorithm;
      throw new Error(`unknown key algorithm ${String(unknown)}`);
    }
  }
}

/** The key that RFC 8032 derives from a seed of 32 bytes. */
export function ed25519Key(seed: Buffer): KeyObject {
  // PKCS #8 of RFC 8410: version 0, algorithm 1.3.101.112, the seed as an octet string in an octet string.
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function ecdsaKey(curve: CurveFacts, source: Source): KeyObject {
  const exchange = createECDH(curve.openssl);
  for (;;) {
    const scalar = Buffer.from(source.bytes(curve.bytes));
    scalar[0] = (scalar[0] ?? 0) & curve.mask;
    try {
      exchange.setPrivateKey(scalar);
    } catch {
      continue; // zero, or not below the curve's order: draw again
    }
    return sec1Key({ oid: Buffer.from(curve.oid, "hex"), scalar, point: exchange.getPublicKey() });
  }
}

/** An EC private key from its parts, by way of the structure of RFC 5915. */
export function sec1Key(parts: { readonly oid: Buffer; readonly scalar: Buffer; readonly point: Buffer }): KeyObject {
  const der = element(
    0x30,
    Buffer.concat([
      Buffer.from("020101", "hex"),
      element(0x04, parts.scalar),
      element(0xa0, element(0x06, parts.oid)),
      element(0xa1, element(0x03, Buffer.concat([Buffer.from([0]), parts.point]))),
    ]),
  );
  return createPrivateKey({ key: der, format: "der", type: "sec1" });
}

/** One DER element; lengths to 65,535. */
function element(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** Reads a private key in PEM (PKCS #1, SEC 1, PKCS #8) or in OpenSSH's own form. */
export function parsePrivateKey(text: string, owner: string): KeyObject {
  try {
    return isOpensshPrivateKey(text) ? parseOpensshPrivateKey(text) : createPrivateKey(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new ServiceError("InvalidKey", `failed to parse the private key of ${owner}: ${reason}`);
  }
}

export function algorithmOf(key: KeyObject): Algorithm {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "RSA";
    case "ec":
      return "ECDSA";
    case "ed25519":
      return "ED25519";
    default:
      throw new ServiceError("InvalidKey", `unsupported private key type: ${key.asymmetricKeyType ?? "none"}`);
  }
}

export function curveOf(key: KeyObject): Curve | undefined {
  const name = key.asymmetricKeyDetails?.namedCurve;
  const found = Object.entries(curves).find(([, facts]) => facts.openssl === name);
  return found?.[0] as Curve | undefined;
}
