import {
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1CSIDriver,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@kubernetes/client-node";
import { unlessThere } from "./made-at-start.ts";
import { together, type Watcher, watchObjects } from "./watch.ts";

const provisionerAnnotation = "volume.kubernetes.io/storage-provisioner";
const byAnnotation = "pv.kubernetes.io/provisioned-by";
const wanted = "volume.kubernetes.io/selected-node";

/**
 * Provisions volumes for every StorageClass, whoever its provisioner is: the part of each CSI driver's
 * external-provisioner. Kubernetes' own volume controller does the rest, so a claim of a class that does not exist
 * waits for ever, and one with WaitForFirstConsumer waits for its pod. Source of the annotations:
 * kubernetes.io/docs/reference/labels-annotations-taints
 */
export async function provisionVolumes(config: KubeConfig): Promise<Watcher> {
  const core = config.makeApiClient(CoreV1Api);
  const storage = config.makeApiClient(StorageV1Api);
  const claims = await watchObjects<V1PersistentVolumeClaim>({
    config,
    path: "/api/v1/persistentvolumeclaims",
    list: () => core.listPersistentVolumeClaimForAllNamespaces(),
    handle: async (claim) => {
      const provisioner = claim.metadata?.annotations?.[provisionerAnnotation];
      const className = claim.spec?.storageClassName;
      if (provisioner === undefined || className === undefined || claim.spec?.volumeName !== undefined) return;
      const { reclaimPolicy, volumeBindingMode } = await storage.readStorageClass({ name: className });
      // Until the scheduler has chosen a node there is no place to make it in.
      if (volumeBindingMode === "WaitForFirstConsumer" && claim.metadata?.annotations?.[wanted] === undefined) return;
      const body = volume(claim, className, { provisioner, reclaimPolicy: reclaimPolicy ?? "Delete" });
      await unlessThere(core.createPersistentVolume({ body }));
    },
  });
  const volumes = await watchObjects<V1PersistentVolume>({
    config,
    path: "/api/v1/persistentvolumes",
    list: () => core.listPersistentVolume(),
    handle: async ({ metadata, spec, status }) => {
      if (status?.phase !== "Released" || spec?.persistentVolumeReclaimPolicy !== "Delete") return;
      if (metadata?.annotations?.[byAnnotation] === undefined || metadata.name === undefined) return;
      await core.deletePersistentVolume({ name: metadata.name });
    },
  });
  return together([claims, volumes, ...(await tellCapacities(config))]);
}

/**
 * Room without end, everywhere, in each class of a driver that tells its capacity: until it has told, the scheduler takes
 * there to be none. Source: kubernetes.io/docs/concepts/storage/storage-capacity
 */
async function tellCapacities(config: KubeConfig): Promise<readonly Watcher[]> {
  const storage = config.makeApiClient(StorageV1Api);
  const tell = async (): Promise<void> => {
    const drivers = (await storage.listCSIDriver()).items.filter(({ spec }) => spec.storageCapacity === true);
    const telling = new Set(drivers.map(({ metadata }) => metadata?.name));
    for (const { metadata, provisioner } of (await storage.listStorageClass()).items) {
      const { name = "" } = metadata ?? {};
      if (!telling.has(provisioner)) continue;
      const body = { metadata: { name }, storageClassName: name, capacity: "1Pi", nodeTopology: {} };
      await unlessThere(storage.createNamespacedCSIStorageCapacity({ namespace: "kube-system", body }));
    }
  };
  // Either may come first.
  return [
    await watchObjects<V1StorageClass>({
      ...{ config, path: "/apis/storage.k8s.io/v1/storageclasses", handle: tell },
      list: () => storage.listStorageClass(),
    }),
    await watchObjects<V1CSIDriver>({
      ...{ config, path: "/apis/storage.k8s.io/v1/csidrivers", handle: tell },
      list: () => storage.listCSIDriver(),
    }),
  ];
}

function volume(
  { metadata, spec }: V1PersistentVolumeClaim,
  storageClassName: string,
  by: { readonly provisioner: string; readonly reclaimPolicy: string },
): V1PersistentVolume {
  const { name = "", namespace = "", uid = "" } = metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: { [byAnnotation]: by.provisioner } },
    spec: {
      storageClassName,
      persistentVolumeReclaimPolicy: by.reclaimPolicy,
      accessModes: spec?.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage: spec?.resources?.requests?.storage ?? "1Gi" },
      ...(spec?.volumeMode === undefined ? {} : { volumeMode: spec.volumeMode }),
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      // No pod reads it, and a CSI source would ask for an attachment that nobody makes.
      hostPath: { path: `/volumes/${uid}` },
    },
  };
}
