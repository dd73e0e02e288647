import { isRecord, textOf } from "../../lib/record.ts";
import { plain } from "../engine/values.ts";
import type { RecordedResource } from "../recording.ts";

export const releaseType = "kubernetes:helm.sh/v3:Release";

/** What a resource of the Kubernetes provider stands for in the cluster. */
export interface KubernetesObject {
  readonly resource: RecordedResource;
  /** `core` for the group without a name. */
  readonly group: string;
  readonly kind: string;
  /** `metadata.name`, where the program fixes one. */
  readonly name: string | undefined;
  /** Absent for what has none, and where the program leaves it to the provider. */
  readonly namespace: string | undefined;
}

const token = /^kubernetes:([^/:]+)\/[^/:]+:(\w+)$/;

/** The groups that every API server has, and those that are the provider's own constructions. */
const builtInGroups = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "auditregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "core",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "helm.sh",
  "internal.apiserver.k8s.io",
  "kustomize",
  "meta",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "settings.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
  "yaml",
]);

/** Groups that k3s itself brings (docs.k3s.io/add-ons/helm). */
const k3sGroups = new Set(["helm.cattle.io", "k3s.cattle.io"]);

export function kubernetesObject(resource: RecordedResource): KubernetesObject | undefined {
  const [, group, kind] = token.exec(resource.type) ?? [];
  if (group === undefined || kind === undefined || !resource.custom) return undefined;
  const inputs = plain(resource.inputs);
  const metadata = isRecord(inputs.metadata) ? inputs.metadata : {};
  const named = resource.type === releaseType ? inputs : metadata;
  return { resource, group, kind, name: textOf(named.name), namespace: textOf(named.namespace) };
}

export function isCustomKind({ group }: KubernetesObject): boolean {
  return !builtInGroups.has(group) && !k3sGroups.has(group);
}

/** A chart's own name, whether it is named with a repository or as `oci://registry/path/name`. */
export function chartOf(release: RecordedResource): string {
  const chart = textOf(plain(release.inputs).chart) ?? "";
  return chart.slice(chart.lastIndexOf("/") + 1);
}
