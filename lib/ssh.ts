import { createHash } from "node:crypto";

/** A public key as `known_hosts` and `authorized_keys` have it. */
export interface PublicKey {
  /** `ssh-ed25519` and the like. */
  readonly type: string;
  /** Type and key, without a comment. */
  readonly line: string;
  /** As `ssh-keygen -l` prints it: `SHA256:` and 43 characters. */
  readonly fingerprint: string;
}

/** Reads a line `type base64 [comment]`. Undefined when it is none, or when its halves speak of different types. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [type = "", base64 = ""] = text.trim().split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  // RFC 4253, 6.6: the type as a string, then what it needs.
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  if (type === "" || blob.subarray(4, 4 + length).toString() !== type) return undefined;
  if (type === "ssh-ed25519" && blob.length !== 4 + length + 4 + 32) return undefined;
  if (blob.length <= 4 + length) return undefined;
  return {
    type,
    line: `${type} ${blob.toString("base64")}`,
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

/**
 * Host keys that can be pinned, the one to prefer first. Not RSA: @pulumi/command asks for a key's type as the signature
 * algorithm, and `ssh-rsa` means SHA-1, which OpenSSH has turned off since 8.8
 * (pulumi/pulumi-command, provider/pkg/provider/remote/connection.go; openssh.com/txt/release-8.8).
 */
export const hostKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
] as const;
