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

const rules = z.array(z.record(z.string(), z.unknown()));
const lists = z.record(z.string(), z.array(z.string()));

const policy = z.strictObject({
  wholeTailnet: z
    .boolean()
    .refine((agreed) => agreed, {
      error: () =>
        "a policy is a tailnet's, not a cluster's: everything that nobody declares here is gone → write wholeTailnet: true, or leave policy out",
    })
    .prefault(false)
    .meta({ description: "true: this stack alone writes the whole policy of the tailnet." }),
  replaceExisting: z.boolean().default(false).meta({
    description:
      "Replace a policy that the tailnet has already. Otherwise it has to be imported first (docs/access.md).",
  }),
  admins: z
    .array(
      z.string().regex(/^((group|autogroup|tag):[\w.@-]+|[^\s@:]+@[^\s@]+)$/, {
        error: ({ input }) =>
          `${shown(input)} is nobody in a tailnet → write group:name, autogroup:admin, tag:name or a person's e-mail address`,
      }),
    )
    .min(1)
    .default(["autogroup:admin"])
    .meta({ description: "Who reach SSH and the API of nodes, and the API's proxies." }),
  clientTags: z
    .array(tailscaleTag)
    .min(1)
    .default(["tag:k8s-operator"])
    .meta({ description: "Tags of the OAuth client: they own those of nodes and of the operator's devices." }),
  own: z
    .strictObject({
      grants: rules.optional().meta({ description: "What else may reach what." }),
      acls: rules.optional().meta({ description: "The same in the older form." }),
      ssh: rules.optional().meta({ description: "Who may use Tailscale SSH." }),
      groups: lists.optional().meta({ description: "Groups of people: group:name with their members." }),
      tagOwners: lists.optional().meta({ description: "Other tags, with whoever may give them." }),
      autoApprovers: z
        .strictObject({
          routes: lists.optional().meta({ description: "Networks, with whoever may offer them." }),
          services: lists.optional().meta({ description: "Services, with whoever may offer them." }),
          exitNode: z.array(z.string()).optional().meta({ description: "Who may be an exit node." }),
        })
        .optional()
        .meta({ description: "What devices offer and nobody has to approve." }),
      hosts: z.record(z.string(), z.string()).optional().meta({ description: "Names of addresses and networks." }),
      ipsets: lists.optional().meta({ description: "Sets of addresses and networks." }),
      nodeAttrs: rules.optional().meta({ description: "Attributes of devices." }),
      postures: lists.optional().meta({ description: "What devices have to be like." }),
      defaultSrcPosture: z.array(z.string()).optional().meta({ description: "Postures that every rule asks for." }),
      tests: rules
        .optional()
        .meta({ description: "What has to be reached, and what not: checked before it is applied." }),
      sshTests: rules.optional().meta({ description: "The same for Tailscale SSH." }),
      derpMap: z.record(z.string(), z.unknown()).optional().meta({ description: "Relays of your own." }),
      disableIPv4: z.boolean().optional().meta({ description: "No IPv4 addresses in the tailnet." }),
      OneCGNATRoute: z.string().optional().meta({ description: "How clients route the tailnet's addresses." }),
      randomizeClientPort: z.boolean().optional().meta({ description: "Clients listen at any port." }),
    })
    .prefault({})
    .meta({ description: "All else that the policy is to have, as in the policy file; with grants or acls at least." }),
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
  policy: policy.optional().meta({
    description:
      "The tailnet's access rules, with what the cluster needs. Absent: they are nobody's business here. The OAuth client takes the scope policy_file.",
  }),
});
