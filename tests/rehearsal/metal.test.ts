import { beforeAll, expect, test } from "vitest";
import { sshKey } from "../harness/keys.ts";
import { changes, Life, madeUp, wrong } from "./life.ts";

/** Hosts that exist, on three systems, through a cluster's life: it grows, shrinks, and is given back. */

const hostKey = (number: number): string => sshKey(number).public.trim();
const hosts = (first: number, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [String(index + 1), { hostKey: hostKey(first + index) }]),
  );
const metal = { machine: "metal", network: "main" };

const stage = (servers: number, agents: number, firstGeneration = 1) => ({
  cluster: {
    name: "home",
    distribution: "k3s",
    version: "v1.36.4+k3s1",
    endpoint: { kind: "address", host: "192.168.1.5" },
    nodeLabels: { "example.com/site": "home" },
  },
  networks: { main: { kind: "lan", cidr: "192.168.1.0/24", gateway: "192.168.1.1" } },
  pools: {
    cp: {
      ...{ ...metal, os: "nixos", role: "control-plane", count: servers, firstAddress: "192.168.1.10" },
      nodes: { ...hosts(1, servers), "1": { hostKey: hostKey(1), generation: firstGeneration } },
    },
    desk: {
      ...{ ...metal, os: "arch", user: "ops", role: "worker", count: agents, firstAddress: "192.168.1.20" },
      nodes: hosts(11, agents),
    },
    db: {
      ...{ ...metal, os: "debian", role: "worker", count: 1, firstAddress: "192.168.1.30" },
      labels: { "app-type": "db" },
      taints: ["app-type=db:NoSchedule"],
      nodes: { "1": { hostKey: hostKey(21), labels: { "example.com/disk": "fast" } } },
    },
  },
  access: { via: "direct" },
});

let life: Life;
const cluster = () => life.world.clusters.all().map(({ nodes }) => [...nodes.keys()].toSorted());
const nodes = (servers: number, agents: number): readonly string[] =>
  [
    "home-db-1",
    ...Array.from({ length: servers }, (_, index) => `home-cp-${index + 1}`),
    ...Array.from({ length: agents }, (_, index) => `home-desk-${index + 1}`),
  ].toSorted();
const about = (run: readonly string[], ...names: readonly string[]) =>
  run.filter((line) => names.some((name) => line.includes(` ${name}-`)));

beforeAll(() => {
  life = new Life(madeUp(stage(5, 3), ["ssh-key"]));
});

test("one control plane and its workers, with the labels and taints of their pools", async () => {
  const run = await life.up(stage(1, 1));
  expect(wrong(run)).toEqual([]);
  expect(cluster()).toEqual([nodes(1, 1)]);
  expect(
    [...(life.world.clusters.all()[0]?.nodes.values() ?? [])].map(({ name, labels, taints }) => ({
      ...{ name, labels, taints },
    })),
  ).toEqual([
    { name: "home-cp-1", labels: { "example.com/site": "home" }, taints: [] },
    {
      name: "home-db-1",
      labels: { "app-type": "db", "example.com/disk": "fast", "example.com/site": "home" },
      taints: ["app-type=db:NoSchedule"],
    },
    { name: "home-desk-1", labels: { "example.com/site": "home" }, taints: [] },
  ]);
});

test("three control planes of the same cluster, one after the other, and nobody else is touched", async () => {
  const [before] = life.world.clusters.all();
  const run = await life.up(stage(3, 2));
  expect(wrong(run)).toEqual([]);
  expect(life.world.clusters.all()).toEqual([before]);
  expect(cluster()).toEqual([nodes(3, 2)]);
  const done = changes(run);
  // Who looks after the first is another now.
  expect(about(done, "cp-1", "db-1", "desk-1")).toEqual(["update cp-1-member"]);
  expect(about(done, "cp-2", "cp-3").filter((line) => /-(setup|join|member)$/.test(line))).toEqual(
    ["cp-2", "cp-3"].flatMap((name) => ["setup", "join", "member"].map((step) => `create ${name}-${step}`)),
  );
});

test("a host that answers with another key is refused before anything is sent to it", async () => {
  life.world.metal.present("desk-3", [hostKey(99)]);
  const run = await life.up(stage(3, 3));
  expect(wrong(run).map((line) => line.split("\n").at(-1))).toEqual([
    "groundwork: desk-3 at 192.168.1.22:22 answers with another key than the pinned one: it was installed anew, or somebody else answers. Nothing was sent to it. Look on the host itself, with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, before you pin another (ExitStatus1)",
  ]);
  expect([...life.world.metal.files("desk-3")]).toEqual([]);
  expect(cluster()).toEqual([nodes(3, 2)]);
});

test("five control planes; a worker whose host is gone leaves, and the run says what to do about the host", async () => {
  life.world.metal.die("desk-2");
  const run = await life.up(stage(5, 1));
  expect(about(changes(run), "desk-2")).toEqual([
    "delete desk-2-member",
    "delete desk-2-join",
    "delete desk-2-reach-last",
  ]);
  expect(wrong(run).map((line) => line.split("\n").at(-1))).toEqual([
    expect.stringMatching(
      /^groundwork: desk-2 does not answer at 192\.168\.1\.21:22; it was tried for 60s\. Is it on, .* Then run again\. If it is gone for good: pulumi state delete --target-dependents '<URN of desk-2-setup>', which pulumi stack --show-urns shows, and run again\./,
    ),
  ]);
  expect(cluster()).toEqual([nodes(5, 1)]);
});

test("back to three: drained and removed from the last, and k3s is taken off every host that left", async () => {
  life.world.metal.revive("desk-2");
  const run = await life.up(stage(3, 1));
  expect(wrong(run)).toEqual([]);
  expect(about(changes(run), "cp-4", "cp-5").filter((line) => /-(member|setup)$/.test(line))).toEqual([
    "delete cp-5-member",
    "delete cp-5-setup",
    "delete cp-4-member",
    "delete cp-4-setup",
  ]);
  expect(cluster()).toEqual([nodes(3, 1)]);
  expect(["cp-4", "cp-5", "desk-2"].map((name) => life.world.metal.files(name).size)).toEqual([0, 0, 0]);
});

test("the first control plane, which began alone, is set up anew like any other", async () => {
  const run = await life.up(stage(3, 1, 2));
  expect(wrong(run)).toEqual([]);
  expect(about(changes(run), "cp-1").filter((line) => /-(member|setup|join)$/.test(line))).toEqual([
    "delete cp-1-member",
    "delete cp-1-join",
    "delete cp-1-setup",
    "create cp-1-setup",
    "create cp-1-join",
    "create cp-1-member",
  ]);
  expect(cluster()).toEqual([nodes(3, 1)]);
});

test("destroy drains nothing and gives every host back", async () => {
  const run = await life.destroy();
  expect(wrong(run)).toEqual([]);
  expect(cluster()).toEqual([]);
  expect(["cp-1", "cp-2", "cp-3", "db-1", "desk-1"].map((name) => life.world.metal.files(name).size)).toEqual([
    0, 0, 0, 0, 0,
  ]);
});
