import { address, cidr, contains, type Range } from "../../lib/address.ts";
import type { PlannedMachine } from "../../lib/nodes.ts";
import { own } from "../../lib/record.ts";
import { endpointOf } from "../cluster.ts";
import { formatPath } from "../issues.ts";
import { describe, type Pool } from "../pools.ts";
import type { Stage } from "../stage.ts";
import type { Subject } from "./rule.ts";

/** A subnet that is made, and who lives in it. */
export interface Subnet {
  readonly path: string;
  readonly what: string;
  readonly network: string;
  readonly cidr: string;
}

export function subnets({ stage }: Pick<Subject, "stage">): readonly Subnet[] {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]) =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: formatPath(["networks", name, "gateway", "subnet"]),
            what: `the gateway of network ${name}`,
            cidr: network.gateway.subnet,
            network: name,
          },
        ]
      : [],
  );
  const pools = Object.entries(stage.pools).flatMap(([name, pool]) =>
    "subnet" in pool
      ? [
          {
            path: formatPath(["pools", name, "subnet"]),
            what: `pool ${name}`,
            cidr: pool.subnet,
            network: pool.network,
          },
        ]
      : [],
  );
  return [...gateways, ...pools];
}

/** Somebody with an address in a network. */
export interface Holder {
  /** Where the address is written; a node's follows from its pool's first. */
  readonly path: string;
  readonly what: string;
  /** `host`: a node with an address of its own. */
  readonly kind: "gateway" | "load-balancer" | "virtual" | "node" | "host" | "docker-host";
  readonly network: string;
  readonly address: string;
  /** Subnet that it must lie in; absent for a load balancer outside all that are made. */
  readonly subnet?: string;
  /** How many addresses above the one at `path` it has: a node's number less one. */
  readonly offset: number;
}

export const holders = (subject: Pick<Subject, "stage" | "machines">): readonly Holder[] => [
  ...gateways(subject),
  ...loadBalancers(subject),
  ...virtual(subject),
  ...planned(subject),
];

function gateways({ stage }: Pick<Subject, "stage">): readonly Holder[] {
  return Object.entries(stage.networks).flatMap(([name, network]): readonly Holder[] =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: formatPath(["networks", name, "gateway", "address"]),
            what: `the gateway of network ${name}`,
            kind: "gateway",
            network: name,
            address: network.gateway.address,
            subnet: network.gateway.subnet,
            offset: 0,
          },
        ]
      : [],
  );
}

function loadBalancers({ stage }: Pick<Subject, "stage">): readonly Holder[] {
  const endpoint = endpointOf(stage.cluster);
  const { ingress } = stage.hetzner;
  const common = { kind: "load-balancer", offset: 0 } as const;
  const made = subnets({ stage });
  const around = (network: string, address: string): Pick<Holder, "subnet"> => {
    const found = made.find((subnet) => subnet.network === network && contains(cidr(subnet.cidr), place(address)));
    return found === undefined ? {} : { subnet: found.cidr };
  };
  return [
    ...(endpoint?.kind === "load-balancer"
      ? [
          {
            ...common,
            path: formatPath(["cluster", "endpoint", "address"]),
            what: "the API's load balancer",
            network: endpoint.network,
            address: endpoint.address,
            ...around(endpoint.network, endpoint.address),
          },
        ]
      : []),
    ...(ingress === undefined
      ? []
      : [
          {
            ...common,
            path: formatPath(["hetzner", "ingress", "address"]),
            what: "the ingress load balancer",
            network: ingress.network,
            address: ingress.address,
            ...around(ingress.network, ingress.address),
          },
        ]),
  ];
}

/** The address that control planes hold in turn. */
function virtual({ stage, machines }: Pick<Subject, "stage" | "machines">): readonly Holder[] {
  const endpoint = endpointOf(stage.cluster);
  const network = machines.find(({ role }) => role === "control-plane")?.network;
  if (endpoint?.kind !== "vip" || network === undefined) return [];
  const range = own(stage.networks, network)?.cidr;
  return [
    {
      path: "groundwork:cluster.endpoint.address",
      what: "the API's virtual address",
      kind: "virtual",
      network,
      address: endpoint.address,
      ...(range === undefined ? {} : { subnet: range }),
      offset: 0,
    },
  ];
}

function planned({ stage, machines }: Pick<Subject, "stage" | "machines">): readonly Holder[] {
  return machines.map((node) => {
    const single = node.pool.nodes[String(node.number)];
    const own = single !== undefined && "address" in single && single.address !== undefined;
    return {
      path: formatPath([
        "pools",
        node.poolName,
        ...(own ? ["nodes", String(node.number), "address"] : ["firstAddress"]),
      ]),
      what: describe(node),
      kind: node.role === "docker-host" ? "docker-host" : own ? "host" : "node",
      network: node.network,
      address: node.address,
      ...subnetOf(stage, node),
      offset: own ? 0 : node.number - 1,
    };
  });
}

/** Where subnets are not made, a node may be anywhere in its network. */
function subnetOf(stage: Stage, { pool, network }: PlannedMachine<Pool>): Pick<Holder, "subnet"> {
  const subnet = "subnet" in pool ? pool.subnet : own(stage.networks, network)?.cidr;
  return subnet === undefined ? {} : { subnet };
}

/** One address as a range. */
export const place = (text: string): Pick<Range, "first" | "last"> => ({ first: address(text), last: address(text) });
