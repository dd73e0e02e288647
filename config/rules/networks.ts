import { cidr, contains, overlaps } from "../../lib/address.ts";
import { own } from "../../lib/record.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { machineKind } from "../machines.ts";
import { instead, oneOf } from "../nearest.ts";

import { subnets } from "./holders.ts";
import type { Rule, Subject } from "./rule.ts";

interface Network {
  /** Absent: nobody's to change. */
  readonly path?: string;
  readonly what: string;
  readonly cidr: string;
}

/** Networks that must not overlap: the tailnet's, every private one, and the cluster's own. */
function networks({ stage }: Subject): readonly Network[] {
  return [
    // Source: tailscale.com/docs/concepts/tailscale-ip-addresses
    ...(stage.tailscale === undefined ? [] : [{ what: "the tailnet", cidr: "100.64.0.0/10" }]),
    ...Object.entries(stage.networks).map(([name, network]) => ({
      path: formatPath(["networks", name, "cidr"]),
      what: `network ${name}`,
      cidr: network.cidr,
    })),
    { path: "groundwork:cluster.podCidr", what: "the pods' network", cidr: stage.cluster.podCidr },
    { path: "groundwork:cluster.serviceCidr", what: "the services' network", cidr: stage.cluster.serviceCidr },
  ];
}

/** Every pair once, the later one first: it is the one to change. */
function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((later, index) => items.slice(0, index).map((earlier) => [later, earlier] as const));
}

export const networksApart: Rule = (subject) =>
  pairs(networks(subject)).flatMap(([later, earlier]): readonly Fault[] =>
    later.path !== undefined && overlaps(cidr(later.cidr), cidr(earlier.cidr))
      ? [
          {
            path: later.path,
            message: `${later.cidr} (${later.what}) overlaps ${earlier.cidr} (${earlier.what})`,
            remedy: "choose ranges that share no address",
          },
        ]
      : [],
  );

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
      remedy: "give both one subnet, or two that share no address",
    }));

export const subnetsInside: Rule = (subject) =>
  subnets(subject).flatMap(({ path, what, network: name, cidr: range }): readonly Fault[] => {
    const network = own(subject.stage.networks, name);
    return network === undefined || contains(cidr(network.cidr), cidr(range))
      ? []
      : [
          {
            path,
            message: `${range} (${what}) is not inside ${network.cidr} (network ${name})`,
            remedy: `choose a part of ${network.cidr}`,
          },
        ];
  });

/** Pools and load balancers name the network that they are in, which is of a kind that takes them. */
export const networksThere: Rule = ({ stage }) => {
  const endpoint = endpointOf(stage.cluster);
  const { ingress } = stage.hetzner;
  const named = [
    ...Object.entries(stage.pools).map(([name, { machine, network }]) => ({
      path: ["pools", name, "network"],
      network,
      machine,
    })),
    ...(endpoint?.kind === "load-balancer"
      ? [{ path: ["cluster", "endpoint", "network"], network: endpoint.network, machine: "hetzner" as const }]
      : []),
    ...(ingress === undefined
      ? []
      : [{ path: ["hetzner", "ingress", "network"], network: ingress.network, machine: "hetzner" as const }]),
  ];
  const names = Object.keys(stage.networks);
  return named.flatMap(({ path, network, machine }): readonly Fault[] => {
    const found = own(stage.networks, network);
    if (found === undefined)
      return [
        {
          path: formatPath(path),
          message: `there is no network "${network}"`,
          remedy: names.length > 0 ? instead(network, names) : "add it to groundwork:networks",
        },
      ];
    const { networks: kinds, elsewhere } = machineKind(machine);
    if (kinds.includes(found.kind)) return [];
    const fitting = Object.entries(stage.networks).flatMap(([name, { kind }]) => (kinds.includes(kind) ? [name] : []));
    return [
      {
        path: formatPath(path),
        message: `network ${network} is of kind ${found.kind}: ${elsewhere}`,
        remedy: fitting.length > 0 ? `write ${oneOf(fitting)}` : `add one of kind ${oneOf(kinds)}`,
      },
    ];
  });
};

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Source of both limits: docs.hetzner.cloud/reference/cloud#networks */
export const hetznerRanges: Rule = (subject) => {
  const hetzner = Object.entries(subject.stage.networks).filter(([, { kind }]) => kind === "hetzner");
  const wide = hetzner.flatMap(([name, network]): readonly Fault[] => {
    const range = cidr(network.cidr);
    const path = formatPath(["networks", name, "cidr"]);
    if (!privateRanges.some((private_) => contains(cidr(private_), range)))
      return [
        {
          path,
          message: `${network.cidr} is in no private range, and Hetzner takes no other`,
          remedy: `choose a part of ${oneOf(privateRanges)}`,
        },
      ];
    return range.prefix <= 24
      ? []
      : [
          {
            path,
            message: `${network.cidr} is smaller than Hetzner's smallest network`,
            remedy: "use a /24 or larger",
          },
        ];
  });
  const narrow = subnets(subject)
    .filter(({ cidr: range }) => cidr(range).prefix > 30)
    .map(({ path, what, cidr: range }) => ({
      path,
      message: `${range} (${what}) is smaller than Hetzner's smallest subnet`,
      remedy: "use a /30 or larger",
    }));
  return [...wide, ...narrow];
};

/** Addresses of pods on one node: a /24. Source: kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager */
const podsOfNode = 24;

/** A node that finds no part of the pods' network left never becomes ready. */
export const podsFit: Rule = ({ stage, nodes }) => {
  const { podCidr } = stage.cluster;
  const { prefix } = cidr(podCidr);
  const room = prefix > podsOfNode ? 0 : 2 ** (podsOfNode - prefix);
  const due = podsOfNode - Math.ceil(Math.log2(Math.max(1, nodes.length)));
  return nodes.length <= room
    ? []
    : [
        {
          path: "groundwork:cluster.podCidr",
          message: `${podCidr} has room for ${room} nodes with a /${podsOfNode} each; the stage has ${nodes.length}`,
          remedy: `use a /${due} or larger`,
        },
      ];
};

/**
 * The API server takes no larger range than a /12 (kubernetes/kubernetes, cmd/kube-apiserver/app/options/validation.go),
 * and the cluster's DNS has the eleventh address of it.
 */
export const servicesFit: Rule = ({ stage }) => {
  const { serviceCidr } = stage.cluster;
  const { prefix } = cidr(serviceCidr);
  return prefix >= 12 && prefix <= 28
    ? []
    : [
        {
          path: "groundwork:cluster.serviceCidr",
          message: `${serviceCidr} is too ${prefix < 12 ? "large" : "small"} for services`,
          remedy: "use a /12 to /28; a /16 is usual",
        },
      ];
};
