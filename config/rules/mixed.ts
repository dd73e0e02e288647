import { address, cidr, contains, parseAddress } from "../../lib/address.ts";
import { own } from "../../lib/record.ts";
import { listed } from "../../lib/words.ts";
import { endpointOf } from "../cluster.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { networkMtu } from "../network.ts";
import type { Rule } from "./rule.ts";

/**
 * etcd's members talk to each other all the time. Agents may be in several networks, servers may not.
 * Source: docs.k3s.io/networking/distributed-multicloud
 */
export const controlPlanesTogether: Rule = ({ stage, nodes }) => {
  if (stage.cluster.transport !== "tailnet") return [];
  const [first, ...others] = nodes.filter(({ role }) => role === "control-plane");
  const stray = others.find(({ network }) => network !== first?.network);
  return first === undefined || stray === undefined
    ? []
    : [
        {
          path: formatPath(["pools", stray.poolName, "network"]),
          message: `control plane ${stray.name} is in network ${stray.network}, and ${first.name} in ${first.network}: etcd's members have to be close to each other`,
          remedy: `put all control planes in one network; workers may be in any`,
        },
      ];
};

/** Where the API's endpoint is: in one of the stage's networks, or where everybody gets to. */
function endpointNetwork({
  stage,
}: Parameters<Rule>[0]): { readonly at: string; readonly network: string } | undefined {
  const endpoint = endpointOf(stage.cluster);
  switch (endpoint?.kind) {
    case "load-balancer":
      return endpoint.public ? undefined : { at: endpoint.address, network: endpoint.network };
    case "address": {
      if (parseAddress(endpoint.host) === undefined) return undefined;
      const at = { first: address(endpoint.host), last: address(endpoint.host) };
      const inside = Object.entries(stage.networks).find(([, { cidr: range }]) => contains(cidr(range), at));
      return inside === undefined ? undefined : { at: endpoint.host, network: inside[0] };
    }
    case "vip":
    case undefined:
      return undefined;
    default:
      return endpoint satisfies never;
  }
}

/** A node joins through the endpoint, and asks there for the other servers' addresses. */
export const endpointReached: Rule = (subject) => {
  const { stage, nodes } = subject;
  const found = endpointNetwork(subject);
  if (stage.cluster.transport !== "tailnet" || found === undefined) return [];
  const outside = [
    ...new Set(nodes.filter(({ network }) => network !== found.network).map(({ poolName }) => poolName)),
  ];
  const balanced = endpointOf(stage.cluster)?.kind === "load-balancer";
  return outside.length === 0
    ? []
    : [
        {
          path: `groundwork:cluster.endpoint.${balanced ? "public" : "host"}`,
          message: `pools ${listed(outside, "and")} are outside network ${found.network} and do not reach the API at ${found.at}`,
          remedy: balanced ? "set public: true" : "write a name or an address that is reached from every network",
        },
      ];
};

/** Packets that one node sends and another does not take are lost without a word: flannel goes by each node's own interface. */
export const packetsFit: Rule = ({ stage }) => {
  const { cilium } = stage.platform as { readonly cilium?: { readonly mtu?: number } };
  if (cilium?.mtu === undefined || stage.cluster.transport === "tailnet") return [];
  const names = [...new Set(Object.values(stage.pools).map(({ network }) => network))];
  return names.flatMap((name): readonly Fault[] => {
    const network = own(stage.networks, name);
    const carried = network === undefined ? undefined : networkMtu(network);
    return carried === undefined || cilium.mtu === undefined || cilium.mtu <= carried
      ? []
      : [
          {
            path: "groundwork:platform.cilium.mtu",
            message: `${cilium.mtu} bytes, and network ${name} carries ${carried}: larger packets would be lost without a word`,
            remedy: `leave it out, or write at most ${carried}`,
          },
        ];
  });
};
