import { runSequence } from "./sequence.ts";
import { clusterOf, namespaceByHand } from "./steps.ts";

const controlPlanes = ["data-cp-1", "data-cp-2", "data-cp-3"];
const [big, small] = [["data-worker-1", "data-worker-2", "data-worker-3"], "data-small-1"];

const ofWorker = (name: string): readonly string[] =>
  ["", "-boot-key", "-host-key", "-host-key-install", "-join", "-member", "-user-data"].map((role) => name + role);
const resized = ["worker-1", "worker-3"].flatMap((name) => [`update ${name}`, `update ${name}-member`]);

const second = {
  passwordSecret: "postgres-password",
  instances: 1,
  storage: { size: "5Gi", class: "local-path" },
};

runSequence({
  name: "databases",
  world: { otherVersions: { "cloudnative-pg": ["0.99.0"] } },
  established: ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"],
  made: clusterOf(controlPlanes, big),
  byHand: namespaceByHand("databases"),
  steps: [
    {
      title: "a worker of another size touches nothing that is there",
      change: {
        pools: {
          small: {
            ...{ machine: "proxmox", role: "worker", count: 1, firstAddress: "10.0.60.121", firstId: 6121 },
            ...{ hosts: ["pve2"], cores: 2, memory: 8192, disk: 64 },
          },
        },
      },
      expected: ofWorker("small-1").map((name) => `create ${name}`),
      afterwards: clusterOf(controlPlanes, [...big, small]),
    },
    {
      title: "a worker goes, drained before its virtual machine",
      change: { pools: { worker: { count: 2, skip: [2] } } },
      expected: ofWorker("worker-2").map((name) => `delete ${name}`),
      inOrder: ["delete worker-2-member", "delete worker-2"],
      drained: ["data-worker-2"],
      afterwards: clusterOf(controlPlanes, ["data-worker-1", "data-worker-3", small]),
    },
    {
      title: "another PostgreSQL cluster is what it is made of, and touches none that is there",
      change: { platform: { "cloudnative-pg": { clusters: { second } } } },
      expected: ["create secret/databases/second-app", "create cluster/databases/second"],
      inOrder: ["create secret/databases/second-app", "create cluster/databases/second"],
    },
    {
      title: "a larger volume, and backups kept for longer, change their database in place",
      change: {
        platform: {
          "cloudnative-pg": { clusters: { main: { storage: { size: "80Gi" }, backup: { keep: "60d" } } } },
          "clickhouse-operator": { installations: { events: { storage: { size: "200Gi" } } } },
        },
      },
      expected: [
        "update cluster/databases/main",
        "update objectstore/databases/main-backup",
        "update clickhouseinstallation/databases/events",
      ],
    },
    {
      title: "and a database that is taken out goes alone",
      change: { platform: { "cloudnative-pg": { clusters: { second: null } } } },
      expected: ["delete cluster/databases/second", "delete secret/databases/second-app"],
      inOrder: ["delete cluster/databases/second", "delete secret/databases/second-app"],
    },
    {
      title: "other hours of reboots upgrade their release alone",
      change: { platform: { kured: { from: "01:00", to: "03:00" } } },
      expected: ["update release/kured"],
    },
    {
      title: "another version of an operator upgrades its release, and none of its databases",
      change: { platform: { "cloudnative-pg": { version: "0.99.0" } } },
      expected: ["update release/cloudnative-pg"],
    },
    {
      title: "more memory is taken in place, one worker after the other",
      change: { pools: { worker: { memory: 40960 } } },
      expected: resized,
      inOrder: resized,
      afterwards: clusterOf(controlPlanes, ["data-worker-1", "data-worker-3", small]),
    },
  ],
});
