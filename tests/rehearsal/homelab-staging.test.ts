import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { mandatoryChain } from "../../bench/mandatory.ts";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { timelineOf } from "../../rehearsal/engine/timeline.ts";
import type { Secret } from "../../rehearsal/recording.ts";
import { changes, Life, type Sections, wrong } from "./life.ts";

/** `homelab-staging`, rehearsed by the unmodified program against one world through its life. */
const life = new Life({ stack: "homelab-staging", ...loadStackConfig(process.cwd(), "homelab-staging") });
const { world } = life;
let first: Run;

async function up(edit?: (sections: Sections) => void): Promise<Run> {
  const run = await life.up(edit);
  expect(wrong(run)).toEqual([]);
  return run;
}

/** Containers on the Docker host by name, with the address that each has. */
const containers = () =>
  Object.fromEntries(
    Object.entries(world.dockerHosts.get("staging-docker-1")?.state.containers ?? {}).map(([name, { address }]) => [
      name,
      address,
    ]),
  );

const made = {
  "k3d-staging-server-0": "172.30.0.4",
  "k3d-staging-serverlb": "172.30.0.5",
  "k3d-staging-agent-1-0": "172.30.0.10",
  "k3d-staging-agent-2-0": "172.30.0.11",
  "k3d-staging-agent-3-0": "172.30.0.12",
};

beforeAll(async () => {
  first = await up();
}, 60_000);

test("a cluster of containers in one virtual machine, reached at that machine's address", () => {
  expect(containers()).toEqual(made);
  expect(world.docker.state.containers).toEqual({});
  expect(world.dockerHosts.get("staging-docker-1")?.publisher(443)).toBe("k3d-staging-serverlb");
  expect(first.outputs).toMatchObject({
    endpoint: "https://10.0.40.52:6443",
    dockerHosts: { "docker-1": { address: "10.0.40.52", pool: "docker" } },
    established: ["server-1", "agent-1", "agent-2", "agent-3"],
  });
  expect(parse(String((first.outputs.kubeconfig as Secret).value))).toMatchObject({
    clusters: [{ name: "k3d-staging", cluster: { server: "https://10.0.40.52:6443" } }],
    "current-context": "k3d-staging",
  });
  const records = first.resources.filter(({ type }) => type === "cloudflare:index/dnsRecord:DnsRecord");
  expect(records.map(({ inputs }) => `${String(inputs.name)} ${String(inputs.content)}`).toSorted()).toEqual([
    "*.staging.example.com 10.0.40.52",
    "grafana.staging.example.com 10.0.40.52",
    "links.staging.example.com 10.0.40.52",
  ]);
});

test("the cluster is made once its machine has booted with Docker, and nothing waits longer than it must", () => {
  const of = (name: string) => first.steps.find((step) => step.name === name);
  expect(of("staging-cluster")?.start).toBe(of("docker-1-boot")?.end);
  expect(timelineOf(first).makespan / mandatoryChain(first).seconds).toBeLessThanOrEqual(1.1);
});

test("made again, nothing; an agent more; another one less, drained first; more memory touches no container", async () => {
  expect(changes(await up())).toEqual([]);
  expect(changes(await up(({ pools }) => void Object.assign(pools?.agent ?? {}, { count: 4 })))).toEqual([
    "create agent-4-node",
  ]);
  expect(containers()).toEqual({ ...made, "k3d-staging-agent-4-0": "172.30.0.13" });
  const less = await up(({ pools }) => {
    Object.assign(pools?.agent ?? {}, { skip: [2] });
    Object.assign(pools?.docker ?? {}, { memory: 24_576 });
  });
  expect(changes(less).toSorted()).toEqual(["delete agent-2-node", "update docker-1"]);
  expect(less.steps.find(({ name }) => name === "agent-2-node")?.skipped).toBeUndefined();
  const { "k3d-staging-agent-2-0": _gone, ...left } = made;
  expect(containers()).toEqual({ ...left, "k3d-staging-agent-4-0": "172.30.0.13" });
}, 60_000);

test("destroy runs nothing on the machine that goes, and leaves nothing", async () => {
  const { steps } = await life.destroy();
  expect(steps.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(steps.filter(({ name, skipped }) => name.endsWith("-node") && skipped !== "deletedWith")).toEqual([]);
  expect(life.state.resources).toEqual([]);
  const root = { id: "root@pam" };
  const files = ["local", "local-lvm"].flatMap((storage) => world.proxmox.storages.contents(root, "pve1", storage));
  expect({ machines: world.proxmox.machines(), files, containers: containers() }).toEqual({
    machines: [],
    files: [],
    containers: {},
  });
}, 60_000);
