import { isRecord, textOf } from "../../lib/record.ts";
import { type ChartFacts, chartName, walk } from "./charts.ts";

export interface Toleration {
  readonly key?: string;
  readonly effect?: string;
}

/** A volume claim: of a named class, or of the default one. */
export type Claim = { readonly storageClass: string | undefined };

/** What pods of a release or a workload want from the cluster before they are ready. */
export interface Needs {
  /** Absent: it has no pods. */
  readonly pods?: {
    readonly tolerations: readonly Toleration[];
    /** Made for nodes that are not usable yet: a network, or what tells nodes what they are. */
    readonly beforeNodes: boolean;
  };
  readonly claims: readonly Claim[];
  readonly loadBalancer: boolean;
}

/** Charts whose pods run on nodes that have no network yet, or bring it. Source: their templates. */
export const networkCharts: ReadonlySet<string> = new Set(["cilium", "tigera-operator", "flannel"]);
/** Charts that take the taint of an unknown machine away. */
export const cloudControllerCharts: ReadonlySet<string> = new Set([
  "hcloud-cloud-controller-manager",
  "proxmox-cloud-controller-manager",
  "talos-cloud-controller-manager",
]);

/**
 * Reads a release's needs from its values, by the conventions that charts share: `tolerations`, `storageClass` and
 * `storageClassName`, `persistence.enabled`, `volumeClaimTemplate`, `type: LoadBalancer`.
 */
export function releaseNeeds(
  chart: string,
  values: Readonly<Record<string, unknown>>,
  facts: ChartFacts | undefined,
): Needs {
  if (facts?.pods === false) return { claims: [], loadBalancer: false };
  const name = chartName(chart);
  const claims: Claim[] = [];
  let loadBalancer = false;
  walk({ values }, (key, value) => {
    if (key === "type" && value === "LoadBalancer") loadBalancer = true;
    if (
      (key === "storageClass" || key === "storageClassName") &&
      typeof value === "string" &&
      value !== "" &&
      value !== "-"
    ) {
      claims.push({ storageClass: value });
    }
    if (!isRecord(value)) return;
    const claimed = (key === "persistence" && value.enabled === true) || key === "volumeClaimTemplate";
    if (claimed && !hasClass(value)) claims.push({ storageClass: undefined });
  });
  const beforeNodes = networkCharts.has(name) || cloudControllerCharts.has(name);
  return { pods: { tolerations: tolerations(values), beforeNodes }, claims, loadBalancer };
}

function hasClass(value: Readonly<Record<string, unknown>>): boolean {
  let found = false;
  walk(value, (key, inner) => {
    if ((key === "storageClass" || key === "storageClassName") && typeof inner === "string" && inner !== "")
      found = true;
    // A claim that exists already, or a volume that is none.
    if (key === "existingClaim" && typeof inner === "string" && inner !== "") found = true;
    if (key === "type" && inner === "emptyDir") found = true;
  });
  return found;
}

/** Every toleration at any depth: which of a chart's pods has it is not looked at. */
export function tolerations(value: unknown): Toleration[] {
  const found: Toleration[] = [];
  walk({ value }, (key, list) => {
    if (!/tolerations$/i.test(key) || !Array.isArray(list)) return;
    for (const each of list) {
      if (!isRecord(each)) continue;
      found.push({
        ...(typeof each.key === "string" ? { key: each.key } : {}),
        ...(typeof each.effect === "string" ? { effect: each.effect } : {}),
      });
    }
  });
  return found;
}

const workloads: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job"]);

/** What an object that Pulumi waits for wants; undefined for those that are ready as soon as they exist. */
export function objectNeeds(kind: string, inputs: Readonly<Record<string, unknown>>): Needs | undefined {
  const spec = isRecord(inputs.spec) ? inputs.spec : {};
  if (kind === "Service") return spec.type === "LoadBalancer" ? { claims: [], loadBalancer: true } : undefined;
  if (kind === "PersistentVolumeClaim") {
    // A volume named beforehand, or a class of "", takes no provisioner.
    if (spec.volumeName !== undefined || spec.storageClassName === "") return undefined;
    return { claims: [{ storageClass: textOf(spec.storageClassName) }], loadBalancer: false };
  }
  if (!workloads.has(kind) || spec.replicas === 0) return undefined;
  const templates = Array.isArray(spec.volumeClaimTemplates) ? spec.volumeClaimTemplates : [];
  const claims = templates.map((template: unknown): Claim => {
    const claim = isRecord(template) && isRecord(template.spec) ? template.spec : {};
    return { storageClass: textOf(claim.storageClassName) };
  });
  return { pods: { tolerations: tolerations(spec), beforeNodes: false }, claims, loadBalancer: false };
}
