import { ed25519Key } from "../../rehearsal/tls/keys.ts";
import { opensshPrivateKey, publicHalf, sshPublicLine } from "../../rehearsal/tls/openssh.ts";

/** The same ed25519 key pair for the same number, in OpenSSH's forms. */
export function sshKey(number: number): { readonly private: string; readonly public: string } {
  const key = ed25519Key(Buffer.alloc(32, number));
  const [own, half] = [opensshPrivateKey(key), sshPublicLine(publicHalf(key))];
  if (own === undefined || half === undefined) throw new Error("SSH has no form for an ed25519 key");
  return { private: own, public: half };
}
