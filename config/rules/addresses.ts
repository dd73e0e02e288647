import {
  address,
  cidr,
  contains,
  firstAddress,
  formatAddress,
  overlaps,
  parsePool,
  type Range,
} from "../../lib/address.ts";
import type { Fault } from "../faults.ts";
import type { Rule, Subject } from "./rule.ts";

interface Claim {
  readonly path: string;
  readonly what: string;
}

interface Network extends Claim {
  readonly cidr: string;
}

/** Networks that must not overlap: every private one, and the cluster's own. */
function networks({ stage }: Subject): readonly Network[] {
  return [
    ...Object.entries(stage.networks).map(([name, network]) => ({
      path: `groundwork:networks.${name}.cidr`,
      what: `network ${name}`,
      cidr: network.cidr,
    })),
    { path: "groundwork:cluster.podCidr", what: "the pods' network", cidr: stage.cluster.podCidr },
    { path: "groundwork:cluster.serviceCidr", what: "the services' network", cidr: stage.cluster.serviceCidr },
  ];
}

interface Subnet extends Network {
  readonly network: string;
}

function subnets({ stage }: Subject): readonly Subnet[] {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]) =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: `groundwork:networks.${name}.gateway.subnet`,
            what: `the gateway of network ${name}`,
            cidr: network.gateway.subnet,
            network: name,
          },
        ]
      : [],
  );
  const pools = Object.entries(stage.pools).map(([name, pool]) => ({
    path: `groundwork:pools.${name}.subnet`,
    what: `pool ${name}`,
    cidr: pool.subnet,
    network: pool.network,
  }));
  return [...gateways, ...pools];
}

/** Every pair once, the later one first: it is the one to change. */
function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((later, index) => items.slice(0, index).map((earlier) => [later, earlier] as const));
}

export const networksApart: Rule = (subject) =>
  pairs(networks(subject))
    .filter(([later, earlier]) => overlaps(cidr(later.cidr), cidr(earlier.cidr)))
    .map(([later, earlier]) => ({
      path: later.path,
      message: `${later.cidr} (${later.what}) overlaps ${earlier.cidr} (${earlier.what})`,
      remedy: "choose ranges that share no address",
    }));

/** Pools may share one subnet; two that differ must not overlap. */
export const subnetsApart: Rule = (subject) =>
  pairs(subnets(subject))
    .filter(
      ([later, earlier]) =>
        later.network === earlier.network &&
        later.cidr !== earlier.cidr &&
        overlaps(cidr(later.cidr), cidr(earlier.cidr)),
    )
    .map(([later, earlier]) => ({
      path: later.path,
      message: `${later.cidr} (${later.what}) overlaps ${earlier.cidr} (${earlier.what})`,
      remedy: "give them one subnet, or two that share no address",
    }));

export const subnetsInside: Rule = (subject) =>
  subnets(subject).flatMap((subnet): readonly Fault[] => {
    const network = subject.stage.networks[subnet.network];
    if (network === undefined) {
      return [
        {
          path: subnet.path.replace(/subnet$/, "network"),
          message: `there is no network "${subnet.network}"`,
          remedy: `name one of groundwork:networks: ${Object.keys(subject.stage.networks).join(", ") || "none yet"}`,
        },
      ];
    }
    return contains(cidr(network.cidr), cidr(subnet.cidr))
      ? []
      : [
          {
            path: subnet.path,
            message: `${subnet.cidr} is not inside ${network.cidr} (network ${subnet.network})`,
            remedy: `choose a part of ${network.cidr}`,
          },
        ];
  });

interface Holder extends Claim {
  readonly network: string;
  readonly address: string;
  /** Subnet that it must lie in, when the configuration names one. */
  readonly subnet?: string;
}

function holders({ stage, nodes }: Subject): readonly Holder[] {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]): readonly Holder[] =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: `groundwork:networks.${name}.gateway.address`,
            what: `the gateway of network ${name}`,
            network: name,
            address: network.gateway.address,
            subnet: network.gateway.subnet,
          },
        ]
      : [],
  );
  const { endpoint } = stage.cluster;
  const api: readonly Holder[] =
    endpoint.kind === "load-balancer"
      ? [
          {
            path: "groundwork:cluster.endpoint.address",
            what: "the API's load balancer",
            network: endpoint.network,
            address: endpoint.address,
          },
        ]
      : [];
  const { ingress } = stage.hetzner;
  const web: readonly Holder[] =
    ingress === undefined
      ? []
      : [
          {
            path: "groundwork:hetzner.ingress.address",
            what: "the ingress load balancer",
            network: ingress.network,
            address: ingress.address,
          },
        ];
  const machines = nodes.map(
    (node): Holder => ({
      path: `groundwork:pools.${node.poolName}.firstAddress`,
      what: `node ${node.name}`,
      network: node.network,
      address: node.address,
      subnet: node.pool.subnet,
    }),
  );
  return [...gateways, ...api, ...web, ...machines];
}

const place = (text: string): Pick<Range, "first" | "last"> => ({ first: address(text), last: address(text) });

export const addressesOnce: Rule = (subject) => {
  const seen = new Map<string, Holder>();
  return holders(subject).flatMap((holder): readonly Fault[] => {
    const key = `${holder.network} ${holder.address}`;
    const other = seen.get(key);
    seen.set(key, other ?? holder);
    return other === undefined
      ? []
      : [
          {
            path: holder.path,
            message: `${holder.address} is given to ${other.what} and to ${holder.what}`,
            remedy: `move ${holder.what} to a free address`,
          },
        ];
  });
};

/** One fault for the first address of a pool that is out of place: the rest follow from it. */
export const addressesInside: Rule = (subject) => {
  const told = new Set<string>();
  return holders(subject).flatMap((holder): readonly Fault[] => {
    const network = subject.stage.networks[holder.network];
    if (network === undefined || told.has(holder.path)) return [];
    const room = holder.subnet ?? network.cidr;
    const { first, last } = cidr(room);
    const number = address(holder.address);
    const fault = ((): Pick<Fault, "message" | "remedy"> | undefined => {
      if (!contains(cidr(room), place(holder.address)))
        return {
          message: `${holder.address} (${holder.what}) is outside ${room}`,
          remedy: `choose from ${formatAddress(first + 1)} to ${formatAddress(last - 1)}`,
        };
      if (network.kind === "hetzner" && holder.address === firstAddress(network.cidr))
        return {
          message: `${holder.address} (${holder.what}) is the network's router`,
          remedy: `choose from ${formatAddress(Math.max(first, cidr(network.cidr).first + 1) + 1)} to ${formatAddress(last - 1)}`,
        };
      if (number === first || number === last)
        return {
          message: `${holder.address} (${holder.what}) is the ${number === first ? "network" : "broadcast"} address of ${room}`,
          remedy: `choose from ${formatAddress(first + 1)} to ${formatAddress(last - 1)}`,
        };
      return undefined;
    })();
    if (fault === undefined) return [];
    told.add(holder.path);
    return [{ path: holder.path, ...fault }];
  });
};

/** Load balancers are attached to networks by name too. */
export const attachedNetworks: Rule = ({ stage }) => {
  const named = [
    ...(stage.cluster.endpoint.kind === "load-balancer"
      ? [{ path: "groundwork:cluster.endpoint.network", network: stage.cluster.endpoint.network }]
      : []),
    ...(stage.hetzner.ingress === undefined
      ? []
      : [{ path: "groundwork:hetzner.ingress.network", network: stage.hetzner.ingress.network }]),
  ];
  return named.flatMap(({ path, network }): readonly Fault[] => {
    const found = stage.networks[network];
    if (found === undefined)
      return [
        {
          path,
          message: `there is no network "${network}"`,
          remedy: `name one of groundwork:networks: ${Object.keys(stage.networks).join(", ") || "none yet"}`,
        },
      ];
    return found.kind === "hetzner"
      ? []
      : [
          {
            path,
            message: `network ${network} is no Hetzner network`,
            remedy: "a Hetzner load balancer attaches to a network of kind hetzner",
          },
        ];
  });
};

/** A load balancer's address must lie in a subnet that is made. */
export const balancersInSubnets: Rule = (subject) =>
  holders(subject).flatMap((holder): readonly Fault[] => {
    const network = subject.stage.networks[holder.network];
    if (
      holder.subnet !== undefined ||
      network?.kind !== "hetzner" ||
      !contains(cidr(network.cidr), place(holder.address))
    )
      return [];
    const made = subnets(subject).filter((subnet) => subnet.network === holder.network);
    return made.some((subnet) => contains(cidr(subnet.cidr), place(holder.address)))
      ? []
      : [
          {
            path: holder.path,
            message: `${holder.address} (${holder.what}) is in no subnet of network ${holder.network}`,
            remedy: `choose from ${[...new Set(made.map((subnet) => subnet.cidr))].join(" or ")}`,
          },
        ];
  });

/** Addresses that MetalLB gives out must be nobody's. */
export const poolsFree: Rule = (subject) => {
  const metallb = subject.stage.platform.metallb as
    | { readonly pools?: Readonly<Record<string, { readonly addresses?: readonly string[] }>> }
    | undefined;
  const ranges = Object.entries(metallb?.pools ?? {}).flatMap(([name, pool]) =>
    (pool.addresses ?? []).map((text, index) => ({
      path: `groundwork:platform.metallb.pools.${name}.addresses[${index}]`,
      text,
      span: parsePool(text),
    })),
  );
  return ranges.flatMap(({ path, text, span }): readonly Fault[] => {
    if (span === undefined) return [];
    const taken = holders(subject).find((holder) => contains(span, place(holder.address)));
    return taken === undefined
      ? []
      : [
          {
            path,
            message: `${text} holds ${taken.address}, the address of ${taken.what}`,
            remedy: "choose addresses that no machine has",
          },
        ];
  });
};
