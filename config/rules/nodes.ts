import type { Fault } from "../faults.ts";
import type { Rule } from "./rule.ts";

/** etcd's quorum is n/2 + 1: an even number of members bears no more losses than one fewer. Source: etcd.io, FAQ */
export const oddControlPlanes: Rule = ({ stage, nodes }) => {
  const count = nodes.filter(({ role }) => role === "control-plane").length;
  const names = Object.entries(stage.pools).flatMap(([name, pool]) => (pool.role === "control-plane" ? [name] : []));
  const path = names.length === 1 ? `groundwork:pools.${names[0]}.count` : "groundwork:pools";
  if (count === 0)
    return [
      {
        path: "groundwork:pools",
        message: "no pool has the role control-plane",
        remedy: "add a pool with role control-plane and count 1, 3 or 5",
      },
    ];
  if (count % 2 === 0)
    return [
      {
        path,
        message: `${count} control planes survive the loss of no more than ${count - 1} do, and need one more for a quorum`,
        remedy: `use ${count - 1} or ${count + 1}`,
      },
    ];
  if (count > 7)
    return [
      { path, message: `${count} control planes: etcd slows down with every member`, remedy: "use 3, 5 or at most 7" },
    ];
  return [];
};

/** A host name is one DNS label. */
export const hostnamesFit: Rule = ({ nodes }) => {
  const told = new Set<string>();
  return nodes.flatMap((node): readonly Fault[] => {
    if (node.hostname.length <= 63 || told.has(node.poolName)) return [];
    told.add(node.poolName);
    return [
      {
        path: `groundwork:pools.${node.poolName}`,
        message: `host name "${node.hostname}" has ${node.hostname.length} characters`,
        remedy: "shorten the cluster's or the pool's name: a host name has at most 63",
      },
    ];
  });
};

/** `a-1` with node 1 and `a` with ... `a-1-1` are one name. */
export const namesOnce: Rule = ({ nodes }) => {
  const seen = new Map<string, string>();
  return nodes.flatMap((node): readonly Fault[] => {
    const other = seen.get(node.name);
    seen.set(node.name, node.poolName);
    return other === undefined
      ? []
      : [
          {
            path: `groundwork:pools.${node.poolName}`,
            message: `node "${node.name}" is in pool ${other} and in pool ${node.poolName}`,
            remedy: "rename one of the pools",
          },
        ];
  });
};

export const overridesMeetNodes: Rule = ({ stage, nodes }) => {
  const names = new Set(nodes.map(({ name }) => name));
  return Object.entries(stage.pools).flatMap(([poolName, pool]) => [
    ...Object.keys(pool.nodes)
      .filter((number) => !names.has(`${poolName}-${number}`))
      .map(
        (number): Fault => ({
          path: `groundwork:pools.${poolName}.nodes.${number}`,
          message: `pool ${poolName} has no node ${number}`,
          remedy: "remove the entry, or raise the pool's count",
        }),
      ),
    ...pool.skip
      .filter((number) => number > pool.count + pool.skip.length)
      .map(
        (number): Fault => ({
          path: `groundwork:pools.${poolName}.skip`,
          message: `number ${number} is beyond the pool's nodes, so skipping it does nothing`,
          remedy: "remove it",
        }),
      ),
  ]);
};
