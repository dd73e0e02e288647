import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "vitest";
import { type Check, runSequence } from "./sequence.ts";
import { clusterOf, namespaceByHand, replacedOneByOne } from "./steps.ts";

// Control planes at Hetzner, workers on Proxmox VE and on desktops that stand: one cluster, over the tailnet.

const hostnames = (pool: string, numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `mixed-${pool}-${number}`);
const controlPlanes = hostnames("cp", [1, 2, 3]);

/** One cluster of these workers, whose Nodes are known by their addresses in the tailnet. */
const cluster =
  (...workers: readonly string[]): Check =>
  async (life) => {
    await clusterOf(controlPlanes, workers)(life);
    const { items } = await life.world.kube.config.makeApiClient(CoreV1Api).listNode();
    const addresses = items.map(({ metadata, status }) => [
      metadata?.name,
      status?.addresses?.find(({ type }) => type === "InternalIP")?.address?.split(".")[0],
    ]);
    expect(Object.fromEntries(addresses)).toEqual(
      Object.fromEntries([...controlPlanes, ...workers].map((name) => [name, "100"])),
    );
  };

const ofVm = (name: string): readonly string[] =>
  [
    ...["", "-boot-key", "-host-key", "-host-key-install", "-join", "-member"],
    ...["-tailnet-device", "-tailnet-key", "-user-data"],
  ].map((role) => name + role);
const ofDesktop = (name: string): readonly string[] =>
  ["-reach", "-tailnet-key", "-setup", "-reach-last", "-join", "-member"].map((role) => name + role);

const order = ["cp-2", "cp-3", "cp-1"];
const resized = order.flatMap((name) => [`update ${name}`, `update ${name}-member`]);
const replaced = replacedOneByOne(order, ["-member", "-join", "-tailnet-device", ""]);
const anew = replacedOneByOne(["desk-2"], ["-member", "-join", "-reach-last", "-setup"]);
const beside = (name: string, roles: readonly string[]): readonly string[] =>
  roles.flatMap((role) => [`create-replacement ${name}-${role}`, `delete-replaced ${name}-${role}`]);

runSequence({
  name: "mixed",
  world: { otherVersions: { longhorn: ["1.99.0"] } },
  established: ["cp-1", "cp-2", "cp-3", "desk-1", "desk-2", "vm-1", "vm-2"],
  made: cluster(...hostnames("desk", [1, 2]), ...hostnames("vm", [1, 2])),
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "another virtual machine touches nothing that is there",
      change: { pools: { vm: { count: 3 } } },
      expected: ofVm("vm-3").map((name) => `create ${name}`),
      afterwards: cluster(...hostnames("desk", [1, 2]), ...hostnames("vm", [1, 2, 3])),
    },
    {
      title: "it goes, out of the cluster before its machine",
      change: { pools: { vm: { count: 2 } } },
      expected: ofVm("vm-3").map((name) => `delete ${name}`),
      inOrder: ["delete vm-3-member", "delete vm-3"],
      drained: ["mixed-vm-3"],
      afterwards: cluster(...hostnames("desk", [1, 2]), ...hostnames("vm", [1, 2])),
    },
    {
      title: "a desktop that is taken out leaves the cluster, then k3s leaves it",
      change: { pools: { desk: { count: 1, skip: [1], nodes: { "1": null } } } },
      expected: ofDesktop("desk-1").map((name) => `delete ${name}`),
      inOrder: ["delete desk-1-member", "delete desk-1-setup"],
      drained: ["mixed-desk-1"],
      afterwards: cluster("mixed-desk-2", ...hostnames("vm", [1, 2])),
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { longhorn: { values: { longhornUI: { replicas: 1 } } } } },
      expected: ["update release/longhorn"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { longhorn: { version: "1.99.0" } } },
      expected: ["update release/longhorn"],
    },
    {
      title: "what only new machines take touches none that is there",
      change: { pools: { cp: { image: "debian-13" } }, cluster: { kubeletArgs: ["max-pods=200"] } },
      expected: [],
    },
    {
      title: "another server type is taken in place, one control plane after the other",
      change: { pools: { cp: { type: "cpx32" } } },
      expected: resized,
      inOrder: resized,
    },
    {
      title: "a desktop is set up anew",
      change: { pools: { desk: { nodes: { "2": { generation: 2 } } } } },
      expected: [...anew, ...beside("desk-2", ["tailnet-key"])],
      inOrder: anew,
      drained: ["mixed-desk-2"],
      afterwards: cluster("mixed-desk-2", ...hostnames("vm", [1, 2])),
    },
    {
      title: "control planes are replaced one at a time, the first last, each drained before it goes",
      change: { pools: { cp: { generation: 2 } } },
      expected: [
        ...replaced,
        ...order.flatMap((name) => beside(name, ["boot-key", "tailnet-key", "host-key-install"])),
      ],
      inOrder: replaced,
      drained: order.map((name) => `mixed-${name}`),
      afterwards: cluster("mixed-desk-2", ...hostnames("vm", [1, 2])),
    },
  ],
});
