import { z } from "zod";
import { address } from "../../lib/primitives.ts";
import { shown } from "../../lib/shown.ts";
import { publicFactory } from "../../lib/talos/schematic.ts";
import { talosDefault } from "../../lib/talos/versions.ts";
import { commonCluster, endpointAddress, endpointLoadBalancer } from "./common.ts";

const release = (of: string, example: string) =>
  z.string().regex(/^v\d+\.\d+\.\d+$/, {
    error: ({ input }) => `${shown(input)} is no ${of} release → write it in full, such as ${example}`,
  });

export const talosEndpoint = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("vip").meta({ description: "An address that the control planes hold in turn." }),
    address: address.meta({ description: "A free address in the network of the control planes." }),
  }),
  endpointLoadBalancer,
  endpointAddress,
]);

export const talosCluster = z.strictObject({
  distribution: z.literal("talos").meta({ description: "What runs Kubernetes on the machines: Talos." }),
  ...commonCluster,
  transport: z
    .literal("private")
    .default("private")
    .meta({ description: "What carries traffic between nodes: their private network." }),
  version: release("Talos", talosDefault.version).default(talosDefault.version).meta({
    description:
      "The Talos release. Machines that run another are upgraded in place, one control plane at a time, workers after them.",
  }),
  kubernetes: release("Kubernetes", talosDefault.kubernetes)
    .default(talosDefault.kubernetes)
    .meta({ description: "The Kubernetes release, one that the Talos release runs. It changes in place." }),
  endpoint: talosEndpoint.meta({
    description: "The one stable way to the Kubernetes API; never a node's own address.",
  }),
  extensions: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/, {
        error: ({ input }) =>
          `${shown(input)} is no system extension → write author/name, such as siderolabs/iscsi-tools`,
      }),
    )
    .default([])
    .meta({ description: "Official system extensions of every machine, by their names at Image Factory." }),
  factory: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d+)?$/, {
      error: ({ input }) => `${shown(input)} is no host → write it without https://, such as ${publicFactory}`,
    })
    .default(publicFactory)
    .meta({ description: "Host of the Image Factory that installers come from." }),
  cni: z.enum(["flannel", "none"]).optional().meta({
    description:
      "The pods' network: Talos' own flannel, or none of its own. Absent: none where the release `cilium` brings one, flannel otherwise.",
  }),
  kubeSpan: z.boolean().default(false).meta({ description: "WireGuard between all nodes." }),
});
