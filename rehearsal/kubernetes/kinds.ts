/** A kind of object, as a Pulumi type token names it. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly patch: boolean;
}

/** Reads `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`, `kubernetes:v1:Secret`, `...:DeploymentPatch`. */
export function kindOf(type: string): Kind | undefined {
  const found = /^kubernetes:(?:([^/:]+)\/)?([^/:]+):(\w+)$/.exec(type);
  if (found === null) return undefined;
  const [, group = "", version = "", name = ""] = found;
  const patch = name.endsWith("Patch") && name !== "Patch";
  return { group: group === "core" ? "" : group, version, kind: patch ? name.slice(0, -"Patch".length) : name, patch };
}

export function apiVersion(kind: Pick<Kind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

type Scope = "Namespaced" | "Cluster";

/** Group -> version -> kinds, of what every API server from 1.33 on serves without switches. */
const served: Readonly<
  Record<string, Readonly<Record<string, { readonly Namespaced: string; readonly Cluster: string }>>>
> = {
  "": {
    v1: {
      Namespaced:
        "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
      Cluster: "Namespace Node PersistentVolume",
    },
  },
  "admissionregistration.k8s.io": {
    v1: {
      Namespaced: "",
      Cluster:
        "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    },
  },
  "apiextensions.k8s.io": { v1: { Namespaced: "", Cluster: "CustomResourceDefinition" } },
  "apiregistration.k8s.io": { v1: { Namespaced: "", Cluster: "APIService" } },
  apps: { v1: { Namespaced: "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", Cluster: "" } },
  autoscaling: {
    v1: { Namespaced: "HorizontalPodAutoscaler", Cluster: "" },
    v2: { Namespaced: "HorizontalPodAutoscaler", Cluster: "" },
  },
  batch: { v1: { Namespaced: "CronJob Job", Cluster: "" } },
  "certificates.k8s.io": { v1: { Namespaced: "", Cluster: "CertificateSigningRequest" } },
  "coordination.k8s.io": { v1: { Namespaced: "Lease", Cluster: "" } },
  "discovery.k8s.io": { v1: { Namespaced: "EndpointSlice", Cluster: "" } },
  "events.k8s.io": { v1: { Namespaced: "Event", Cluster: "" } },
  "flowcontrol.apiserver.k8s.io": { v1: { Namespaced: "", Cluster: "FlowSchema PriorityLevelConfiguration" } },
  "networking.k8s.io": {
    v1: { Namespaced: "Ingress NetworkPolicy", Cluster: "IPAddress IngressClass ServiceCIDR" },
  },
  "node.k8s.io": { v1: { Namespaced: "", Cluster: "RuntimeClass" } },
  policy: { v1: { Namespaced: "PodDisruptionBudget", Cluster: "" } },
  "rbac.authorization.k8s.io": {
    v1: { Namespaced: "Role RoleBinding", Cluster: "ClusterRole ClusterRoleBinding" },
  },
  "scheduling.k8s.io": { v1: { Namespaced: "", Cluster: "PriorityClass" } },
  "storage.k8s.io": {
    v1: { Namespaced: "CSIStorageCapacity", Cluster: "CSIDriver CSINode StorageClass VolumeAttachment" },
  },
};

/** The scope of a kind of Kubernetes' own; undefined when no API server serves it in that version. */
export function builtinScope({ group, version, kind }: Kind): Scope | undefined {
  const kinds = served[group]?.[version];
  if (kinds?.Namespaced.split(" ").includes(kind)) return "Namespaced";
  return kinds?.Cluster.split(" ").includes(kind) ? "Cluster" : undefined;
}

/** The lower-case plural in which the API server speaks of a kind. */
export function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(name)) return /[^s]s$/.test(name) && name === "endpoints" ? name : `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** A property whose change makes the provider replace the object, and not only change it. */
const replacing: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "/ConfigMap": ["binaryData", "data"],
  "/PersistentVolume": ["spec.csi", "spec.hostPath", "spec.iscsi", "spec.local", "spec.nfs"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/Pod": ["spec"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type", "stringData", "data"],
  "/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** Source: pulumi-kubernetes, provider/pkg/provider/diff.go; Secrets and ConfigMaps as its defaults have them. */
export function replaceOn({ group, kind }: Kind): string[] {
  return ["apiVersion", "kind", "metadata.name", "metadata.namespace", ...(replacing[`${group}/${kind}`] ?? [])];
}
