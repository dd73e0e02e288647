import { z } from "zod";
import { cidr, tailscaleTag } from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";

/** How the program and its operators reach machines and the API. */
export const access = z.strictObject({
  via: z.enum(["tailnet", "gateway", "public", "direct", "local"]).meta({
    description:
      "`tailnet`: SSH and API over Tailscale only. `gateway`: SSH through the network's gateway. `public`: SSH to each node's public address. `direct`: whoever runs the program is in the nodes' own network. `local`: everything is on the machine that runs the program.",
  }),
  from: z
    .array(cidr)
    .default([])
    .meta({ description: "Networks that may open SSH; unused with `tailnet` and `direct`." }),
  authorizedKeys: z
    .array(
      z
        .string()
        .regex(
          /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/=]+( .*)?$/,
          { error: () => "this is no public SSH key → paste one line of an id_*.pub file" },
        ),
    )
    .default([])
    .meta({ description: "Public keys of people; the program has one of its own." }),
});

export const tailscale = z.strictObject({
  tailnet: z
    .string()
    .regex(/^([a-z0-9-]+\.)+ts\.net$/, {
      error: ({ input }) =>
        `${shown(input)} is no tailnet name → copy the MagicDNS name from the admin console, such as example.ts.net`,
    })
    .meta({ description: "The tailnet's MagicDNS name." }),
  tags: z
    .array(tailscaleTag)
    .min(1)
    .default(["tag:k8s-node"])
    .meta({ description: "Tags of the nodes' devices; the OAuth client must own them." }),
  clusterTags: z.boolean().default(false).meta({
    description:
      "Nodes' devices carry tag:k8s and tag:k8s-<cluster> beside their other tags, of which none is ever removed. The OAuth client must own these too.",
  }),
});
