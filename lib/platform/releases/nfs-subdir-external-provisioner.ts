import { z } from "zod";
import { addressOrHostname, label } from "../../primitives.ts";
import { commonOptions, defineRelease } from "../release.ts";
import { defaultClass, reclaimPolicy, storageClass } from "../storage.ts";

const options = z.strictObject({
  ...commonOptions,
  server: addressOrHostname.meta({ description: "The NFS server." }),
  path: z
    .string()
    .regex(/^\/\S*$/, { error: () => "this is no exported path → write it from the root on, such as /srv/kubernetes" })
    .meta({ description: "What it exports; each volume becomes a directory below." }),
  mountOptions: z.array(z.string().min(1)).default([]).meta({ description: "Of the mounts, such as nfsvers=4.1." }),
  class: label.default("nfs-client").meta({ description: "Name of the storage class." }),
  default: defaultClass(false),
  reclaimPolicy,
  archive: z.boolean().default(true).meta({ description: "A deleted volume's directory is renamed, not removed." }),
});

/** Chart facts: github.com/kubernetes-sigs/nfs-subdir-external-provisioner, charts/. */
export const nfsSubdirExternalProvisioner = defineRelease({
  name: "nfs-subdir-external-provisioner",
  description: "Volumes as directories of one NFS export, class `nfs-client`; sizes are not enforced.",
  chart: {
    chart: "nfs-subdir-external-provisioner",
    repository: "https://kubernetes-sigs.github.io/nfs-subdir-external-provisioner/",
    // renovate: datasource=helm depName=nfs-subdir-external-provisioner registryUrl=https://kubernetes-sigs.github.io/nfs-subdir-external-provisioner/
    version: "4.0.18",
  },
  namespace: "nfs-provisioner",
  // Its pod mounts the export as a volume of its own, which level baseline leaves to persistent volumes.
  podSecurity: "privileged",
  options,
  provides: ({ class: name, default: standard }) => storageClass(name, standard),
  nodeNeeds: () => ["nfs"],
  values: (chosen) => ({
    nfs: { server: chosen.server, path: chosen.path, mountOptions: chosen.mountOptions },
    storageClass: {
      name: chosen.class,
      defaultClass: chosen.default,
      reclaimPolicy: chosen.reclaimPolicy,
      archiveOnDelete: chosen.archive,
    },
  }),
});
