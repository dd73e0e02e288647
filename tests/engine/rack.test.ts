import { expect } from "vitest";
import { type Life, runSequence } from "./sequence.ts";
import { clusterOf, namespaceByHand, replacedOneByOne } from "./steps.ts";

// Servers that stand, with NixOS: what is done to them is done by the scripts themselves.

const servers = ["rack-server-1", "rack-server-2", "rack-server-3"];
const order = ["server-2", "server-3", "server-1"];
const replaced = replacedOneByOne(order, ["-member", "-join", "-reach-last", "-setup"]);

/** How often each server's configuration was activated. */
const rebuilds = ({ world }: Life): readonly number[] =>
  servers.map(
    (name) => (world.machines.get(name).host.stateOf("nixos-rebuilds") ?? "").split("\n").filter(Boolean).length,
  );
const modules = ({ world }: Life): readonly (string | undefined)[] =>
  servers.map((name) => world.machines.get(name).host.read("/etc/nixos/groundwork.nix"));

runSequence({
  name: "rack",
  world: { otherVersions: { "cert-manager": ["v1.99.0"] } },
  established: ["server-1", "server-2", "server-3"],
  made: async (life) => {
    await clusterOf(servers)(life);
    expect(rebuilds(life)).toEqual([1, 1, 1]);
  },
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { traefik: { values: { logs: { general: { level: "WARN" } } } } } },
      expected: ["update release/traefik"],
    },
    {
      title: "Argo CD manages itself, and is not upgraded from here",
      change: { platform: { argocd: { values: { notifications: { enabled: false } } } } },
      expected: [],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { "cert-manager": { version: "v1.99.0" } } },
      expected: ["update release/cert-manager"],
    },
    {
      title: "what only new servers take touches none that is set up",
      change: {
        pools: { server: { packages: ["nfs-utils", "openiscsi", "htop"] } },
        cluster: { kubeletArgs: ["max-pods=200"] },
      },
      expected: [],
      afterwards: (life) => expect(rebuilds(life)).toEqual([1, 1, 1]),
    },
    {
      title: "control planes are set up anew one at a time, the first last, each drained before",
      change: { pools: { server: { generation: 2 } } },
      expected: replaced,
      inOrder: replaced,
      drained: order.map((name) => `rack-${name}`),
      // Given back, and set up again.
      afterwards: async (life) => {
        await clusterOf(servers)(life);
        expect(rebuilds(life)).toEqual([3, 3, 3]);
      },
    },
  ],
  destroyed: (life) => expect(modules(life)).toEqual(["{ }\n", "{ }\n", "{ }\n"]),
});
