import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../lib/platform/release.ts";
import type { SecretSource } from "./resolve.ts";
import { resolve } from "./resolve.ts";

type Constructor = new (name: string, args: pulumi.Inputs, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Kinds of Kubernetes' own that the platform makes. Everything else is a custom resource. */
const builtIn: Readonly<Record<string, unknown>> = {
  "v1/Namespace": kubernetes.core.v1.Namespace,
  "v1/Secret": kubernetes.core.v1.Secret,
  "v1/ConfigMap": kubernetes.core.v1.ConfigMap,
  "v1/Service": kubernetes.core.v1.Service,
  "v1/ServiceAccount": kubernetes.core.v1.ServiceAccount,
  "v1/PersistentVolumeClaim": kubernetes.core.v1.PersistentVolumeClaim,
  "apps/v1/Deployment": kubernetes.apps.v1.Deployment,
  "apps/v1/StatefulSet": kubernetes.apps.v1.StatefulSet,
  "apps/v1/DaemonSet": kubernetes.apps.v1.DaemonSet,
  "batch/v1/CronJob": kubernetes.batch.v1.CronJob,
  "autoscaling/v2/HorizontalPodAutoscaler": kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
  "networking.k8s.io/v1/Ingress": kubernetes.networking.v1.Ingress,
  "networking.k8s.io/v1/NetworkPolicy": kubernetes.networking.v1.NetworkPolicy,
  "policy/v1/PodDisruptionBudget": kubernetes.policy.v1.PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/Role": kubernetes.rbac.v1.Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": kubernetes.rbac.v1.RoleBinding,
  "rbac.authorization.k8s.io/v1/ClusterRole": kubernetes.rbac.v1.ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": kubernetes.rbac.v1.ClusterRoleBinding,
  "storage.k8s.io/v1/StorageClass": kubernetes.storage.v1.StorageClass,
};

/** Makes one Kubernetes object. */
export function createManifest(
  name: string,
  manifest: Manifest,
  secrets: SecretSource,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const args = resolve(manifest, secrets) as pulumi.Inputs;
  const Kind = builtIn[`${manifest.apiVersion}/${manifest.kind}`] as Constructor | undefined;
  if (Kind !== undefined) return new Kind(name, args, opts);
  return new kubernetes.apiextensions.CustomResource(
    name,
    args as unknown as kubernetes.apiextensions.CustomResourceArgs,
    opts,
  );
}
