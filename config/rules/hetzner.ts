import { locations, serverTypes } from "../../lib/hetzner/catalogue.ts";
import { locationIndex, location as locationOf, serverType as typeOf } from "../../lib/hetzner/nodes.ts";
import { own } from "../../lib/record.ts";
import { shown } from "../../lib/shown.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { instead, nearest, oneOf } from "../nearest.ts";
import { describe, nodesOn } from "../pools.ts";
import type { Rule, Subject } from "./rule.ts";

/** Something that stands in a location. */
interface Placed {
  /** Where its location is written. */
  readonly path: string;
  readonly what: string;
  readonly location: string;
  readonly network: string;
}

interface Server extends Placed {
  /** Where its type is written. */
  readonly typePath: string;
  readonly type: string;
}

function servers({ stage, machines }: Subject): readonly Server[] {
  const gateways = Object.entries(stage.networks).flatMap(([name, network]): readonly Server[] =>
    network.kind === "hetzner" && network.gateway !== undefined
      ? [
          {
            path: formatPath(["networks", name, "gateway", "location"]),
            typePath: formatPath(["networks", name, "gateway", "type"]),
            what: `the gateway of network ${name}`,
            type: network.gateway.type,
            location: network.gateway.location,
            network: name,
          },
        ]
      : [],
  );
  const made = nodesOn(machines, "hetzner").map((node): Server => {
    const own = node.pool.nodes[String(node.number)];
    const pool = ["pools", node.poolName];
    const single = [...pool, "nodes", String(node.number)];
    return {
      path: formatPath(
        own?.location === undefined
          ? [...pool, "locations", locationIndex(node.pool, node.number)]
          : [...single, "location"],
      ),
      typePath: formatPath([...(own?.type === undefined ? pool : single), "type"]),
      what: describe(node),
      type: typeOf(node),
      location: locationOf(node),
      network: node.network,
    };
  });
  return [...gateways, ...made];
}

function balancers({ stage }: Subject): readonly Placed[] {
  const endpoint = endpointOf(stage.cluster);
  const { ingress } = stage.hetzner;
  return [
    ...(endpoint?.kind === "load-balancer"
      ? [{ ...endpoint, path: formatPath(["cluster", "endpoint", "location"]), what: "the API's load balancer" }]
      : []),
    ...(ingress === undefined
      ? []
      : [{ ...ingress, path: formatPath(["hetzner", "ingress", "location"]), what: "the ingress load balancer" }]),
  ];
}

/** The first of those that say the same of the same place in the stack file. */
function each<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  return [...Map.groupBy(items, key).values()].flatMap((same) => same.slice(0, 1));
}

/** A location lies in one zone, and everything in a network in the network's. */
export const locationsInZone: Rule = (subject) =>
  each([...servers(subject), ...balancers(subject)], ({ path }) => path).flatMap(
    ({ path, what, location, network }): readonly Fault[] => {
      const zone = own(locations, location)?.zone;
      const there = own(subject.stage.networks, network);
      if (zone === undefined)
        return [
          {
            path,
            message: `Hetzner has no location ${shown(location)} (${what})`,
            remedy: instead(location, Object.keys(locations)),
          },
        ];
      if (there?.kind !== "hetzner" || there.zone === zone) return [];
      const inside = Object.entries(locations).flatMap(([name, other]) => (other.zone === there.zone ? [name] : []));
      return [
        {
          path,
          message: `location ${location} (${what}) lies in zone ${zone}, network ${network} in ${there.zone}`,
          remedy: `choose ${oneOf(inside)}, or another network`,
        },
      ];
    },
  );

/** What is withdrawn or never was sold there. What is only sold out is for the rehearsal to say: it may be running. */
export const serverTypesThere: Rule = (subject) =>
  each(servers(subject), ({ typePath, type, location }) =>
    own(serverTypes, type) === undefined ? typePath : `${typePath} ${location}`,
  ).flatMap(({ typePath: path, what, type, location }): readonly Fault[] => {
    const known = own(serverTypes, type);
    if (known === undefined)
      return [
        {
          path,
          message: `Hetzner has no server type ${shown(type)} (${what})`,
          remedy:
            nearest(type, Object.keys(serverTypes)) === undefined
              ? `write ${oneOf(sold(location))}`
              : instead(type, Object.keys(serverTypes)),
        },
      ];
    // A location that there is none of is said where it is written.
    if (own(locations, location) === undefined || own(known.locations, location)?.offered === true) return [];
    return [
      {
        path,
        message: `server type ${type} is not sold in ${location} (${what})`,
        remedy: replacement(type, location),
      },
    ];
  });

/** Types that can be had in a location; anywhere when there is no such location. */
const sold = (location: string): readonly string[] =>
  Object.entries(serverTypes)
    .filter(([, type]) => own(locations, location) === undefined || own(type.locations, location)?.available === true)
    .map(([name]) => name);

/** Locations that offer a type, and types as large that a location offers. */
function replacement(type: string, location: string): string {
  const wanted = own(serverTypes, type);
  const offers = Object.entries(wanted?.locations ?? {}).flatMap(([name, { offered }]) => (offered ? [name] : []));
  const others = Object.entries(serverTypes)
    .filter(
      ([, other]) =>
        wanted !== undefined &&
        own(other.locations, location)?.available === true &&
        other.architecture === wanted.architecture &&
        other.cores >= wanted.cores &&
        other.memory >= wanted.memory,
    )
    .map(([name]) => name)
    .slice(0, 3);
  return (
    [
      ...(others.length > 0 ? [`take ${oneOf(others)}`] : []),
      ...(offers.length > 0 ? [`choose ${oneOf(offers)}`] : []),
    ].join(", or ") || "take another type"
  );
}

/** Source of the limit: docs.hetzner.com/cloud/networks/faq (100 attached resources a network). */
const attachments = 100;

export const networksHold: Rule = ({ stage, machines }) =>
  Object.entries(stage.networks).flatMap(([name, network]): readonly Fault[] => {
    if (network.kind !== "hetzner") return [];
    const endpoint = endpointOf(stage.cluster);
    const balancing = [
      endpoint?.kind === "load-balancer" ? endpoint.network : undefined,
      stage.hetzner.ingress?.network,
    ].filter((used) => used === name).length;
    const servers = machines.filter((node) => node.network === name).length + (network.gateway === undefined ? 0 : 1);
    const count = servers + balancing;
    return count <= attachments
      ? []
      : [
          {
            path: formatPath(["networks", name]),
            message: `${count} servers and load balancers in one network; Hetzner attaches ${attachments} at most`,
            remedy: "put pools in several networks, with groundwork:cluster.transport: tailnet",
          },
        ];
  });

export const gatewaysThere: Rule = ({ stage }) =>
  Object.entries(stage.networks).flatMap(([name, network]): readonly Fault[] => {
    if (network.kind !== "hetzner") return [];
    const path = formatPath(["networks", name, "gateway"]);
    if (network.egress === "gateway" && network.gateway === undefined)
      return [
        {
          path,
          message: "is missing: nodes without public addresses have no way out",
          remedy: "describe the gateway, or set egress: public",
        },
      ];
    if (network.egress === "public" && network.gateway !== undefined)
      return [
        {
          path,
          message: "nodes with public addresses need no gateway",
          remedy: "remove it, or set egress: gateway",
        },
      ];
    return [];
  });
