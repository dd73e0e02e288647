/**
 * OpenSSH's own forms of keys: `authorized_keys` lines and `OPENSSH PRIVATE KEY` blocks without a passphrase.
 * Source: PROTOCOL.key of openssh-portable; RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709.
 */
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";

const magic = Buffer.from("openssh-key-v1\0");
const header = "-----BEGIN OPENSSH PRIVATE KEY-----";
const footer = "-----END OPENSSH PRIVATE KEY-----";

const sshCurves: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** The wire form of a public key; undefined for those that SSH does not know, such as ECDSA on P-224. */
export function sshPublicBlob(key: KeyObject): Buffer | undefined {
  const jwk = sshJwk(key);
  if (jwk === undefined) return undefined;
  switch (jwk.kty) {
    case "OKP":
      return Buffer.concat([field("ssh-ed25519"), field(octets(jwk.x))]);
    case "RSA":
      return Buffer.concat([field("ssh-rsa"), integer(octets(jwk.e)), integer(octets(jwk.n))]);
    default: {
      const curve = sshCurves[jwk.crv ?? ""] ?? "";
      return Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point(jwk))]);
    }
  }
}

/** `ssh-ed25519 AAAA...`, without a comment or a line end; undefined for keys that SSH does not know. */
export function sshPublicLine(key: KeyObject): string | undefined {
  const blob = sshPublicBlob(key);
  return blob === undefined ? undefined : `${reader(blob).text()} ${blob.toString("base64")}`;
}

/** The first two words of an `authorized_keys` or known-hosts key, so that comments do not matter. */
export function canonicalLine(line: string): string {
  const words = line.trim().split(/\s+/);
  const start = words.findIndex((word) => /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+)$/.test(word));
  return start < 0 ? "" : words.slice(start, start + 2).join(" ");
}

export function fingerprints(blob: Buffer): { readonly md5: string; readonly sha256: string } {
  const md5 = createHash("md5")
    .update(blob)
    .digest("hex")
    .replace(/(..)(?!$)/g, "$1:");
  return { md5, sha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}` };
}

/** An unencrypted `OPENSSH PRIVATE KEY` without a comment; undefined for keys that SSH does not know. */
export function opensshPrivateKey(key: KeyObject): string | undefined {
  const blob = sshPublicBlob(key);
  const jwk = sshJwk(key);
  if (blob === undefined || jwk === undefined) return undefined;
  // Both check numbers must agree; a reader of an encrypted key tells from them whether it decrypted. Any value will do.
  const check = createHash("sha256").update(blob).digest().subarray(0, 4);
  const body = Buffer.concat([check, check, privateFields(jwk), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    magic,
    field("none"),
    field("none"),
    field(""),
    number(1),
    field(blob),
    field(Buffer.concat([body, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `${[header, ...lines, footer].join("\n")}\n`;
}

export function isOpensshPrivateKey(text: string): boolean {
  return text.trimStart().startsWith(header);
}

export function parseOpensshPrivateKey(text: string): KeyObject {
  const inner = text.slice(text.indexOf(header) + header.length, text.indexOf(footer));
  const whole = Buffer.from(inner, "base64");
  if (!whole.subarray(0, magic.length).equals(magic)) throw new Error("not an openssh-key-v1 block");
  const outer = reader(whole.subarray(magic.length));
  const cipher = outer.text();
  if (cipher !== "none") throw new Error(`the key is encrypted with ${cipher}; use one without a passphrase`);
  outer.field(); // key derivation
  outer.field(); // its options
  outer.number(); // count of keys: always one
  outer.field(); // public key, also part of the private one
  const body = reader(outer.field());
  const [check, again] = [body.number(), body.number()];
  if (check !== again) throw new Error("the check numbers differ: the key is damaged");
  return createPrivateKey({ key: privateJwk(body), format: "jwk" });
}

function privateFields(jwk: JsonWebKey): Buffer {
  switch (jwk.kty) {
    case "OKP":
      return Buffer.concat([
        field("ssh-ed25519"),
        field(octets(jwk.x)),
        field(Buffer.concat([octets(jwk.d), octets(jwk.x)])),
      ]);
    case "RSA":
      return Buffer.concat([
        field("ssh-rsa"),
        ...[jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => integer(octets(part))),
      ]);
    default: {
      const curve = sshCurves[jwk.crv ?? ""] ?? "";
      return Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point(jwk)), integer(octets(jwk.d))]);
    }
  }
}

function privateJwk(body: Reader): JsonWebKey {
  const type = body.text();
  if (type === "ssh-ed25519") {
    const x = body.field();
    return { kty: "OKP", crv: "Ed25519", x: words(x), d: words(body.field().subarray(0, 32)) };
  }
  if (type === "ssh-rsa") {
    const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => unsigned(body.field()));
    const rest = (value: Buffer, prime: Buffer): Buffer =>
      unsigned(Buffer.from(evenHex(big(value) % (big(prime) - 1n)), "hex"));
    if (!n || !e || !d || !qi || !p || !q) throw new Error("an RSA key of fewer than six numbers");
    return {
      ...{ kty: "RSA", n: words(n), e: words(e), d: words(d), qi: words(qi), p: words(p), q: words(q) },
      ...{ dp: words(rest(d, p)), dq: words(rest(d, q)) },
    };
  }
  const curve = body.text();
  const crv = Object.entries(sshCurves).find(([, name]) => name === curve)?.[0];
  if (crv === undefined) throw new Error(`unknown key type ${type}`);
  const uncompressed = body.field();
  const size = (uncompressed.length - 1) / 2;
  const scalar = unsigned(body.field());
  return {
    kty: "EC",
    crv,
    x: words(uncompressed.subarray(1, 1 + size)),
    y: words(uncompressed.subarray(1 + size)),
    d: words(Buffer.concat([Buffer.alloc(size - scalar.length), scalar])),
  };
}

/** The numbers of a key, when SSH has a form for it. */
function sshJwk(key: KeyObject): JsonWebKey | undefined {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== undefined && !["prime256v1", "secp384r1", "secp521r1"].includes(curve)) return undefined;
  return key.export({ format: "jwk" });
}

/** The public half of either half. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === "public" ? key : createPublicKey(key);
}

interface Reader {
  number(): number;
  field(): Buffer;
  text(): string;
}

function reader(bytes: Buffer): Reader {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new Error("the key ends before its fields do");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (): number => take(4).readUInt32BE();
  const field = (): Buffer => take(number());
  return { number, field, text: () => field().toString() };
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([number(bytes.length), bytes]);
}

/** A positive number: no leading zeros but one where the top bit would make it negative. */
function integer(magnitude: Buffer): Buffer {
  const trimmed = unsigned(magnitude);
  return field((trimmed[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}

function unsigned(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
}

function point(jwk: JsonWebKey): Buffer {
  return Buffer.concat([Buffer.from([4]), octets(jwk.x), octets(jwk.y)]);
}

function octets(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "base64url");
}

function words(bytes: Buffer): string {
  return bytes.toString("base64url");
}

function big(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex") || "0"}`);
}

function evenHex(value: bigint): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}
