import { z } from "zod";
import { secretName } from "../../primitives.ts";
import { monitored, podMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";

const options = z.strictObject({
  ...commonOptions,
  tokenSecret: secretName
    .default("hetzner-token")
    .meta({ description: "Secret with the project's API token that it and the CSI driver use: read and write." }),
  loadBalancers: z
    .strictObject({
      location: z.string().meta({ description: "Hetzner location of load balancers that Services ask for." }),
    })
    .optional()
    .meta({
      description:
        "Make a Hetzner load balancer for each Service of type LoadBalancer. Absent: they are left to others, such as MetalLB.",
    }),
});

/** Name of the Secret that this and the CSI driver read, fixed by both charts' defaults. */
export const hcloudSecret = { namespace: "kube-system", name: "hcloud" } as const;

/** Chart facts: github.com/hetznercloud/hcloud-cloud-controller-manager, chart/ and internal/config/config.go. */
export const hcloudCloudControllerManager = defineRelease({
  name: "hcloud-cloud-controller-manager",
  description: "Tells Kubernetes which Hetzner server a node is: its addresses, location and whether it still exists.",
  chart: {
    chart: "hcloud-cloud-controller-manager",
    repository: "https://charts.hetzner.cloud",
    // renovate: datasource=helm depName=hcloud-cloud-controller-manager registryUrl=https://charts.hetzner.cloud
    version: "1.35.0",
  },
  namespace: "kube-system",
  options,
  beforeNodes: true,
  // Nodes keep the taint node.cloudprovider.kubernetes.io/uninitialized until it has seen them.
  provides: ({ loadBalancers }) => (loadBalancers === undefined ? ["nodes"] : ["nodes", "load-balancer"]),
  needs: (_, context) => podMonitors(context),
  values: ({ loadBalancers }, context) => ({
    env: {
      // Pods' traffic goes through the CNI's tunnel; a Hetzner network holds no more than 100 routes.
      HCLOUD_NETWORK_ROUTES_ENABLED: { value: "false" },
      HCLOUD_LOAD_BALANCERS_ENABLED: { value: String(loadBalancers !== undefined) },
      ...(loadBalancers === undefined
        ? {}
        : {
            HCLOUD_LOAD_BALANCERS_LOCATION: { value: loadBalancers.location },
            HCLOUD_LOAD_BALANCERS_USE_PRIVATE_IP: { value: "true" },
          }),
    },
    // With it, nodes get their addresses in the network that the Secret names, and the pod is in the host's network,
    // which works before the CNI does.
    networking:
      context.hetznerNetwork === undefined
        ? { enabled: false }
        : { enabled: true, clusterCIDR: context.cluster.podCidr },
    // One replica without leader election that holds a port of the host: the old one has to go first.
    strategy: { type: "Recreate" },
    monitoring: { podMonitor: { enabled: monitored(context) } },
  }),
  manifests: ({ tokenSecret }, { hetznerNetwork }) => [
    {
      manifest: secretManifest({
        ...hcloudSecret,
        data: {
          token: new SecretRef(tokenSecret),
          ...(hetznerNetwork === undefined ? {} : { network: hetznerNetwork }),
        },
      }),
      before: true,
    },
  ],
  secrets: ({ tokenSecret }) => [tokenSecret],
  faults: (_, { machines, cluster }) => [
    ...(machines.has("hetzner")
      ? []
      : [
          {
            path: [],
            message: "the stage has no Hetzner servers for it to look after",
            remedy: "remove it, or add a pool with machine: hetzner",
          },
        ]),
    // Source: kubernetes/kubernetes, staging/src/k8s.io/cloud-provider/node/helpers/address.go
    ...(cluster.transport === "tailnet"
      ? [
          {
            path: [],
            message:
              "it gives nodes their addresses at Hetzner, and theirs in the cluster are the tailnet's: Kubernetes takes neither, and no pod would be put on them",
            remedy: "remove it and hcloud-csi (longhorn and nfs-subdir-external-provisioner run on any machine)",
          },
        ]
      : []),
  ],
});
