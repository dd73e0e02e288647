import { expect } from "vitest";
import type { SimulatedK3d } from "../../rehearsal/pulumi/k3d.ts";
import { type Check, type Life, runSequence } from "./sequence.ts";
import { namespaceByHand } from "./steps.ts";

// The steps run as they are, against stand-ins for docker and k3d on PATH; the cluster is a real control plane.

const servers = {
  "k3d-dev-server-0": "172.30.0.4",
  "k3d-dev-server-1": "172.30.0.5",
  "k3d-dev-server-2": "172.30.0.6",
  "k3d-dev-serverlb": "172.30.0.7",
};

function k3dOf({ world: { k3d } }: Life): SimulatedK3d {
  if (k3d === undefined) throw new Error("k3d is not on PATH");
  return k3d;
}

const addresses =
  (expected: Readonly<Record<string, string>>): Check =>
  (life) => {
    const { containers } = k3dOf(life).docker.state;
    expect(Object.fromEntries(Object.entries(containers).map(([name, { address }]) => [name, address]))).toEqual(
      expected,
    );
  };

const looks = ["docker version --format {{.Server.Version}}", "k3d version"];

runSequence({
  name: "dev",
  world: { otherVersions: { "cert-manager": ["v1.99.0"] } },
  previewed: (life) => expect(k3dOf(life).calls).toEqual(looks),
  established: ["cp-1", "cp-2", "cp-3"],
  // Prometheus is told these.
  made: addresses(servers),
  byHand: namespaceByHand("monitoring"),
  steps: [
    {
      title: "workers come",
      change: {
        pools: { worker: { machine: "docker", role: "worker", count: 2, firstAddress: "172.30.0.10" } },
      },
      expected: ["create worker-1-node", "create worker-2-node"],
      afterwards: addresses({ ...servers, "k3d-dev-worker-1-0": "172.30.0.10", "k3d-dev-worker-2-0": "172.30.0.11" }),
    },
    {
      title: "one in the middle goes, drained first",
      change: { pools: { worker: { count: 1, skip: [1] } } },
      expected: ["delete worker-1-node"],
      drained: ["dev-worker-1"],
      afterwards: async (life) => {
        await addresses({ ...servers, "k3d-dev-worker-2-0": "172.30.0.11" })(life);
        const { calls } = k3dOf(life);
        const drained = calls.findIndex((call) => call.includes("kubectl drain dev-worker-1"));
        expect(drained).toBeGreaterThan(-1);
        expect(calls.findIndex((call) => call.includes("node delete k3d-dev-worker-1-0"))).toBeGreaterThan(drained);
      },
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
      title: "fewer servers than stand are refused before anything is done",
      check: async (life) => {
        const { sections, stack } = life;
        const { cp, ...others } = sections.pools as Readonly<Record<string, object>>;
        const { calls } = k3dOf(life);
        const { length } = calls;
        stack.configure({ ...sections, pools: { ...others, cp: { ...cp, count: 1 } } });
        const refused = await stack.preview();
        stack.configure(sections);
        expect(refused.said.join("\n")).toContain(
          `k3d cannot change the servers of a cluster that stands: dev has cp-1, cp-2 and cp-3, and 1 are asked for`,
        );
        expect(calls.slice(length)).toEqual(looks);
      },
    },
  ],
});
