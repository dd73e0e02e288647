import { expect } from "vitest";
import { type Check, runSequence } from "./sequence.ts";
import { recordByHand } from "./steps.ts";

// k3d's nodes in the Docker of a virtual machine: its steps run there as they are, over SSH.

const server = { "k3d-staging-server-0": "172.30.0.4", "k3d-staging-serverlb": "172.30.0.5" };
const agents = (...numbers: readonly number[]) =>
  Object.fromEntries(numbers.map((number) => [`k3d-staging-agent-${number}-0`, `172.30.0.${9 + number}`]));

const containers =
  (...numbers: readonly number[]): Check =>
  ({ world: { k3d } }) => {
    const found = Object.entries(k3d?.docker.state.containers ?? {}).map(([name, { address }]) => [name, address]);
    expect(Object.fromEntries(found)).toEqual({ ...server, ...agents(...numbers) });
  };

runSequence({
  name: "homelab-staging",
  world: { otherVersions: { "kube-prometheus-stack": ["99.0.0"] } },
  established: ["server-1", "agent-1", "agent-2", "agent-3"],
  made: async (life) => {
    await containers(1, 2, 3)(life);
    expect(life.world.machines.all().map(({ spec, state }) => [spec.name, spec.addresses, state])).toEqual([
      ["staging-docker-1", [{ address: "10.0.40.52", network: "lan main" }], "up"],
    ]);
  },
  byHand: recordByHand,
  steps: [
    {
      title: "another agent touches nothing that is there",
      change: { pools: { agent: { count: 4 } } },
      expected: ["create agent-4-node"],
      afterwards: containers(1, 2, 3, 4),
    },
    {
      title: "an agent in the middle goes, drained first",
      change: { pools: { agent: { count: 3, skip: [2] } } },
      expected: ["delete agent-2-node"],
      drained: ["staging-agent-2"],
      afterwards: containers(1, 3, 4),
    },
    {
      title: "a DNS record more, with the address of the machine",
      change: { dns: { records: { "www.example.com": {} } } },
      expected: ["create www.example.com-docker-1"],
    },
    {
      title: "a changed Helm value upgrades its release alone",
      change: { platform: { "kube-prometheus-stack": { values: { kubeStateMetrics: { enabled: true } } } } },
      expected: ["update release/kube-prometheus-stack"],
    },
    {
      title: "another version of a chart upgrades its release alone",
      change: { platform: { "kube-prometheus-stack": { version: "99.0.0" } } },
      expected: ["update release/kube-prometheus-stack"],
    },
    {
      title: "another image is downloaded beside the old one, and touches no machine that is there",
      change: { proxmox: { image: { url: "https://images.example.com/debian-13-genericcloud-amd64.qcow2" } } },
      expected: ["create-replacement pve1-image", "delete-replaced pve1-image"],
    },
    {
      title: "the machine that the whole cluster is on is not replaced",
      check: async ({ stack, sections, world }) => {
        const { docker, ...others } = sections.pools as Readonly<Record<string, object>>;
        const before = world.doors.proxmox.requests().length;
        stack.configure({ ...sections, pools: { ...others, docker: { ...docker, generation: 2 } } });
        const refused = await stack.preview();
        stack.configure(sections);
        expect(refused.said.join("\n")).toContain("the whole cluster is on its Docker host, and would go with it");
        expect(world.doors.proxmox.requests().length).toBe(before);
      },
    },
    {
      title: "more cores for it are taken in place, and its cluster is there again",
      change: { pools: { docker: { cores: 8 } } },
      expected: ["update docker-1"],
      afterwards: containers(1, 3, 4),
    },
  ],
});
