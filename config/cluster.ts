import { z } from "zod";
import {
  address,
  addressOrHostname,
  cidr,
  k3sVersion,
  label,
  labelKey,
  labelValue,
  sha256,
  url,
} from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";

const endpoint = z.discriminatedUnion("kind", [
  z.strictObject({
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
  }),
  z.strictObject({
    kind: z.literal("address").meta({ description: "An address or name that is there already." }),
    host: addressOrHostname.meta({
      description: "A virtual address or name that you keep pointed at healthy control planes.",
    }),
  }),
]);

export const cluster = z.strictObject({
  name: label.meta({ description: "Prefix of every server, and the kubeconfig's context." }),
  distribution: z.literal("k3s").meta({ description: "What runs Kubernetes on the machines." }),
  version: k3sVersion.meta({
    description: "The k3s release of nodes made from now on; running ones are upgraded by the upgrade plans.",
  }),
  sha256: z
    .strictObject({
      amd64: sha256.optional().meta({ description: "Of the release's file `k3s`." }),
      arm64: sha256.optional().meta({ description: "Of the release's file `k3s-arm64`." }),
    })
    .default({})
    .meta({ description: "Checksums of the k3s binaries; needed for a release that lib/versions.ts does not list." }),
  mirror: url
    .optional()
    .meta({ description: "Where k3s releases are downloaded from instead of GitHub: <mirror>/<version>/k3s." }),
  endpoint: endpoint.meta({ description: "The one stable way to the Kubernetes API; never a node's own address." }),
  transport: z.enum(["private", "tailnet"]).default("private").meta({
    description:
      "What carries traffic between nodes: their private network, or the tailnet (pools in several networks).",
  }),
  podCidr: cidr
    .default("10.42.0.0/16")
    .meta({ description: "Addresses of pods: a /24 for each node. It cannot be changed later." }),
  serviceCidr: cidr.default("10.43.0.0/16").meta({ description: "Addresses of Services. It cannot be changed later." }),
  tlsSans: z
    .array(addressOrHostname)
    .default([])
    .meta({ description: "More names of the API server, beside those that the program knows." }),
  disable: z
    .array(z.enum(["traefik", "servicelb", "local-storage", "metrics-server", "coredns"]))
    .default(["traefik", "servicelb"])
    .meta({ description: "Parts of k3s that are left out." }),
  secretsEncryption: z.boolean().default(true).meta({ description: "Encrypt Secrets in etcd." }),
  kubeletArgs: z
    .array(
      z.string().regex(/^[a-z][a-z0-9-]*(=.*)?$/, {
        error: ({ input }) => `${shown(input)} is no kubelet argument → write name=value, without dashes in front`,
      }),
    )
    .default([])
    .meta({ description: "Arguments of every kubelet: name=value, without dashes." }),
  snapshots: z
    .strictObject({
      schedule: z
        .string()
        .regex(/^(@(hourly|daily|weekly|monthly|yearly)|@every \d+[hm]|[\d*][\w*/,-]*( [\w*?][\w*/,?-]*){4})$/, {
          error: ({ input }) =>
            `${shown(input)} is no schedule → write the five fields of a crontab, such as 0 */12 * * *, or @daily`,
        })
        .default("0 */12 * * *")
        .meta({ description: "Cron expression." }),
      keep: z.int().min(1).default(5).meta({ description: "How many are kept on each control plane." }),
    })
    .prefault({}),
  nodeLabels: z.record(labelKey, labelValue).default({}).meta({ description: "Labels of every node." }),
});
