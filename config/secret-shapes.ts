import type { Fault } from "./faults.ts";

/** What is wrong with a secret, and what to do. Says nothing of its content. */
type Look = (secret: string) => Omit<Fault, "path"> | undefined;

/** Secrets that cannot be just any text: what their service's provider would only find out when it is used. */
const looks: Readonly<Record<string, Look>> = {
  // Source: terraform-provider-hcloud, internal/provider.go
  "hetzner-token": (secret) =>
    secret.length === 64
      ? undefined
      : {
          message: "is no token of the Hetzner Cloud API, which has 64 characters",
          remedy: "copy it whole, without quotes or line breaks: pulumi config set --secret secret:hetzner-token",
        },
  // Source: bpg/terraform-provider-proxmox, proxmox/api/credentials.go
  "proxmox-token": (secret) =>
    /^\S+@\S+!\S+=[A-Za-z0-9-]+$/.test(secret)
      ? undefined
      : {
          message: "is no API token of Proxmox VE with its name, user@realm!name=value",
          remedy:
            "join full-tokenid and value, as pveum user token add prints them, by an equals sign: pulumi config set --secret secret:proxmox-token",
        },
  "proxmox-ssh-key": privateKey("proxmox-ssh-key"),
  "ssh-key": privateKey("ssh-key"),
};

function privateKey(name: string): Look {
  const set = `pulumi config set --secret secret:${name} < FILE`;
  return (secret) => {
    if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----\n[\s\S]+\n-----END [A-Z ]*PRIVATE KEY-----\s*$/.test(secret))
      return { message: "is no private SSH key", remedy: `hand over its file, lines and all: ${set}` };
    return isLocked(secret)
      ? {
          message: "is a private key that only its passphrase opens",
          remedy: `make one of its own for this program, without a passphrase, with ssh-keygen -t ed25519: ${set}`,
        }
      : undefined;
  };
}

/** Source: openssh-portable, PROTOCOL.key: after the magic word the cipher's name. Older forms say it in a header. */
function isLocked(key: string): boolean {
  if (!key.startsWith("-----BEGIN OPENSSH ")) return /^(Proc-Type: 4,ENCRYPTED|-----BEGIN ENCRYPTED )/m.test(key);
  const body = Buffer.from(key.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const from = "openssh-key-v1\0".length + 4;
  return body.subarray(from, from + 4).toString() !== "none";
}

/** Faults of secrets that cannot be what they are taken for. */
export function misshapen(value: (name: string) => string | undefined): readonly Fault[] {
  return Object.entries(looks).flatMap(([name, look]) => {
    const secret = value(name);
    if (secret === undefined || secret === "" || secret === "<unset>") return [];
    const fault = look(secret);
    return fault === undefined ? [] : [{ path: `secret:${name}`, ...fault }];
  });
}
