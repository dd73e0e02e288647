import { type LoadBalancerType, loadBalancerTypes, locations, serverTypes } from "../../lib/hetzner/catalogue.ts";
import { location as locationOf, serverType as typeOf } from "../../lib/hetzner/nodes.ts";
import type { Fault } from "../faults.ts";
import { nearest } from "../nearest.ts";
import type { Rule, Subject } from "./rule.ts";

interface Wish {
  readonly path: string;
  readonly what: string;
  readonly type: string;
  readonly location: string;
  readonly network: string;
}

const suggestion = (word: string, known: readonly string[]): string => nearest(word, known) ?? known.join(", ");

/** Every server that is asked for, once per place in the stack file. */
function servers({ stage, nodes }: Subject): readonly Wish[] {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]): readonly Wish[] =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: `groundwork:networks.${name}.gateway`,
            what: `the gateway of network ${name}`,
            type: network.gateway.type,
            location: network.gateway.location,
            network: name,
          },
        ]
      : [],
  );
  const machines = nodes.flatMap((node): readonly Wish[] =>
    node.pool.machine === "hetzner"
      ? [
          {
            path: `groundwork:pools.${node.poolName}`,
            what: `node ${node.name}`,
            type: typeOf(node),
            location: locationOf(node),
            network: node.network,
          },
        ]
      : [],
  );
  const seen = new Set<string>();
  return [...gateways, ...machines].filter(({ path, type, location }) => {
    const key = `${path} ${type} ${location}`;
    return !seen.has(key) && seen.add(key);
  });
}

interface Balancer extends Wish {
  readonly services: number;
}

function balancers({ stage }: Subject): readonly Balancer[] {
  const { endpoint } = stage.cluster;
  const { ingress } = stage.hetzner;
  return [
    ...(endpoint.kind === "load-balancer"
      ? [
          {
            path: "groundwork:cluster.endpoint",
            what: "the API's load balancer",
            type: endpoint.type,
            location: endpoint.location,
            network: endpoint.network,
            services: 1,
          },
        ]
      : []),
    ...(ingress === undefined
      ? []
      : [
          {
            path: "groundwork:hetzner.ingress",
            what: "the ingress load balancer",
            type: ingress.type,
            location: ingress.location,
            network: ingress.network,
            services: 2,
          },
        ]),
  ];
}

/** A location lies in one zone, and a network's machines all in the network's. */
export const locationsInZone: Rule = (subject) => {
  const told = new Set<string>();
  return [...servers(subject), ...balancers(subject)].flatMap(({ path, what, location, network }): readonly Fault[] => {
    const key = `${path} ${location}`;
    const zone = locations[location]?.zone;
    const there = subject.stage.networks[network];
    if (told.has(key)) return [];
    told.add(key);
    if (zone === undefined)
      return [
        {
          path,
          message: `Hetzner has no location "${location}" (${what})`,
          remedy: `write ${suggestion(location, Object.keys(locations))}`,
        },
      ];
    if (there?.kind !== "hetzner" || there.zone === zone) return [];
    const inside = Object.entries(locations)
      .filter(([, other]) => other.zone === there.zone)
      .map(([name]) => name);
    return [
      {
        path,
        message: `location ${location} (${what}) lies in zone ${zone}, network ${network} in ${there.zone}`,
        remedy: `choose ${inside.join(" or ")}, or another network`,
      },
    ];
  });
};

export const serverTypesThere: Rule = (subject) =>
  servers(subject).flatMap(({ path, what, type, location }): readonly Fault[] => {
    const known = serverTypes[type];
    if (known === undefined)
      return [
        {
          path,
          message: `Hetzner has no server type "${type}" (${what})`,
          remedy: `write ${suggestion(type, Object.keys(serverTypes))}`,
        },
      ];
    if (locations[location] === undefined) return [];
    const offers = Object.entries(known.locations)
      .filter(([, offer]) => offer.available)
      .map(([name]) => name);
    if (known.locations[location]?.available) return [];
    const others = Object.entries(serverTypes)
      .filter(
        ([, other]) =>
          other.architecture === known.architecture &&
          other.locations[location]?.available &&
          other.cores >= known.cores &&
          other.memory >= known.memory,
      )
      .map(([name]) => name)
      .slice(0, 3);
    return [
      {
        path,
        message: `server type ${type} cannot be ordered in ${location} (${what})`,
        remedy:
          [
            ...(offers.length > 0 ? [`choose ${offers.join(" or ")}`] : []),
            ...(others.length > 0 ? [`take ${others.join(", ")}`] : []),
          ].join(", or ") || "choose another type",
      },
    ];
  });

export const loadBalancersFit: Rule = (subject) =>
  balancers(subject).flatMap(({ path, type, services }): readonly Fault[] => {
    const known: LoadBalancerType | undefined = loadBalancerTypes[type];
    if (known === undefined)
      return [
        {
          path,
          message: `Hetzner has no load balancer type "${type}"`,
          remedy: `write ${suggestion(type, Object.keys(loadBalancerTypes))}`,
        },
      ];
    return services <= known.services
      ? []
      : [
          {
            path,
            message: `${type} carries ${known.services} services, ${services} are needed`,
            remedy: "take a larger type",
          },
        ];
  });

/** Source of the limit: docs.hetzner.com/cloud/networks/overview (100 attached resources a network). */
const attachments = 100;

export const networksHold: Rule = ({ stage, nodes }) =>
  Object.entries(stage.networks).flatMap(([name, network]): readonly Fault[] => {
    if (network.kind !== "hetzner") return [];
    const balancing = [
      stage.cluster.endpoint.kind === "load-balancer" ? stage.cluster.endpoint.network : undefined,
      stage.hetzner.ingress?.network,
    ].filter((used) => used === name).length;
    const count =
      nodes.filter((node) => node.network === name).length + (network.gateway === undefined ? 0 : 1) + balancing;
    return count <= attachments
      ? []
      : [
          {
            path: `groundwork:networks.${name}`,
            message: `${count} servers and load balancers in one network; Hetzner attaches ${attachments}`,
            remedy: "put pools in several networks, with groundwork:cluster.transport: tailnet",
          },
        ];
  });

export const gatewaysThere: Rule = ({ stage }) =>
  Object.entries(stage.networks).flatMap(([name, network]): readonly Fault[] => {
    if (network.kind !== "hetzner") return [];
    if (network.egress === "gateway" && network.gateway === undefined) {
      return [
        {
          path: `groundwork:networks.${name}.gateway`,
          message: "private nodes have no way out",
          remedy: "describe the gateway, or set egress: public",
        },
      ];
    }
    if (network.egress === "public" && network.gateway !== undefined) {
      return [
        {
          path: `groundwork:networks.${name}.gateway`,
          message: "nodes with public addresses need no gateway",
          remedy: "remove it, or set egress: gateway",
        },
      ];
    }
    return [];
  });

export const machinesInHetznerNetworks: Rule = ({ stage }) =>
  Object.entries(stage.pools).flatMap(([name, pool]): readonly Fault[] => {
    const network = stage.networks[pool.network];
    return pool.machine === "hetzner" && network !== undefined && network.kind !== "hetzner"
      ? [
          {
            path: `groundwork:pools.${name}.network`,
            message: `network ${pool.network} is no Hetzner network`,
            remedy: "Hetzner servers attach to a network of kind hetzner",
          },
        ]
      : [];
  });

export const ingressPools: Rule = ({ stage }) =>
  (stage.hetzner.ingress?.pools ?? []).flatMap((name, index): readonly Fault[] =>
    stage.pools[name] === undefined
      ? [
          {
            path: `groundwork:hetzner.ingress.pools[${index}]`,
            message: `there is no pool "${name}"`,
            remedy: `name one of ${Object.keys(stage.pools).join(", ")}`,
          },
        ]
      : [],
  );
