import { z } from "zod";
import { address, port } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";
import { hostKeyTypes, parsePublicKey } from "../../lib/ssh.ts";
import { commonPool, emptyDisks, nodeOverrides } from "./common.ts";

const hostKey = z.string().superRefine((text, context) => {
  const message = hostKeyFault(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

function hostKeyFault(text: string): string | undefined {
  const type = parsePublicKey(text)?.type;
  if (hostKeyTypes.some((known) => known === type)) return undefined;
  return type === "ssh-rsa"
    ? `an RSA host key cannot be pinned: it would be asked for with SHA-1, which SSH daemons refuse → use the host's ${hostKeyTypes[0]} or ${hostKeyTypes[1]} key`
    : `${shown(text)} is no public host key → paste type and key from a line of /etc/ssh/ssh_host_ed25519_key.pub, without a host name in front`;
}

/** A private key and a password would be seen by everybody who may read the stack file: neither is here. */
export const metalPool = z.strictObject({
  machine: z.literal("metal").meta({ description: "What the nodes run on: hosts that exist, reached over SSH." }),
  ...commonPool,
  os: z
    .enum(["debian", "arch", "nixos"])
    .meta({ description: "What runs on the hosts: Debian or Ubuntu, Arch Linux, NixOS." }),
  architecture: z.enum(["amd64", "arm64"]).default("amd64").meta({ description: "The hosts' processors." }),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, {
      error: ({ input }) => `${shown(input)} is no user name → use lower-case letters, digits, dashes and underscores`,
    })
    .default("root")
    .meta({ description: "Whom `secret:ssh-key` lets in. Anybody but root needs sudo without a password." }),
  port: port.default(22).meta({ description: "Port of the hosts' SSH daemons." }),
  disks: emptyDisks.default([]),
  packages: z
    .array(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, {
        error: ({ input }) => `${shown(input)} is no package → write its name in the hosts' distribution`,
      }),
    )
    .default([])
    .meta({ description: "More packages, by their name in the hosts' distribution, such as nfs-utils." }),
  nodes: nodeOverrides({
    hostKey: z
      .union([hostKey, z.array(hostKey).min(1)])
      .optional()
      .meta({
        description:
          "Public host key, or several: the host is spoken to only when it has the first. `npm run doctor -- <stack>` shows them.",
      }),
    disks: emptyDisks.optional(),
    address: address
      .optional()
      .meta({ description: "Address of this host, when it is not the one that follows from firstAddress." }),
  }),
});
