import { expect } from "vitest";
import { runSequence } from "./sequence.ts";
import { clusterOf, recordByHand, replacedOneByOne } from "./steps.ts";

const nodes = ["homelab-node-1", "homelab-node-2", "homelab-node-3"];
const order = ["node-2", "node-3", "node-1"];
const resized = order.flatMap((name) => [`update ${name}`, `update ${name}-member`]);
const replaced = replacedOneByOne(order, ["-member", "-join", ""]);

const root = { id: "root@pam" };
/** One on each Proxmox node, since its disks are on no shared storage. */
const templates = ["pve1", "pve2", "pve3"].map((node, index) => ({ node, id: 9001 + index }));

const ofWorker = (name: string): readonly string[] =>
  ["", "-boot-key", "-host-key", "-host-key-install", "-join", "-member", "-user-data"].map((role) => name + role);

runSequence({
  name: "homelab-production",
  world: {
    otherVersions: { "cert-manager": ["v1.99.0"] },
    beside: { proxmox: { image: { templates } } },
  },
  established: ["node-1", "node-2", "node-3"],
  made: async (life) => {
    await clusterOf(nodes)(life);
    // Each on its own node of Proxmox VE, and what it booted with is read by nobody but root there.
    const machines = life.world.proxmox.machines().filter(({ name }) => !name.startsWith("template-"));
    expect(machines.map(({ node, name, status }) => [node, name, status]).toSorted()).toEqual([
      ["pve1", "homelab-node-1", "running"],
      ["pve2", "homelab-node-2", "running"],
      ["pve3", "homelab-node-3", "running"],
    ]);
  },
  byHand: recordByHand,
  steps: [
    {
      title: "workers come",
      change: {
        pools: {
          worker: {
            ...{ machine: "proxmox", role: "worker", count: 2, firstAddress: "10.0.40.111" },
            ...{ hosts: ["pve1", "pve2", "pve3"], cores: 2, memory: 4096, disk: 32 },
          },
        },
      },
      expected: [...ofWorker("worker-1"), ...ofWorker("worker-2")].map((name) => `create ${name}`),
      afterwards: clusterOf(nodes, ["homelab-worker-1", "homelab-worker-2"]),
    },
    {
      title: "one of them goes, out of the cluster before its virtual machine",
      change: { pools: { worker: { count: 1, skip: [1] } } },
      expected: ofWorker("worker-1").map((name) => `delete ${name}`),
      inOrder: ["delete worker-1-member", "delete worker-1"],
      drained: ["homelab-worker-1"],
      afterwards: clusterOf(nodes, ["homelab-worker-2"]),
    },
    {
      title: "a DNS record more, with the addresses of all three nodes",
      change: { dns: { records: { "www.example.com": {} } } },
      expected: order.map((name) => `create www.example.com-${name}`),
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { longhorn: { values: { longhornUI: { replicas: 1 } } } } },
      expected: ["update release/longhorn"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { "cert-manager": { version: "v1.99.0" } } },
      expected: ["update release/cert-manager"],
    },
    {
      title: "another image is downloaded beside the old one, and touches no machine that is there",
      change: { proxmox: { image: { url: "https://images.example.com/debian-13-genericcloud-amd64.qcow2" } } },
      expected: ["pve1", "pve2", "pve3"].flatMap((name) => [
        `create-replacement ${name}-image`,
        `delete-replaced ${name}-image`,
      ]),
    },
    {
      title: "what only new machines take touches none that is there",
      change: { cluster: { kubeletArgs: ["max-pods=200"] } },
      expected: [],
    },
    {
      title: "more cores are taken in place, one machine after the other",
      change: { pools: { node: { cores: 8 } } },
      expected: resized,
      inOrder: resized,
      afterwards: clusterOf(nodes, ["homelab-worker-2"]),
    },
    {
      title: "control planes are replaced one at a time, the first last, each drained before it goes",
      change: { pools: { node: { generation: 2 } } },
      expected: [
        ...replaced,
        ...order.flatMap((name) =>
          ["boot-key", "user-data", "host-key-install"].flatMap((role) => [
            `create-replacement ${name}-${role}`,
            `delete-replaced ${name}-${role}`,
          ]),
        ),
      ],
      inOrder: replaced,
      drained: order.map((name) => `homelab-${name}`),
      afterwards: clusterOf(nodes, ["homelab-worker-2"]),
    },
    {
      title: "with templates instead of a download, the next machine is a full clone of its Proxmox node's",
      change: {
        proxmox: { image: { url: null, algorithm: null, checksum: null, templates } },
        pools: { worker: { generation: 2 } },
      },
      expected: [
        ...["pve1", "pve2", "pve3"].map((name) => `delete ${name}-image`),
        ...["", "-boot-key", "-host-key-install", "-join", "-member", "-user-data"].flatMap((role) => [
          `create-replacement worker-2${role}`,
          `delete-replaced worker-2${role}`,
        ]),
      ],
      drained: ["homelab-worker-2"],
      afterwards: async (life) => {
        // Nothing of the clone is the template's.
        for (const { node, id } of templates) life.world.proxmox.vms.remove(root, node, id).run();
        await clusterOf(nodes, ["homelab-worker-2"])(life);
      },
    },
  ],
});
