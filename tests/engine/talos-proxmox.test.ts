import { expect } from "vitest";
import { type Check, runSequence } from "./sequence.ts";
import { namespaceByHand, replacedOneByOne } from "./steps.ts";

/** What runs on the Proxmox VE cluster, and the release that each machine was installed from or upgraded to. */
const running =
  (expected: Readonly<Record<string, string>>): Check =>
  ({ world }) => {
    const machines = world.proxmox.machines().map(({ name, status }) => `${name} ${status}`);
    expect(machines.toSorted()).toEqual(Object.keys(expected).map((name) => `${name} running`));
    const installed = (world.talos?.machines.all() ?? []).map(({ configuration, installed: image }) => [
      configuration?.hostname,
      image?.split(":").at(-1),
    ]);
    expect(Object.fromEntries(installed)).toEqual(expected);
    // The very first control plane started the cluster, and nobody ever again.
    expect(world.talos?.calls.filter((call) => call.endsWith(" bootstrap"))).toHaveLength(1);
  };

const [older, newer] = ["v1.13.9", "v1.13.10"];
const ofNode = (name: string): readonly string[] => ["", "-apply", "-member"].map((role) => name + role);
const changedInPlace = (names: readonly string[], roles: readonly string[]): readonly string[] =>
  names.flatMap((name) => roles.map((role) => `update ${name}${role}`));
const upgraded = changedInPlace(["cp-1", "worker-1"], ["-apply", "-member"]);
/** The first last: whoever is asked for the way into the cluster stays until the others have changed. */
const order = ["cp-2", "cp-3", "cp-1"];
const rolled = replacedOneByOne(order, ["-member", "-apply", ""]);
const controlPlanes = { "lab-cp-1": newer, "lab-cp-2": newer, "lab-cp-3": newer };
const replaced = replacedOneByOne(["worker-1"], ["-member", "-apply", ""]);

runSequence({
  name: "talos-proxmox",
  world: { otherVersions: { cilium: ["1.99.0"] } },
  previewed: ({ world }) => expect(world.talos?.calls).toEqual([]),
  established: ["cp-1", "worker-1"],
  made: running({ "lab-cp-1": older, "lab-worker-1": older }),
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "another worker touches nothing that is there",
      change: { pools: { worker: { count: 2 } } },
      expected: ofNode("worker-2").map((name) => `create ${name}`),
      afterwards: running({ "lab-cp-1": older, "lab-worker-1": older, "lab-worker-2": older }),
    },
    {
      title: "a worker that goes leaves the cluster, drained, before its machine does",
      change: { pools: { worker: { count: 1 } } },
      expected: ofNode("worker-2").map((name) => `delete ${name}`),
      inOrder: ["delete worker-2-member", "delete worker-2-apply", "delete worker-2"],
      drained: ["lab-worker-2"],
      afterwards: running({ "lab-cp-1": older, "lab-worker-1": older }),
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { cilium: { values: { operator: { replicas: 1 } } } } },
      expected: ["update release/cilium"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { cilium: { version: "1.99.0" } } },
      expected: ["update release/cilium"],
    },
    {
      title: "what only new machines take touches none that is there",
      change: { proxmox: { image: { checksum: "1".repeat(128) } } },
      expected: ["create-replacement pve1-image", "delete-replaced pve1-image"],
    },
    {
      title: "more memory is taken in place, and the machine is a healthy part of the cluster again",
      change: { pools: { worker: { memory: 6144 } } },
      expected: changedInPlace(["worker-1"], ["", "-member"]),
      inOrder: changedInPlace(["worker-1"], ["", "-member"]),
    },
    {
      title: "another release of Talos upgrades machines in place, one after the other",
      change: { cluster: { version: newer }, proxmox: { image: { checksum: "2".repeat(128) } } },
      expected: [...upgraded, "create-replacement pve1-image", "delete-replaced pve1-image"],
      inOrder: upgraded,
      drained: ["lab-cp-1", "lab-worker-1"],
      afterwards: running({ "lab-cp-1": newer, "lab-worker-1": newer }),
    },
    {
      title: "a worker is replaced: drained, made anew from the new image, a member again",
      change: { pools: { worker: { generation: 2 } } },
      expected: replaced,
      inOrder: replaced,
      drained: ["lab-worker-1"],
      afterwards: running({ "lab-cp-1": newer, "lab-worker-1": newer }),
    },
    {
      title: "one control plane becomes three, and the cluster stays",
      change: { pools: { cp: { count: 3, spread: false } } },
      expected: ["cp-2", "cp-3"].flatMap(ofNode).map((name) => `create ${name}`),
      inOrder: ["cp-2", "cp-3"].flatMap(ofNode).map((name) => `create ${name}`),
      afterwards: running({ ...controlPlanes, "lab-worker-1": newer }),
    },
    {
      title: "control planes are replaced one at a time, the first last, each drained before it goes",
      change: { pools: { cp: { generation: 2 } } },
      expected: rolled,
      inOrder: rolled,
      drained: ["lab-cp-2", "lab-cp-3", "lab-cp-1"],
      afterwards: running({ ...controlPlanes, "lab-worker-1": newer }),
    },
  ],
});
