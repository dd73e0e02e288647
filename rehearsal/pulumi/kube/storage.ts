import {
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import { isStatus, type Watcher, watchObjects } from "./watch.ts";

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
      try {
        await core.createPersistentVolume({ body });
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
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
  return {
    get failures() {
      return [...claims.failures, ...volumes.failures];
    },
    stop: async () => {
      await Promise.all([claims.stop(), volumes.stop()]);
    },
  };
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
