import { expect, test } from "vitest";
import { adminKubeconfig, createPki } from "../../rehearsal/command/k3s/pki.ts";
import type { Run } from "../../rehearsal/engine/events.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { createSource } from "../../rehearsal/random/source.ts";
import { Secret } from "../../rehearsal/recording.ts";
import { isLater, moreHosts, stacks, victims } from "../engine/matrix/victims.ts";
import { changes, Life, type Sections, wrong } from "./life.ts";

/** `prod`, rehearsed by the unmodified program against one world through its life. */
const life = new Life({ stack: "prod", ...loadStackConfig(process.cwd(), "prod") });
const { world } = life;

/** One `up` with some sections changed. */
async function up(edit?: (sections: Sections) => void): Promise<Run> {
  const run = await life.up(edit);
  expect(wrong(run)).toEqual([]);
  return run;
}

test("prod is made, and made again changes nothing", async () => {
  const first = await up();
  expect(first.outputs.established).toEqual(["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"]);
  expect(changes(await up())).toEqual([]);
  // What the engine test of failures is ordered for.
  const names = new Set(first.steps.map(({ name }) => name));
  const made = stacks.prod
    .flatMap((provider) => victims[provider].filter((victim) => !isLater(victim)))
    .map(({ resource }) => resource)
    .filter((resource) => !moreHosts.some((host) => resource.startsWith(host)));
  expect(made.filter((resource) => !names.has(resource))).toEqual([]);
}, 60_000);

test("before the administrator's certificate ends it is made anew, once, and nothing else is touched", async () => {
  const source = createSource("of another year", "administrator");
  const now = new Date(Date.now() - 320 * 86_400_000);
  const ending = await adminKubeconfig({ pki: await createPki({ source, now }), source, now });
  life.pretend("kubeconfig", new Secret(ending));
  expect(changes(await up())).toEqual(["update prod-kubeconfig", "update prod-kubernetes"]);
  expect(changes(await up())).toEqual([]);
}, 60_000);

/** What the tailnet calls its devices. */
const devices = (): readonly string[] =>
  world.tailscale.devices
    .list({ kind: "api-key" }, {})
    .map(({ name }) => name.replace(".example.ts.net", ""))
    .toSorted();

test("another worker touches nothing that is there", async () => {
  const added = await up(({ pools }) => void Object.assign(pool(pools, "worker"), { count: 4 }));
  expect(changes(added).toSorted()).toEqual([
    "create worker-4",
    "create worker-4-boot-key",
    "create worker-4-host-key",
    "create worker-4-host-key-install",
    "create worker-4-join",
    "create worker-4-member",
    "create worker-4-tailnet-device",
    "create worker-4-tailnet-key",
  ]);
}, 60_000);

test("a worker taken out by number leaves the cluster before its server goes, and the others keep their names", async () => {
  const removed = await up(({ pools }) => {
    Object.assign(pool(pools, "worker"), { count: 3, skip: [2] });
  });
  const done = changes(removed);
  expect(done.toSorted()).toEqual([
    "delete worker-2",
    "delete worker-2-boot-key",
    "delete worker-2-host-key",
    "delete worker-2-host-key-install",
    "delete worker-2-join",
    "delete worker-2-member",
    "delete worker-2-tailnet-device",
    "delete worker-2-tailnet-key",
  ]);
  expect(devices()).not.toContain("prod-worker-2");
  expect(done.indexOf("delete worker-2-member")).toBeLessThan(done.indexOf("delete worker-2"));
}, 60_000);

/** The worker taken out above stays out. */
const without2 = (pools: Record<string, object> | undefined): void =>
  void Object.assign(pool(pools, "worker"), { count: 3, skip: [2] });
const pool = (pools: Record<string, object> | undefined, name: string): object => pools?.[name] ?? {};
const member = /^(create|delete|update) cp-\d+(-join|-member|-tailnet-device)?$/;

test("what only new servers take touches none that is there", async () => {
  const edited = await up(({ pools, cluster }) => {
    without2(pools);
    Object.assign(pool(pools, "cp"), { image: "debian-13" });
    Object.assign(cluster ?? {}, { kubeletArgs: ["max-pods=200"] });
  });
  expect(changes(edited)).toEqual([]);
}, 60_000);

test("control planes are replaced one at a time, the first last, each drained before it goes", async () => {
  const rolled = await up(({ pools }) => {
    without2(pools);
    Object.assign(pool(pools, "cp"), { generation: 2 });
  });
  const one = (name: string): readonly string[] => [
    `delete ${name}-member`,
    `delete ${name}-join`,
    `delete ${name}-tailnet-device`,
    `delete ${name}`,
    `create ${name}`,
    `create ${name}-tailnet-device`,
    `create ${name}-join`,
    `create ${name}-member`,
  ];
  expect(changes(rolled).filter((line) => member.test(line))).toEqual([...one("cp-2"), ...one("cp-3"), ...one("cp-1")]);
  // Each new machine has its own name in the tailnet: the old one's device no longer holds it.
  const nodes = ["cp-1", "cp-2", "cp-3", "main-gateway", "worker-1", "worker-3", "worker-4"];
  expect(devices()).toEqual(nodes.map((name) => `prod-${name}`));
}, 60_000);

test("another server type is taken in place, one control plane after the other", async () => {
  const rescaled = await up(({ pools }) => {
    without2(pools);
    Object.assign(pool(pools, "cp"), { generation: 2, type: "cpx32" });
  });
  expect(changes(rescaled)).toEqual(
    ["cp-2", "cp-3", "cp-1"].flatMap((name) => [`update ${name}`, `update ${name}-member`]),
  );
}, 60_000);

test("destroy takes everything away and drains nothing", async () => {
  const { steps } = await life.destroy();
  expect(steps.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(steps.filter(({ name, skipped }) => name.endsWith("-member") && skipped !== "deletedWith")).toEqual([]);
  const { hetzner } = world;
  expect({
    servers: hetzner.servers.list(),
    networks: hetzner.networks.list(),
    loadBalancers: hetzner.load_balancers.list(),
    firewalls: hetzner.firewalls.list(),
    placementGroups: hetzner.placement_groups.list(),
    keys: hetzner.ssh_keys.list(),
    addresses: hetzner.primary_ips.list(),
    devices: devices(),
  }).toEqual({
    servers: [],
    networks: [],
    loadBalancers: [],
    firewalls: [],
    placementGroups: [],
    keys: [],
    addresses: [],
    devices: [],
  });
}, 60_000);
