import { address, addressAfter, cidr } from "../../lib/address.ts";
import { k3dAddresses } from "../../lib/k3d/config.ts";
import { own } from "../../lib/record.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import { nodesOn } from "../pools.ts";
import type { Rule } from "./rule.ts";

/** k3d makes its nodes itself, and nothing else can use them. */
export const k3dOnDocker: Rule = ({ stage }) => {
  const { distribution } = stage.cluster;
  return Object.entries(stage.pools).flatMap(([name, { machine, role }]): readonly Fault[] => {
    if (role === "docker-host" || (machine === "docker") === (distribution === "k3d")) return [];
    const path = formatPath(["pools", name, "machine"]);
    return distribution === "k3d"
      ? [{ path, message: `k3d makes containers, and pool ${name} is on ${machine}`, remedy: "write machine: docker" }]
      : [
          {
            path,
            message: `${distribution} cannot be put on the containers of pool ${name}`,
            remedy: "set distribution: k3d in groundwork:cluster",
          },
        ];
  });
};

/** k3d numbers its servers from 0 without a gap, all from one description. */
export const k3dServersInARow: Rule = ({ stage }) => {
  if (stage.cluster.distribution !== "k3d") return [];
  const pools = Object.entries(stage.pools).filter(([, { role }]) => role === "control-plane");
  return pools.flatMap(([name, pool], index): readonly Fault[] => [
    ...(index > 0
      ? [
          {
            path: formatPath(["pools", name, "role"]),
            message: `k3d makes its servers from one pool, and ${pools[0]?.[0]} has that role already`,
            remedy: `raise the count of ${pools[0]?.[0]} instead`,
          },
        ]
      : []),
    ...(pool.skip.length > 0
      ? [
          {
            path: formatPath(["pools", name, "skip"]),
            message: "k3d numbers its servers without a gap",
            remedy: "remove it",
          },
        ]
      : []),
    ...(pool.generation > 1 || Object.values(pool.nodes).some(({ generation }) => (generation ?? 1) > 1)
      ? [
          {
            path: formatPath(["pools", name]),
            message: "k3d cannot replace a server of a cluster",
            remedy: "remove generation; to begin anew, destroy the stack and make it again",
          },
        ]
      : []),
  ]);
};

/** Docker deals addresses out from the beginning: servers are put there, and their load balancer after them. */
export const k3dAddressesPossible: Rule = ({ stage, nodes }) => {
  if (stage.cluster.distribution !== "k3d") return [];
  const docker = nodesOn(nodes, "docker");
  const servers = docker.filter(({ role }) => role === "control-plane");
  const [first] = servers;
  const network = first === undefined ? undefined : own(stage.networks, first.network);
  if (first === undefined || network?.kind !== "docker") return [];
  const base = cidr(network.cidr).first;
  const place = address(first.pool.firstAddress) - base;
  if (place < 3 || place > 16) {
    return [
      {
        path: formatPath(["pools", first.poolName, "firstAddress"]),
        message: `Docker gives k3d's servers the lowest addresses of ${network.cidr}, not ${first.pool.firstAddress}`,
        remedy: `use ${addressAfter(network.cidr.split("/")[0] ?? "", 3)} to ${addressAfter(network.cidr.split("/")[0] ?? "", 16)}`,
      },
    ];
  }
  const { balancer } = k3dAddresses({
    subnet: network.cidr,
    firstServer: first.address,
    servers: servers.length,
  });
  const told = new Set<string>();
  return docker
    .filter(({ role, address: text }) => role === "worker" && address(text) <= address(balancer))
    .flatMap(({ poolName, name, address: text }): readonly Fault[] => {
      if (told.has(poolName)) return [];
      told.add(poolName);
      return [
        {
          path: formatPath(["pools", poolName, "firstAddress"]),
          message: `${text} (node ${name}) is needed by k3d, which has all up to ${balancer}, its load balancer's`,
          remedy: `begin the pool at ${addressAfter(balancer, 1)} or later`,
        },
      ];
    });
};

/** A port of the machine is opened once. */
export const k3dPortsOnce: Rule = ({ stage }) => {
  const { cluster } = stage;
  if (cluster.distribution !== "k3d") return [];
  const seen = new Map([[cluster.api.port, "the API"]]);
  return cluster.ports.flatMap(({ host, node }, index): readonly Fault[] => {
    const other = seen.get(host);
    seen.set(host, other ?? `node port ${node}`);
    return other === undefined
      ? []
      : [
          {
            path: formatPath(["cluster", "ports", index, "host"]),
            message: `port ${host} of the machine leads to ${other} and to node port ${node}`,
            remedy: "choose another port",
          },
        ];
  });
};

/** Containers are in no tailnet. */
export const k3dPrivate: Rule = ({ stage }) =>
  stage.cluster.distribution === "k3d" && stage.cluster.transport === "tailnet"
    ? [
        {
          path: "groundwork:cluster.transport",
          message: "containers of k3d join no tailnet",
          remedy: "set transport: private",
        },
      ]
    : [];
