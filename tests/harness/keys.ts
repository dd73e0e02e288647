import { createECDH, createPrivateKey, type KeyObject } from "node:crypto";
import { ed25519Key } from "../../rehearsal/tls/keys.ts";
import { opensshPrivateKey, publicHalf, sshPublicLine } from "../../rehearsal/tls/openssh.ts";

/** The same ed25519 key pair for the same number, in OpenSSH's forms. */
export function sshKey(number: number): { readonly private: string; readonly public: string } {
  return forms(ed25519Key(Buffer.alloc(32, number)));
}

/** The same ECDSA key pair on P-256 for the same number: what a machine boots with. */
export function bootKey(number: number): { readonly private: string; readonly public: string } {
  const exchange = createECDH("prime256v1");
  const scalar = Buffer.alloc(32, number);
  exchange.setPrivateKey(scalar);
  const point = exchange.getPublicKey();
  const [x, y, d] = [
    point.subarray(1, 33).toString("base64url"),
    point.subarray(33).toString("base64url"),
    scalar.toString("base64url"),
  ];
  return forms(createPrivateKey({ key: { kty: "EC", crv: "P-256", ...{ x, y, d } }, format: "jwk" }));
}

function forms(key: KeyObject): { readonly private: string; readonly public: string } {
  const [own, half] = [opensshPrivateKey(key), sshPublicLine(publicHalf(key))];
  if (own === undefined || half === undefined) throw new Error("SSH has no form for this key");
  return { private: own, public: half };
}
