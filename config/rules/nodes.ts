import { kubeletMaySet } from "../../lib/labels.ts";
import type { Fault } from "../faults.ts";
import { formatPath } from "../issues.ts";
import type { Rule } from "./rule.ts";

/** etcd's quorum is n/2 + 1: an even number of members bears no more losses than one fewer. Source: etcd.io, FAQ */
export const oddControlPlanes: Rule = ({ stage, nodes }) => {
  const count = nodes.filter(({ role }) => role === "control-plane").length;
  const names = Object.entries(stage.pools).flatMap(([name, pool]) => (pool.role === "control-plane" ? [name] : []));
  const [only, ...others] = names;
  const path = only !== undefined && others.length === 0 ? formatPath(["pools", only, "count"]) : "groundwork:pools";
  if (count === 0)
    return [
      {
        path,
        message: "no pool has the role control-plane",
        remedy: "add a pool with role: control-plane and count: 1, 3 or 5",
      },
    ];
  if (count === 2)
    return [{ path, message: "2 control planes: when either fails, etcd has no quorum left", remedy: "use 1 or 3" }];
  if (count % 2 === 0)
    return [
      {
        path,
        message: `an even number of control planes: ${count} keep a quorum through the loss of ${count / 2 - 1}, as ${count - 1} do`,
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
export const hostnamesFit: Rule = ({ machines }) =>
  [...Map.groupBy(machines, ({ poolName }) => poolName)].flatMap(([pool, own]): readonly Fault[] => {
    const long = own.find(({ hostname }) => hostname.length > 63);
    return long === undefined
      ? []
      : [
          {
            path: formatPath(["pools", pool]),
            message: `host name "${long.hostname}" has ${long.hostname.length} characters, and at most 63 are possible`,
            remedy: "shorten the cluster's or the pool's name",
          },
        ];
  });

export const overridesMeetNodes: Rule = ({ stage, machines }) =>
  Object.entries(stage.pools).flatMap(([name, pool]) => {
    const numbers = machines.filter(({ poolName }) => poolName === name).map(({ number }) => number);
    const last = Math.max(...numbers);
    return [
      ...Object.keys(pool.nodes)
        .filter((number) => !numbers.includes(Number(number)))
        .map(
          (number): Fault => ({
            path: formatPath(["pools", name, "nodes", number]),
            message: `pool ${name} has no node ${number}`,
            remedy: pool.skip.includes(Number(number))
              ? "remove the entry: the number is skipped"
              : "remove the entry, or raise the pool's count",
          }),
        ),
      ...pool.skip.flatMap((number, index): readonly Fault[] =>
        number > last
          ? [
              {
                path: formatPath(["pools", name, "skip", index]),
                message: `pool ${name} ends at node ${last}, so skipping ${number} does nothing`,
                remedy: "remove it",
              },
            ]
          : [],
      ),
    ];
  });

/** A kubelet that is given one of Kubernetes' own labels exits, and its node never joins. */
export const labelsAllowed: Rule = ({ stage }) => {
  const places = [
    { path: ["cluster", "nodeLabels"], labels: stage.cluster.nodeLabels },
    ...Object.entries(stage.pools).flatMap(([name, pool]) => [
      { path: ["pools", name, "labels"], labels: pool.labels },
      ...Object.entries(pool.nodes).map(([number, { labels }]) => ({
        path: ["pools", name, "nodes", number, "labels"],
        labels,
      })),
    ]),
  ];
  return places.flatMap(({ path, labels }) =>
    Object.keys(labels)
      .filter((key) => !kubeletMaySet(key))
      .map((key) => ({
        path: formatPath([...path, key]),
        message: `Kubernetes lets no node give itself the label ${key}`,
        remedy: "use a prefix of your own, such as example.com/, or none",
      })),
  );
};
