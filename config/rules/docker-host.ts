import { dockerHostOf } from "../docker-host.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import type { Pool } from "../pools.ts";
import type { Stage } from "../stage.ts";
import type { Rule } from "./rule.ts";

/** Pools of Docker hosts, by name. */
const hostPools = ({ pools }: Stage): readonly (readonly [string, Pool])[] =>
  Object.entries(pools).filter(([, { role }]) => role === "docker-host");

const rolePath = (pool: string): string => formatPath(["pools", pool, "role"]);

/** Only k3d makes nodes in a Docker that is somewhere. */
export const dockerHostForK3d: Rule = ({ stage }) =>
  stage.cluster.distribution === "k3d"
    ? []
    : hostPools(stage).map(([name]) => ({
        path: rolePath(name),
        message: `pool ${name} runs Docker for the nodes of k3d, and the cluster's nodes are machines of their own`,
        remedy: "set distribution: k3d in groundwork:cluster, or make it role: worker",
      }));

/** All containers of a cluster are in one Docker network, which is on one machine. */
export const oneDockerHost: Rule = ({ stage }) => {
  const pools = hostPools(stage);
  const [first] = pools;
  return pools.flatMap(([name, { count }], index): readonly Fault[] => {
    if (index > 0)
      return [
        {
          path: rolePath(name),
          message: `a cluster of k3d is on one Docker host, and pool ${first?.[0]} is that already`,
          remedy: "remove the pool",
        },
      ];
    return count === 1
      ? []
      : [
          {
            path: formatPath(["pools", name, "count"]),
            message: `${count} Docker hosts: a cluster of k3d is on one`,
            remedy: "use 1",
          },
        ];
  });
};

/** It boots a document that installs Docker. */
export const dockerHostBoots: Rule = ({ stage }) =>
  hostPools(stage).flatMap(([name, pool]): readonly Fault[] => {
    if (pool.machine === "docker")
      return [
        {
          path: formatPath(["pools", name, "machine"]),
          message: `pool ${name} is a container, and the Docker that containers are in needs a machine`,
          remedy: "name another kind of machine; without the pool, Docker is that of the machine that runs the program",
        },
      ];
    return pool.machine === "metal" && pool.os === "nixos"
      ? [
          {
            path: formatPath(["pools", name, "os"]),
            message: "NixOS takes Docker from its own configuration, and no package is put on it",
            remedy: "use a host with Debian or Arch",
          },
        ]
      : [];
  });

/** What is said of Kubernetes nodes means nothing to it. */
export const dockerHostNoNode: Rule = ({ stage }) =>
  hostPools(stage).flatMap(([name, pool]): readonly Fault[] => {
    const places = [
      { path: ["pools", name], labels: pool.labels },
      ...Object.entries(pool.nodes).map(([number, { labels }]) => ({ path: ["pools", name, "nodes", number], labels })),
    ];
    const unused = (path: readonly string[], what: string): Fault => ({
      path: formatPath(path),
      message: `a Docker host is no Kubernetes node, and has no ${what}`,
      remedy: `remove them, or give them to the pools of nodes`,
    });
    return [
      ...places.flatMap(({ path, labels }) =>
        Object.keys(labels).length > 0 ? [unused([...path, "labels"], "labels")] : [],
      ),
      ...(pool.taints.length > 0 ? [unused(["pools", name, "taints"], "taints")] : []),
    ];
  });

/** The cluster is on its disk: a new machine would have none, and what the program has put into it would be missing. */
export const dockerHostKept: Rule = ({ stage }) =>
  hostPools(stage).flatMap(([name, pool]): readonly Fault[] =>
    pool.generation > 1 || Object.values(pool.nodes).some(({ generation }) => (generation ?? 1) > 1)
      ? [
          {
            path: formatPath(["pools", name]),
            message: "the whole cluster is on its Docker host, and would go with it",
            remedy: "remove generation; to begin anew, destroy the stack and make it again",
          },
        ]
      : [],
  );

/** The API's port is opened on the machine itself, at the address that it has in its network. */
export const apiOnDockerHost: Rule = ({ stage }) => {
  const { cluster } = stage;
  const host = dockerHostOf(stage);
  if (cluster.distribution !== "k3d" || host === undefined) return [];
  const { address } = cluster.api;
  return address === undefined || address === host.address
    ? []
    : [
        {
          path: "groundwork:cluster.api.address",
          message: `${address} is no address of Docker host ${host.name}, which has ${host.address}`,
          remedy: "remove it: the API answers at the Docker host's address",
        },
      ];
};

/** Whoever runs the program talks to the API at the Docker host's private address. */
export const dockerHostReached: Rule = ({ stage }) => {
  const { via } = stage.access;
  const host = dockerHostOf(stage);
  // Other kinds of machine have said so of themselves.
  return host?.pool.machine === "hetzner" && (via === "gateway" || via === "public")
    ? [
        {
          path: "groundwork:access.via",
          message: `the API answers at ${host.address}, the private address of Docker host ${host.name}, which access via ${via} does not reach`,
          remedy: "choose tailnet",
        },
      ]
    : [];
};

/** Its SSH daemon, which the program itself comes in by. */
export const sshPortFree: Rule = ({ stage }) => {
  const { cluster } = stage;
  const host = dockerHostOf(stage);
  if (cluster.distribution !== "k3d" || host === undefined) return [];
  const places = [
    { path: ["cluster", "api", "port"], port: cluster.api.port },
    ...cluster.ports.map(({ host: port }, index) => ({ path: ["cluster", "ports", index, "host"], port })),
  ];
  return places
    .filter(({ port }) => port === 22)
    .map(({ path }) => ({
      path: formatPath(path),
      message: `port 22 of Docker host ${host.name} is its SSH daemon's`,
      remedy: "choose another port",
    }));
};

/** Containers have their addresses inside the Docker host: from elsewhere, names have to lead to the host itself. */
export const namesLeadToDockerHost: Rule = ({ stage }) => {
  const { dns } = stage;
  const host = dockerHostOf(stage);
  if (dns === undefined || host === undefined) return [];
  const places = [
    { path: ["dns", "target", "pool"], target: dns.target },
    ...Object.entries(dns.records).map(([name, { target }]) => ({
      path: ["dns", "records", name, "target", "pool"],
      target: target ?? ("ingress" as const),
    })),
  ];
  return places.flatMap(({ path, target }): readonly Fault[] => {
    if (target === "ingress" || !("pool" in target)) return [];
    const pool = stage.pools[target.pool];
    return pool?.machine === "docker"
      ? [
          {
            path: formatPath(path),
            message: `the containers of pool ${target.pool} have addresses that exist on Docker host ${host.name} alone`,
            remedy: `write ${host.poolName}: the ports of the cluster are open there`,
          },
        ]
      : [];
  });
};
