import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Check, type Life, runSequence } from "./sequence.ts";
import { namespaceByHand, replacedOneByOne } from "./steps.ts";

const names = (pool: string, numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `metal-${pool}-${number}`);

/** The machines of one cluster, all of one release; whoever is not in it waits in maintenance mode. */
const clusterOf =
  (hostnames: readonly string[], release: string): Check =>
  ({ world }) => {
    const configured = (world.talos?.machines.all() ?? []).flatMap(({ configuration, installed }) =>
      configuration === undefined ? [] : [`${configuration.hostname} ${installed?.split(":").at(-1)}`],
    );
    expect(configured.toSorted()).toEqual(hostnames.map((name) => `${name} ${release}`));
    // One control plane started the cluster, and nobody ever again: a second time would be a second cluster.
    expect(world.talos?.calls.filter((call) => call.endsWith(" bootstrap"))).toHaveLength(1);
  };

/** etcd's snapshots, which the steps keep for whoever runs them. */
const snapshots = ({ stack }: Life): readonly string[] =>
  readdirSync(join(stack.surroundings().env.XDG_STATE_HOME ?? "", "groundwork/etcd")).map(
    (file) => /^before-(.*)-left-/.exec(file)?.[1] ?? file,
  );

const [older, newer] = ["v1.13.9", "v1.13.10"];
const controlPlanes = names("cp", [1, 2, 3]);
/** The first last: whoever is asked for the way into the cluster stays until the others have changed. */
const order = ["cp-2", "cp-3", "cp-1"];
const inPlace = order.flatMap((name) => [`update ${name}-apply`, `update ${name}-member`]);
const replaced = replacedOneByOne(order, ["-member", "-apply"]);
/** What is told of nodes: Smokeping pings each, Prometheus asks each etcd, Ceph takes each disk. */
const pinged = [
  ...["create-replacement", "delete-replaced"].map((half) => `${half} configmap/smokeping/smokeping`),
  "update deployment/smokeping/smokeping",
];
const toldOfControlPlanes = [...pinged, "update release/kube-prometheus-stack", "update release/rook-ceph-cluster"];
const ofNode = (name: string): readonly string[] => [`${name}-apply`, `${name}-member`];

runSequence({
  name: "talos-metal",
  world: { otherVersions: { headlamp: ["0.99.0"] } },
  previewed: ({ world }) => expect(world.talos?.calls).toEqual([]),
  established: ["cp-1", "cp-2", "cp-3"],
  made: clusterOf(controlPlanes, older),
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "another worker touches no node that is there",
      change: {
        pools: {
          worker: {
            ...{ machine: "talos", role: "worker", count: 1, firstAddress: "10.42.0.151" },
            disk: { device: "/dev/sda" },
          },
        },
      },
      expected: [...ofNode("worker-1").map((name) => `create ${name}`), ...pinged],
      afterwards: clusterOf([...controlPlanes, "metal-worker-1"], older),
    },
    {
      title: "a worker that goes is drained, and its machine is given back",
      change: { pools: { worker: null } },
      expected: [...ofNode("worker-1").map((name) => `delete ${name}`), ...pinged],
      inOrder: ["delete worker-1-member", "delete worker-1-apply"],
      drained: ["metal-worker-1"],
      afterwards: clusterOf(controlPlanes, older),
    },
    {
      title: "three control planes become five without a new cluster",
      change: { pools: { cp: { count: 5 } } },
      expected: [...["cp-4", "cp-5"].flatMap(ofNode).map((name) => `create ${name}`), ...toldOfControlPlanes],
      inOrder: ["cp-4", "cp-5"].flatMap(ofNode).map((name) => `create ${name}`),
      afterwards: clusterOf(names("cp", [1, 2, 3, 4, 5]), older),
    },
    {
      title: "and three again, one after the other",
      change: { pools: { cp: { count: 3 } } },
      expected: [
        ...["cp-5", "cp-4"].flatMap((name) => [`delete ${name}-member`, `delete ${name}-apply`]),
        ...toldOfControlPlanes,
      ],
      inOrder: ["cp-5", "cp-4"].flatMap((name) => [`delete ${name}-member`, `delete ${name}-apply`]),
      drained: names("cp", [5, 4]),
      afterwards: clusterOf(controlPlanes, older),
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { headlamp: { values: { replicaCount: 2 } } } },
      expected: ["update release/headlamp"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { headlamp: { version: "0.99.0" } } },
      expected: ["update release/headlamp"],
    },
    {
      title: "a changed configuration is applied in place, one control plane after the other",
      change: { cluster: { kubeletArgs: ["max-pods=200"] } },
      expected: inPlace,
      inOrder: inPlace,
      afterwards: clusterOf(controlPlanes, older),
    },
    {
      title: "another release of Talos upgrades one control plane after the other, each drained",
      change: { cluster: { version: newer } },
      expected: inPlace,
      inOrder: inPlace,
      drained: order.map((name) => `metal-${name}`),
      afterwards: clusterOf(controlPlanes, newer),
    },
    {
      title: "another release of Kubernetes is a configuration in place, and touches nothing on the cluster",
      change: { cluster: { kubernetes: "v1.36.99" } },
      expected: inPlace,
      inOrder: inPlace,
      afterwards: clusterOf(controlPlanes, newer),
    },
    {
      title: "control planes are replaced one at a time, the first last, each drained before it goes",
      change: { pools: { cp: { generation: 2 } } },
      expected: replaced,
      inOrder: replaced,
      drained: order.map((name) => `metal-${name}`),
      afterwards: async (life) => {
        await clusterOf(controlPlanes, newer)(life);
        // One of each control plane that ever left, and none of the worker.
        expect(snapshots(life).toSorted()).toEqual(names("cp", [1, 2, 3, 4, 5]));
      },
    },
  ],
  // What a machine outlives it does not keep.
  destroyed: clusterOf([], newer),
});
