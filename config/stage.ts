import { z } from "zod";
import { appOptions } from "../lib/platform/apps/options.ts";
import { catalogue } from "../lib/platform/catalogue.ts";
import { label, secretName, url } from "../lib/primitives.ts";
import { shown } from "../lib/shown.ts";
import { access, tailscale } from "./access.ts";
import { cluster } from "./cluster.ts";
import { dns } from "./dns.ts";
import { hetzner } from "./hetzner.ts";
import { network } from "./network.ts";
import { pools } from "./pools.ts";
import { proxmox } from "./proxmox.ts";
import { kubernetesSecrets } from "./secrets.ts";

const releases = Object.fromEntries(
  catalogue.map((release) => [release.name, release.options.meta({ description: release.description }).optional()]),
);

/** The sections of a stack file: each is the key `groundwork:<section>`. */
export const stageSchema = z.strictObject({
  cluster: cluster.meta({ description: "The Kubernetes cluster." }),
  networks: z.record(label, network).meta({ description: "Private networks by name." }),
  pools: pools.meta({ description: "Pools of nodes by name; a node is called <pool>-<n>." }),
  access: access.meta({ description: "How machines and the API are reached for administration." }),
  hetzner: hetzner.prefault({}).meta({ description: "What the stage has on Hetzner beside networks and servers." }),
  proxmox: proxmox.optional().meta({ description: "The Proxmox VE cluster that virtual machines are on." }),
  tailscale: tailscale.optional().meta({ description: "The tailnet that nodes join." }),
  platform: z
    .strictObject(releases)
    .default({})
    .meta({ description: "Helm releases by name; one that is named is on." }),
  apps: z
    .record(label, appOptions)
    .default({})
    .meta({ description: "Web applications by name, rolled out without downtime." }),
  charts: z
    .strictObject({
      mirror: z
        .union([url, z.string().startsWith("oci://")], {
          error: ({ input }) =>
            `${shown(input)} is no chart mirror → write a repository such as https://charts.example.com, or a registry such as oci://registry.example.com/charts`,
        })
        .optional()
        .meta({ description: "One repository or registry in place of every chart's own." }),
    })
    .default({})
    .meta({ description: "Where charts come from." }),
  dns: dns.optional().meta({ description: "Records of exposed host names." }),
  secrets: kubernetesSecrets.default({}).meta({ description: "Kubernetes Secrets by name." }),
  generated: z.array(secretName).default([]).meta({
    description:
      "Secrets of releases and of groundwork:secrets that the program makes itself, at random, and keeps in its state.",
  }),
  endpoints: z
    .strictObject({
      hetzner: url.optional().meta({ description: "Instead of https://api.hetzner.cloud/v1." }),
      cloudflare: url.optional().meta({ description: "Instead of https://api.cloudflare.com/client/v4." }),
      tailscale: url.optional().meta({ description: "Instead of https://api.tailscale.com." }),
    })
    .default({})
    .meta({ description: "Other addresses of the services' APIs." }),
});

/** A stack's whole configuration, valid in itself. */
export type Stage = z.output<typeof stageSchema>;

/** A stage whose cluster is of one distribution. */
export type StageOf<Distribution extends Stage["cluster"]["distribution"]> = Stage & {
  readonly cluster: Extract<Stage["cluster"], { readonly distribution: Distribution }>;
};
