import { firstReady, now, type ReadinessRule } from "./rule.ts";

/** The kinds of object that hold a pool of addresses, for the charts that give them out. */
const pools: readonly (readonly [chart: string, group: string, kind: string])[] = [
  ["metallb", "metallb.io", "IPAddressPool"],
  ["cilium", "cilium.io", "CiliumLoadBalancerIPPool"],
];

/** A Service of type LoadBalancer waits for an address until somebody gives one. */
export const loadBalancer: ReadinessRule = (situation) => {
  const { cluster, api, needs, subject } = situation;
  if (!needs.loadBalancer || !cluster.settings.disabled.includes("servicelb")) return now(situation);
  const cloud = firstReady(api, new Set(["hcloud-cloud-controller-manager"]));
  if (cloud !== undefined) {
    const by = { urn: cloud.urn, resource: cloud.resource, gives: "addresses for Services of type LoadBalancer" };
    return { kind: "from", time: cloud.readyAt, by };
  }
  for (const [chart, group, kind] of pools) {
    const release = firstReady(api, new Set([chart]));
    const pool = [...api.objects.values()].find((object) => object.kind.group === group && object.kind.kind === kind);
    if (release === undefined || pool === undefined) continue;
    const by = { urn: pool.urn, resource: pool.name, gives: "addresses for Services of type LoadBalancer" };
    return { kind: "from", time: Math.max(release.readyAt, pool.from), by };
  }
  return {
    kind: "never",
    reason: `${subject} has a Service of type LoadBalancer, servicelb is disabled, and nothing else gives addresses: neither a cloud controller manager, nor MetalLB or Cilium with a pool`,
    remedy: `let ${subject} depend on the pool of addresses, or make the Service a NodePort`,
  };
};
