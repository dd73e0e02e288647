import type { Pool } from "../../../config/pools.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";

/** Hetzner labels that load balancers, teardown and people find resources by. */
export function labels(cluster: string, more: Readonly<Record<string, string>>): Record<string, string> {
  return { ...more, cluster, "managed-by": "groundwork" };
}

export function nodeLabels(
  cluster: string,
  node: PlannedMachine<Pool>,
  ingress: boolean,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...labels(cluster, more), pool: node.poolName, role: node.role, ...(ingress ? { ingress: "true" } : {}) };
}

/** Selects a cluster's servers for a load balancer. */
export const selector = (wanted: Readonly<Record<string, string>>): string =>
  Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
