import type { SecretSource } from "../lib/platform/secrets.ts";
import type { Stage } from "./stage.ts";

/** Secret that k3s reads where snapshots go; in kube-system. */
export const snapshotSecretName = "etcd-snapshots-s3";

/** Where k3s sends snapshots beside its disks. Source of type and keys: docs.k3s.io/cli/etcd-snapshot, "S3 Configuration Secret Support". */
export function snapshotSecret({ cluster }: Pick<Stage, "cluster">): Readonly<Record<string, SecretSource>> {
  const s3 = cluster.distribution === "k3s" ? cluster.snapshots.s3 : undefined;
  if (s3 === undefined) return {};
  return {
    [snapshotSecretName]: {
      type: "opaque",
      kubernetesType: "etcd.k3s.cattle.io/s3-config-secret",
      namespaces: ["kube-system"],
      data: {
        "etcd-s3-endpoint": s3.endpoint,
        "etcd-s3-bucket": s3.bucket,
        "etcd-s3-region": s3.region,
        "etcd-s3-folder": s3.folder ?? cluster.name,
        "etcd-s3-access-key": { secret: s3.accessKeySecret },
        "etcd-s3-secret-key": { secret: s3.secretKeySecret },
      },
    },
  };
}
