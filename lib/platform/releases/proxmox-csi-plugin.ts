import { stringify } from "yaml";
import { z } from "zod";
import { label, secretName } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { commonOptions, defineRelease, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  tokenId: z
    .string()
    .regex(/^[^\s@!=]+@[^\s@!=]+![^\s@!=]+$/, {
      error: ({ input }) =>
        `${shown(input)} names no API token → write user@realm!name, such as kubernetes-csi@pve!csi`,
    })
    .default("kubernetes-csi@pve!csi")
    .meta({ description: "API token of the driver, by name: docs/proxmox.md says what it has to be allowed." }),
  tokenSecret: secretName
    .default("proxmox-csi-token")
    .meta({ description: "Secret with the token's value, the part after the name and an equals sign." }),
  class: label.default("proxmox").meta({ description: "Name of the storage class." }),
  default: defaultClass(true),
  datastore: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Storage that volumes are made on. Absent: `datastores.disks` of `groundwork:proxmox`." }),
  fsType: z.enum(["ext4", "xfs"]).default("ext4").meta({ description: "File system on the volumes." }),
  ssd: z.boolean().default(true).meta({ description: "Show volumes to the machines as solid-state disks." }),
  reclaimPolicy,
});

const namespace = "csi-proxmox";
const config = { name: "proxmox-csi-config", key: "config.yaml" };

/** Chart facts and configuration: github.com/sergelogvinov/proxmox-csi-plugin, charts/ and docs/. */
export const proxmoxCsiPlugin = defineRelease({
  name: "proxmox-csi-plugin",
  description:
    "Volumes as disks of the virtual machines on storages of Proxmox VE, class `proxmox`; each stays on its Proxmox node unless the storage is shared.",
  chart: {
    chart: "oci://ghcr.io/sergelogvinov/charts/proxmox-csi-plugin",
    // renovate: datasource=docker depName=ghcr.io/sergelogvinov/charts/proxmox-csi-plugin
    version: "0.5.9",
  },
  namespace,
  // It mounts volumes for other pods: devices and directories of the host.
  podSecurity: "privileged",
  options,
  provides: ({ class: name, default: standard }) => storageClass(name, standard),
  values: (
    { class: name, default: standard, datastore, fsType, ssd, reclaimPolicy: policy },
    { cluster, proxmox },
  ) => ({
    existingConfigSecret: config.name,
    existingConfigSecretKey: config.key,
    storageClass: [
      {
        name,
        storage: datastore ?? proxmox?.disks ?? "local-lvm",
        reclaimPolicy: policy,
        fstype: fsType,
        ssd,
        annotations: { "storageclass.kubernetes.io/is-default-class": String(standard) },
      },
    ],
    // Nodes of other kinds have no disks to be given, and no such label.
    node: { nodeSelector: { "topology.kubernetes.io/region": cluster.name } },
  }),
  manifests: ({ tokenId, tokenSecret }, { cluster, proxmox }) => [
    {
      manifest: secretManifest({
        name: config.name,
        namespace,
        data: {
          [config.key]: new SecretRef(tokenSecret, (token) =>
            stringify({
              clusters: [
                {
                  url: `${proxmox?.endpoint.replace(/\/+$/, "") ?? ""}/api2/json`,
                  insecure: proxmox?.insecure ?? false,
                  token_id: tokenId,
                  token_secret: token,
                  // What nodes say of themselves: lib/proxmox/nodes.ts.
                  region: cluster.name,
                },
              ],
            }),
          ),
        },
      }),
      before: true,
    },
  ],
  secrets: ({ tokenSecret }) => [tokenSecret],
  faults: (_, { machines }) =>
    machines.has("proxmox")
      ? []
      : [
          {
            path: [],
            message: "the stage has no virtual machines of Proxmox VE to give disks to",
            remedy: "remove it, or add a pool with machine: proxmox",
          },
        ],
});
