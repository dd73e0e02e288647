import { createHash } from "node:crypto";
import { ed25519Key } from "../tls/keys.ts";
import { opensshPrivateKey } from "../tls/openssh.ts";

/** What stands in for a secret: the same in every run, and of the form that whoever takes it insists on. */
export function standIn(path: string): string {
  const digest = createHash("sha256").update(path).digest();
  // 64 letters and digits: what most services' tokens look like.
  const word = `canary${digest.toString("hex").slice(0, 58)}`;
  switch (path) {
    case "secret:ssh-key":
    case "secret:proxmox-ssh-key": {
      const key = opensshPrivateKey(ed25519Key(digest));
      if (key === undefined) throw new Error("an ed25519 key has no form in OpenSSH");
      return key;
    }
    case "secret:proxmox-token":
      return `groundwork@pve!stage=${word}`;
    default:
      return word;
  }
}
