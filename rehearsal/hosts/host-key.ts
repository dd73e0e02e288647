import { randomBytes } from "node:crypto";
import { ed25519Key } from "../tls/keys.ts";
import { opensshPrivateKey, publicHalf, sshPublicLine } from "../tls/openssh.ts";

/** A new host key in OpenSSH's forms. */
export function newHostKey(): { readonly private: string; readonly public: string } {
  const key = ed25519Key(randomBytes(32));
  const [own, half] = [opensshPrivateKey(key), sshPublicLine(publicHalf(key))];
  if (own === undefined || half === undefined) throw new Error("an ed25519 key has no form in OpenSSH");
  return { private: own, public: half };
}
