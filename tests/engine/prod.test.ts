import { expect } from "vitest";
import { type Check, type Life, runSequence } from "./sequence.ts";
import { clusterOf, recordByHand, replacedOneByOne } from "./steps.ts";

const names = (pool: string, numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `prod-${pool}-${number}`);
const controlPlanes = names("cp", [1, 2, 3]);

const cluster = (workers: readonly number[]): Check => clusterOf(controlPlanes, names("worker", workers));

/** What the tailnet calls its devices. */
const devices = ({ world }: Life): readonly string[] =>
  world.tailscale.devices
    .list({ kind: "api-key" }, {})
    .map(({ name }) => name.replace(".example.ts.net", ""))
    .toSorted();

const ofNode = (name: string): readonly string[] =>
  ["", "-boot-key", "-host-key", "-host-key-install", "-join", "-member", "-tailnet-device", "-tailnet-key"].map(
    (role) => name + role,
  );

/** The first last: whoever is asked for the way into the cluster stays until the others have changed. */
const order = ["cp-2", "cp-3", "cp-1"];
const resized = order.flatMap((name) => [`update ${name}`, `update ${name}-member`]);
const replaced = replacedOneByOne(order, ["-member", "-join", "-tailnet-device", ""]);

runSequence({
  name: "prod",
  world: { otherVersions: { "cert-manager": ["v1.99.0"] } },
  established: ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"],
  made: cluster([1, 2, 3]),
  byHand: recordByHand,
  steps: [
    {
      title: "another worker touches nothing that is there",
      change: { pools: { worker: { count: 4 } } },
      expected: ofNode("worker-4").map((name) => `create ${name}`),
      afterwards: cluster([1, 2, 3, 4]),
    },
    {
      title: "a worker taken out by number leaves the cluster before its server goes, and the others keep their names",
      change: { pools: { worker: { count: 3, skip: [2] } } },
      expected: ofNode("worker-2").map((name) => `delete ${name}`),
      inOrder: ["delete worker-2-member", "delete worker-2"],
      drained: ["prod-worker-2"],
      afterwards: cluster([1, 3, 4]),
    },
    {
      title: "a DNS record more",
      change: { dns: { records: { "www.example.com": {} } } },
      expected: ["create www.example.com", "create www.example.com-aaaa"],
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { "cert-manager": { values: { replicaCount: 2 } } } },
      expected: ["update release/cert-manager"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { "cert-manager": { version: "v1.99.0" } } },
      expected: ["update release/cert-manager"],
    },
    {
      title: "what only new servers take touches none that is there",
      change: {
        pools: { cp: { image: "debian-13" }, worker: { image: "debian-13" } },
        cluster: { kubeletArgs: ["max-pods=200"] },
      },
      expected: [],
    },
    {
      title: "another server type is taken in place, one control plane after the other",
      change: { pools: { cp: { type: "cpx32" } } },
      expected: resized,
      inOrder: resized,
    },
    {
      title: "control planes are replaced one at a time, the first last, each drained before it goes",
      change: { pools: { cp: { generation: 2 } } },
      expected: [
        ...replaced,
        ...order.flatMap((name) =>
          ["boot-key", "tailnet-key", "host-key-install"].flatMap((role) => [
            `create-replacement ${name}-${role}`,
            `delete-replaced ${name}-${role}`,
          ]),
        ),
      ],
      inOrder: replaced,
      drained: order.map((name) => `prod-${name}`),
      afterwards: async (life) => {
        await cluster([1, 3, 4])(life);
        // One of each control plane that went, and none of the worker.
        expect(life.world.hosts.clusters()[0]?.snapshots).toBe(3);
      },
    },
    {
      title: "the tailnet keeps no device of a server that is gone",
      check: (life) =>
        expect(devices(life)).toEqual([...controlPlanes, "prod-main-gateway", ...names("worker", [1, 3, 4])]),
    },
    {
      title: "another k3s release is for the upgrade plans, and for the kubectl of their controller, alone",
      change: { cluster: { version: "v1.36.99+k3s1", sha256: { amd64: "1".repeat(64), arm64: "2".repeat(64) } } },
      expected: [
        ...["update plan/system-upgrade/k3s-agents", "update plan/system-upgrade/k3s-servers"],
        "update release/system-upgrade-controller",
      ],
    },
  ],
  destroyed: cluster([1, 3, 4]),
});
