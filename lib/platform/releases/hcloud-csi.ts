import { z } from "zod";
import { label } from "../../primitives.ts";
import { monitored, serviceMonitors } from "../monitoring.ts";
import { commonOptions, defineRelease } from "../release.ts";
import { hcloudSecret } from "./hcloud-cloud-controller-manager.ts";

const storageClass = z.strictObject({
  name: label.default("hcloud-volumes").meta({ description: "Name of the storage class." }),
  default: z.boolean().default(true).meta({ description: "The class of claims that name none." }),
  reclaimPolicy: z
    .enum(["Delete", "Retain"])
    .default("Delete")
    .meta({ description: "What becomes of a volume when its claim is deleted." }),
});

const options = z.strictObject({ ...commonOptions, storageClass: storageClass.prefault({}) });

/** Chart facts: github.com/hetznercloud/csi-driver, chart/ and internal/app/app.go. */
export const hcloudCsi = defineRelease({
  name: "hcloud-csi",
  description: "Persistent volumes on Hetzner Cloud Volumes, of 10Gi at least, each in one location.",
  chart: {
    chart: "hcloud-csi",
    repository: "https://charts.hetzner.cloud",
    // renovate: datasource=helm depName=hcloud-csi registryUrl=https://charts.hetzner.cloud
    version: "2.22.1",
  },
  namespace: "kube-system",
  options,
  requires: ["hcloud-cloud-controller-manager"],
  provides: ({ storageClass: { name, default: standard } }) => [
    `storage-class:${name}`,
    ...(standard ? (["default-storage-class"] as const) : []),
  ],
  needs: (_, context) => [`secret:${hcloudSecret.namespace}/${hcloudSecret.name}`, ...serviceMonitors(context)],
  values: ({ storageClass: { name, default: standard, reclaimPolicy } }, context) => ({
    storageClasses: [{ name, defaultStorageClass: standard, reclaimPolicy }],
    controller: {
      hcloudToken: { existingSecret: { name: hcloudSecret.name, key: "token" } },
      // With two, the chart adds a disruption budget that a drain can meet; one node has no room for a second.
      replicaCount: context.controlPlanes.length + context.workers.length > 1 ? 2 : 1,
    },
    // The node's part asks the metadata service which server it is on, and pods cannot reach that service.
    node: { hostNetwork: true },
    metrics: { enabled: monitored(context), serviceMonitor: { enabled: monitored(context) } },
  }),
  faults: (_, { machines }) =>
    machines.has("hetzner")
      ? []
      : [
          {
            path: [],
            message: "the stage has no Hetzner servers to attach volumes to",
            remedy: "remove it, or add a pool with machine: hetzner",
          },
        ],
});
