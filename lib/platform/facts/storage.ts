import { type FactsTable, kinds } from "./form.ts";

/** Charts of volumes: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const storageFacts: FactsTable = [
  [
    "hcloud-csi",
    {
      kinds: [],
      webhooks: [],
      services: [
        { name: "hcloud-csi-controller-metrics", ports: [9189] },
        { name: "hcloud-csi-node-metrics", ports: [9189] },
      ],
    },
  ],
  [
    "longhorn",
    {
      kinds: kinds("longhorn.io", "v1beta2", "Namespaced", [
        "Backup",
        "BackupBackingImage",
        "BackupTarget",
        "BackupVolume",
        "BackingImage",
        "BackingImageDataSource",
        "BackingImageManager",
        "Engine",
        "EngineFrontend",
        "EngineImage",
        "InstanceManager",
        "Node",
        "Orphan",
        "RecurringJob",
        "Replica",
        "Setting",
        "Shard",
        "ShardGroup",
        "ShareManager",
        "Snapshot",
        "SupportBundle",
        "SystemBackup",
        "SystemRestore",
        "Volume",
        "VolumeAttachment",
      ]),
      // Its managers register the webhook once they run; the chart itself brings the Service only.
      webhooks: [],
      services: [
        { name: "longhorn-admission-webhook", ports: [9502] },
        { name: "longhorn-backend", ports: [9500] },
        { name: "longhorn-frontend", ports: [80] },
        { name: "longhorn-recovery-backend", ports: [9503] },
      ],
    },
  ],
  ["nfs-subdir-external-provisioner", { kinds: [], webhooks: [], services: [] }],
  ["democratic-csi", { kinds: [], webhooks: [], services: [] }],
];
