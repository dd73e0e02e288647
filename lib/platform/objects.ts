import { isBuiltinGroup } from "./builtin.ts";
import type { Manifest } from "./release.ts";

/** `clusterissuer/letsencrypt-production`, `secret/kube-system/hcloud` */
export function objectId({ kind, metadata: { name, namespace } }: Manifest): string {
  return [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name].join("/");
}

/** What an object gives to others by being what it is. */
export function objectProvides(manifest: Manifest): readonly string[] {
  return [`object:${objectId(manifest)}`, ...kindProvides(manifest)];
}

function kindProvides({ kind, metadata }: Manifest): readonly string[] {
  const { name, namespace = "default", annotations = {} } = metadata;
  switch (kind) {
    case "Secret":
      return [`secret:${namespace}/${name}`];
    case "ClusterIssuer":
      return [`issuer:${name}`];
    case "IngressClass":
      return [`ingress-class:${name}`];
    case "StorageClass":
      return annotations["storageclass.kubernetes.io/is-default-class"] === "true"
        ? [`storage-class:${name}`, "default-storage-class"]
        : [`storage-class:${name}`];
    default:
      return [];
  }
}

/** What any object needs: its namespace and, unless Kubernetes knows its kind, the definition of that. */
export function objectNeeds({ apiVersion, kind, metadata: { namespace } }: Manifest): readonly string[] {
  const slash = apiVersion.lastIndexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return [
    ...(namespace === undefined ? [] : [`namespace:${namespace}`]),
    ...(isBuiltinGroup(group) ? [] : [`crd:${group}/${kind}`]),
  ];
}

const workloads: ReadonlySet<string> = new Set(["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"]);

/** Its pods need nodes that take them. */
export const hasPods = ({ kind }: Manifest): boolean => workloads.has(kind);
