import type { HetznerNetwork } from "../../../config/networks/hetzner.ts";
import type { Pool } from "../../../config/pools.ts";
import type { Stage } from "../../../config/stage.ts";
import type { PlannedMachine } from "../../../lib/nodes.ts";
import type { Service } from "./loadBalancer.ts";
import type { HetznerStage } from "./stage.ts";

export interface NetworkPlan {
  readonly name: string;
  readonly network: HetznerNetwork;
  /** Each range once. */
  readonly subnets: readonly string[];
  /** Destination -> address of the node that takes it. */
  readonly routes: Readonly<Record<string, string>>;
}

/** The Hetzner networks of a stage with the subnets of their gateway and pools, and the routes to MetalLB's pools. */
export function networkPlans(stage: HetznerStage, nodes: readonly PlannedMachine<Pool>[]): readonly NetworkPlan[] {
  return Object.entries(stage.networks).flatMap(([name, network]): readonly NetworkPlan[] => {
    if (network.kind !== "hetzner") return [];
    const pools = Object.values(stage.pools).flatMap((pool) =>
      pool.machine === "hetzner" && pool.network === name ? [pool] : [],
    );
    const subnets = [
      ...new Set([
        ...(network.gateway === undefined ? [] : [network.gateway.subnet]),
        ...pools.map(({ subnet }) => subnet),
      ]),
    ];
    return [{ name, network, subnets, routes: poolRoutes(stage, nodes, name) }];
  });
}

/** Hetzner's networks are routed: addresses that MetalLB gives out reach a node only where a route leads to one. */
function poolRoutes(
  stage: HetznerStage,
  nodes: readonly PlannedMachine<Pool>[],
  network: string,
): Readonly<Record<string, string>> {
  const metallb = stage.platform.metallb as
    | { readonly pools?: Readonly<Record<string, { readonly addresses: readonly string[]; readonly via?: string }>> }
    | undefined;
  return Object.fromEntries(
    Object.values(metallb?.pools ?? {}).flatMap(({ addresses, via }) => {
      const node = nodes.find(({ name }) => name === via);
      return node === undefined || node.network !== network
        ? []
        : addresses.filter((range) => range.includes("/")).map((range) => [range, node.address] as const);
    }),
  );
}

/** The Kubernetes API. It answers 401 to a health check, which has no credentials: that is an answer. */
export const apiService: Service = {
  role: "kubernetes",
  listenPort: 6443,
  destinationPort: 6443,
  proxyProtocol: false,
  healthCheck: { port: 6443, path: "/readyz", tls: true, statusCodes: ["200", "401"] },
};

export function ingressServices({
  httpNodePort,
  httpsNodePort,
  proxyProtocol,
  healthCheck,
}: NonNullable<Stage["hetzner"]["ingress"]>): readonly Service[] {
  const check = {
    port: httpNodePort,
    path: healthCheck.path,
    domain: healthCheck.host,
    tls: false,
    statusCodes: ["2??", "3??", "404"],
  };
  return [
    { role: "http", listenPort: 80, destinationPort: httpNodePort, proxyProtocol, healthCheck: check },
    { role: "https", listenPort: 443, destinationPort: httpsNodePort, proxyProtocol, healthCheck: check },
  ];
}
