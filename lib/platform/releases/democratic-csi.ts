import { stringify } from "yaml";
import { z } from "zod";
import { addressOrHostname, label, secretName } from "../../primitives.ts";
import { commonOptions, defineRelease, type Release, SecretRef } from "../release.ts";
import { secretManifest } from "../secrets.ts";
import { defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const dataset = z.string().regex(/^[-\w.]+(\/[-\w.]+)+$/, {
  error: () => "this is no dataset below a pool → write pool/path, such as tank/k8s/volumes",
});

const common = {
  ...commonOptions,
  host: addressOrHostname.meta({ description: "TrueNAS: its API, and its shares unless shareHost says otherwise." }),
  protocol: z.enum(["http", "https"]).default("https").meta({ description: "Of the API." }),
  port: z.int().min(1).max(65535).default(443).meta({ description: "Of the API." }),
  allowInsecure: z.boolean().default(false).meta({ description: "Take the API's certificate unchecked." }),
  dataset: dataset.meta({ description: "Dataset that volumes are made in. It may hold nothing else." }),
  snapshotsDataset: dataset.meta({ description: "Dataset of detached snapshots, not below the other one." }),
  default: defaultClass(false),
  reclaimPolicy,
  imageTag: z
    .string()
    .min(1)
    .default("v1.9.4")
    .meta({ description: "Of the driver's image; TrueNAS 25.04 and later take `next`." }),
};

const nfsOptions = (className: string, secret: string) =>
  z.strictObject({
    ...common,
    class: label.default(className).meta({ description: "Name of the storage class." }),
    apiKeySecret: secretName.default(secret).meta({ description: "Secret with the API key." }),
    shareHost: addressOrHostname.optional().meta({ description: "Where nodes mount from. Absent: host." }),
    allowedNetworks: z.array(z.string()).default([]).meta({ description: "Networks that may mount; none: all." }),
    mountOptions: z.array(z.string().min(1)).default(["noatime", "nfsvers=4"]).meta({ description: "Of the mounts." }),
  });

const iscsiOptions = (className: string, secret: string) =>
  z.strictObject({
    ...common,
    class: label.default(className).meta({ description: "Name of the storage class." }),
    apiKeySecret: secretName.default(secret).meta({ description: "Secret with the API key." }),
    portal: addressOrHostname.meta({ description: "Address of the iSCSI portal that nodes log in to." }),
    portalGroup: z.int().min(1).default(1).meta({ description: "Number of the portal in TrueNAS." }),
    initiatorGroup: z.int().min(1).default(1).meta({ description: "Number of the initiator group in TrueNAS." }),
    fsType: z.enum(["ext4", "xfs"]).default("ext4").meta({ description: "File system on the volumes." }),
  });

type Nfs = z.output<ReturnType<typeof nfsOptions>>;
type Iscsi = z.output<ReturnType<typeof iscsiOptions>>;

const chart = {
  chart: "democratic-csi",
  repository: "https://democratic-csi.github.io/charts/",
  // renovate: datasource=helm depName=democratic-csi registryUrl=https://democratic-csi.github.io/charts/
  version: "0.15.1",
};
const namespace = "democratic-csi";

/** Source of the driver's configuration: github.com/democratic-csi/democratic-csi, examples/freenas-api-*.yaml. */
const connection = (driver: string, { protocol, host, port, allowInsecure }: Nfs | Iscsi, apiKey: string) => ({
  driver,
  httpConnection: { protocol, host, port, allowInsecure, apiKey },
});

const nfsConfig = (chosen: Nfs, apiKey: string): string =>
  stringify({
    ...connection("freenas-api-nfs", chosen, apiKey),
    zfs: {
      datasetParentName: chosen.dataset,
      detachedSnapshotsDatasetParentName: chosen.snapshotsDataset,
      datasetEnableQuotas: true,
      datasetEnableReservation: false,
      datasetPermissionsMode: "0777",
      datasetPermissionsUser: 0,
      datasetPermissionsGroup: 0,
    },
    nfs: {
      shareHost: chosen.shareHost ?? chosen.host,
      shareAlldirs: false,
      shareAllowedHosts: [],
      shareAllowedNetworks: chosen.allowedNetworks,
      shareMaprootUser: "root",
      shareMaprootGroup: "root",
    },
  });

const iscsiConfig = (chosen: Iscsi, apiKey: string): string =>
  stringify({
    ...connection("freenas-api-iscsi", chosen, apiKey),
    zfs: {
      datasetParentName: chosen.dataset,
      detachedSnapshotsDatasetParentName: chosen.snapshotsDataset,
      zvolEnableReservation: false,
    },
    iscsi: {
      targetPortal: `${chosen.portal}:3260`,
      targetPortals: [],
      interface: "",
      namePrefix: "csi-",
      targetGroups: [
        {
          targetGroupPortalGroup: chosen.portalGroup,
          targetGroupInitiatorGroup: chosen.initiatorGroup,
          targetGroupAuthType: "None",
        },
      ],
      extentInsecureTpc: true,
      extentXenCompat: false,
      extentDisablePhysicalBlocksize: true,
      extentBlocksize: 512,
      extentRpm: "SSD",
      extentAvailThreshold: 0,
    },
  });

interface Backend<Options> {
  readonly driver: "freenas-api-nfs" | "freenas-api-iscsi";
  config(options: Options, apiKey: string): string;
  fsType(options: Options): string;
  mountOptions(options: Options): readonly string[];
}

const nfs: Backend<Nfs> = {
  driver: "freenas-api-nfs",
  config: nfsConfig,
  fsType: () => "nfs",
  mountOptions: ({ mountOptions }) => mountOptions,
};

const iscsi: Backend<Iscsi> = {
  driver: "freenas-api-iscsi",
  config: iscsiConfig,
  fsType: ({ fsType }) => fsType,
  mountOptions: () => [],
};

interface Variant<Options> {
  readonly name: string;
  readonly description: string;
  readonly options: z.ZodType<Options>;
  readonly backend: Backend<Options>;
}

/** A driver serves one dataset over one protocol, so each class is a release of its own. */
function variant<Options extends Nfs | Iscsi>({ name, description, options, backend }: Variant<Options>): Release {
  const configSecret = `${name}-config`;
  return defineRelease<Options>({
    name,
    description,
    chart,
    namespace,
    // It mounts volumes for other pods: host network, host directories.
    podSecurity: "privileged",
    options,
    provides: (chosen) => storageClass(chosen.class, chosen.default),
    nodeNeeds: () => (backend.driver === "freenas-api-iscsi" ? ["iscsi", "multipath-off"] : ["nfs"]),
    values: (chosen, { cluster }) => ({
      csiDriver: { name: `org.democratic-csi.${name}` },
      // The chart looks at the driver's name even where the configuration is in a Secret.
      driver: { existingConfigSecret: configSecret, config: { driver: backend.driver } },
      storageClasses: [
        {
          name: chosen.class,
          defaultClass: chosen.default,
          reclaimPolicy: chosen.reclaimPolicy,
          volumeBindingMode: "Immediate",
          allowVolumeExpansion: true,
          parameters: { fsType: backend.fsType(chosen) },
          mountOptions: backend.mountOptions(chosen),
        },
      ],
      volumeSnapshotClasses: [],
      controller: {
        // Without the snapshot kinds it would not start.
        externalSnapshotter: { enabled: false },
        driver: { image: { tag: chosen.imageTag } },
      },
      node: {
        driver: {
          image: { tag: chosen.imageTag },
          ...(backend.driver === "freenas-api-iscsi" && cluster.distribution === "talos" ? talosIscsi.driver : {}),
        },
        ...(backend.driver === "freenas-api-iscsi" && cluster.distribution === "talos" ? talosIscsi.node : {}),
      },
    }),
    manifests: (chosen) => [
      {
        manifest: secretManifest({
          name: configSecret,
          namespace,
          data: {
            "driver-config-file.yaml": new SecretRef(chosen.apiKeySecret, (apiKey) => backend.config(chosen, apiKey)),
          },
        }),
        before: true,
      },
    ],
    secrets: ({ apiKeySecret }) => [apiKeySecret],
    faults: ({ dataset: volumes, snapshotsDataset: snapshots }) =>
      overlap(volumes, snapshots)
        ? [
            {
              path: ["snapshotsDataset"],
              message: `${snapshots} and ${volumes} (dataset) lie within each other`,
              remedy: "give snapshots a dataset beside that of volumes",
            },
          ]
        : [],
  });
}

const overlap = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

/** iscsiadm is an extension's, in the host's namespaces. Source: the driver's README, "Talos". */
const talosIscsi = {
  driver: {
    extraEnv: [
      { name: "ISCSIADM_HOST_STRATEGY", value: "nsenter" },
      { name: "ISCSIADM_HOST_PATH", value: "/usr/local/sbin/iscsiadm" },
    ],
    iscsiDirHostPath: "/usr/local/etc/iscsi",
    iscsiDirHostPathType: "",
  },
  node: { hostPID: true },
};

export const democraticCsiNfs = variant({
  name: "democratic-csi-nfs",
  description: "Volumes on TrueNAS over NFS, class `freenas-nfs-csi`.",
  options: nfsOptions("freenas-nfs-csi", "truenas-api-key"),
  backend: nfs,
});

export const democraticCsiIscsi = variant({
  name: "democratic-csi-iscsi",
  description: "Volumes on TrueNAS over iSCSI, class `freenas-iscsi-csi`.",
  options: iscsiOptions("freenas-iscsi-csi", "truenas-api-key"),
  backend: iscsi,
});

export const democraticCsiNfsFast = variant({
  name: "democratic-csi-nfs-fast",
  description: "Volumes over NFS on a second TrueNAS or pool, class `truenas-nfs-spitfire-fast`.",
  options: nfsOptions("truenas-nfs-spitfire-fast", "truenas-fast-api-key"),
  backend: nfs,
});
