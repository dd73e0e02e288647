import { expect } from "vitest";
import { type Check, type Life, runSequence } from "./sequence.ts";
import { clusterOf, namespaceByHand, replacedOneByOne } from "./steps.ts";

// Desktops that stand, with Arch Linux: what is done to them is done by the scripts themselves.

const roles = ["-reach", "-tailnet-key", "-setup", "-reach-last", "-join", "-member"];
const ofHost = (name: string): readonly string[] => roles.map((role) => name + role);
const hostname = (name: string): string => `desktops-${name}`;
const workers = (...names: readonly string[]): readonly string[] => names.map(hostname);

/** What a host more says of itself. */
const more = (name: string, life: Life) => {
  const hostKey = life.world.hostKeys.get(name);
  const address = spare[name];
  return { hostKey, ...(address === undefined ? {} : { address }) };
};
const spare: Readonly<Record<string, string>> = { "cp-2": "192.168.1.18", "cp-3": "192.168.1.19" };
const newControlPlanes = { "2": { address: "192.168.1.18" }, "3": { address: "192.168.1.19" } };

const order = ["cp-2", "cp-3", "cp-1"];
const inHost = ["-member", "-join", "-reach-last", "-setup"];
const replaced = replacedOneByOne(order, inHost);
const anew = replacedOneByOne(["desk-2"], inHost);
const keys = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`create-replacement ${name}-tailnet-key`, `delete-replaced ${name}-tailnet-key`]);

/** Files of every host, less what stays on purpose: packages, the tailnet's, keys that may log in, what is mounted. */
const given = ({ world }: Life): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    world.machines
      .all()
      .map(({ spec, host }) => [
        spec.name,
        Object.entries(host.tree()).flatMap(([path, content]) =>
          /^(proc|root|var\/log)\//.test(path) ? [] : [`${path} ${content}`],
        ),
      ]),
  );
let untouched: ReturnType<typeof given>;

const controlPlanes = order.map(hostname);
const cluster = (members: readonly string[], ...others: readonly string[]): Check =>
  clusterOf(members, workers(...others));

runSequence({
  name: "desktops",
  world: {
    otherVersions: { loki: ["99.0.0"] },
    beside: { pools: { cp: { count: 3, nodes: newControlPlanes }, desk: { count: 3 } } },
  },
  previewed: (life) => {
    untouched = given(life);
  },
  established: ["cp-1", "db-1", "desk-1", "desk-2"],
  made: cluster([hostname("cp-1")], "db-1", "desk-1", "desk-2"),
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "another desktop touches nothing that is there",
      change: (life) => ({ pools: { desk: { count: 3, nodes: { "3": more("desk-3", life) } } } }),
      expected: ofHost("desk-3").map((name) => `create ${name}`),
      afterwards: cluster([hostname("cp-1")], "db-1", "desk-1", "desk-2", "desk-3"),
    },
    {
      title: "a desktop that is taken out leaves the cluster, then k3s leaves it",
      change: { pools: { desk: { count: 2, skip: [1], nodes: { "1": null } } } },
      expected: ofHost("desk-1").map((name) => `delete ${name}`),
      inOrder: ["delete desk-1-member", "delete desk-1-setup"],
      drained: workers("desk-1"),
      afterwards: async (life) => {
        await cluster([hostname("cp-1")], "db-1", "desk-2", "desk-3")(life);
        expect(given(life)[hostname("desk-1")]).toEqual(untouched[hostname("desk-1")]);
      },
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { loki: { values: { loki: { server: { log_level: "warn" } } } } } },
      expected: ["update release/loki"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { loki: { version: "99.0.0" } } },
      expected: ["update release/loki"],
    },
    {
      title: "what only new hosts take touches none that is set up",
      change: { pools: { desk: { packages: ["nfs-utils", "htop"] } }, cluster: { kubeletArgs: ["max-pods=200"] } },
      expected: [],
    },
    {
      title: "a desktop is set up anew",
      change: { pools: { desk: { nodes: { "2": { generation: 2 } } } } },
      expected: [...anew, ...keys(["desk-2"])],
      inOrder: anew,
      drained: workers("desk-2"),
      afterwards: cluster([hostname("cp-1")], "db-1", "desk-2", "desk-3"),
    },
    {
      title: "one control plane becomes three, and the cluster stays",
      change: (life) => ({
        pools: { cp: { count: 3, nodes: { "2": more("cp-2", life), "3": more("cp-3", life) } } },
      }),
      expected: [
        ...[...ofHost("cp-2"), ...ofHost("cp-3")].map((name) => `create ${name}`),
        // It is watched from another one now, and Prometheus is told where etcd is.
        "update cp-1-member",
        "update release/kube-prometheus-stack",
      ],
      inOrder: ["create cp-2-join", "create cp-2-member", "create cp-3-join", "create cp-3-member"],
      afterwards: cluster(controlPlanes, "db-1", "desk-2", "desk-3"),
    },
    {
      title: "control planes are set up anew one at a time, the first last, each drained before",
      change: { pools: { cp: { generation: 2 } } },
      expected: [...replaced, ...keys(order)],
      inOrder: replaced,
      drained: order.map(hostname),
      afterwards: cluster(controlPlanes, "db-1", "desk-2", "desk-3"),
    },
  ],
  destroyed: (life) => expect(given(life)).toEqual(untouched),
});
