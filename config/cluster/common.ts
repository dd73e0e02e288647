import { z } from "zod";
import { address, addressOrHostname, cidr, label, labelKey, labelValue } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";

export const endpointAddress = z.strictObject({
  kind: z.literal("address").meta({ description: "An address or name that is there already." }),
  host: addressOrHostname.meta({
    description: "A virtual address or name that you keep pointed at healthy control planes.",
  }),
});

export const endpointLoadBalancer = z.strictObject({
  kind: z.literal("load-balancer").meta({ description: "A Hetzner load balancer in front of the control planes." }),
  type: z.string().default("lb11").meta({ description: "Hetzner load balancer type." }),
  location: z.string().meta({ description: "Hetzner location." }),
  network: label
    .default("main")
    .meta({ description: "The network (`groundwork:networks`) that it is in: that of the control planes." }),
  address: address.meta({ description: "Its fixed address in the network: the cluster's endpoint." }),
  public: z
    .boolean()
    .default(false)
    .meta({ description: "Also answer on a public address. Hetzner's firewalls do not cover load balancers." }),
});

/** Ways to the API of a cluster whose control planes are machines of the stage. */
export const endpoint = z.discriminatedUnion("kind", [endpointLoadBalancer, endpointAddress]);

/** What every cluster is told, whatever runs Kubernetes on its machines. */
export const commonCluster = {
  name: label.meta({ description: "Prefix of every server, and the kubeconfig's context." }),
  podCidr: cidr
    .default("10.42.0.0/16")
    .meta({ description: "Addresses of pods: a /24 for each node. It cannot be changed later." }),
  serviceCidr: cidr.default("10.43.0.0/16").meta({ description: "Addresses of Services. It cannot be changed later." }),
  tlsSans: z
    .array(addressOrHostname)
    .default([])
    .meta({ description: "More names of the API server, beside those that the program knows." }),
  nodeLabels: z.record(labelKey, labelValue).default({}).meta({ description: "Labels of every node." }),
  kubeletArgs: z
    .array(
      z.string().regex(/^[a-z][a-z0-9-]*(=.*)?$/, {
        error: ({ input }) => `${shown(input)} is no kubelet argument → write name=value, without dashes in front`,
      }),
    )
    .default([])
    .meta({ description: "Arguments of every kubelet: name=value, without dashes." }),
  oidc: z
    .strictObject({
      issuer: z
        .url({
          protocol: /^https$/,
          error: ({ input }) => `${shown(input)} is no issuer → write its https:// address, such as https://gitlab.com`,
        })
        .meta({ description: "As its discovery document names it." }),
      clientId: z.string().min(1).meta({ description: "The application at the issuer that tokens are for." }),
      usernameClaim: z.string().min(1).default("email").meta({ description: "Claim that names a person." }),
      groupsClaim: z.string().min(1).default("groups").meta({ description: "Claim with a person's groups." }),
    })
    .optional()
    .meta({
      description:
        "OpenID Connect issuer whose tokens the API server takes; names and groups then begin with oidc:. For control planes made from now on.",
    }),
  transport: z.enum(["private", "tailnet"]).default("private").meta({
    description:
      "What carries traffic between nodes: their private network, or the tailnet (pools in several networks).",
  }),
};
