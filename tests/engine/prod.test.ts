import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { changes } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { Rehearsed } from "../../rehearsal/pulumi/rehearsed.ts";
import { EngineStack, type Ran, type Sections } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";
import { openSecrets } from "./open-secrets.ts";

// `prod` on the real engine and the real providers, through its life: one test after the other, in one world.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const plugins = pluginsOf(process.cwd()).map(({ name }) => name);
const missing = missingForStacks(plugins);
for (const line of missing) say(`skipped: prod on the real engine: ${line}`);

const config = loadStackConfig(process.cwd(), "prod");
const dir = mkdtempSync(join(tmpdir(), "groundwork-engine-"));
let world: World;
let stack: EngineStack;
let rehearsed: Rehearsed;
/** All that any command of the engine said. */
const said: string[] = [];

async function well(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  said.push(...ran.said);
  expect(ran.failure).toBeUndefined();
  expect(world.failures()).toEqual([]);
  return ran;
}

/** What keeps each edit: the next one is made on top of it. */
let sections: Record<string, Record<string, unknown>>;
const pool = (name: string): Record<string, unknown> => sections.pools?.[name] as Record<string, unknown>;
const release = (name: string): Record<string, unknown> => sections.platform?.[name] as Record<string, unknown>;

interface Edited {
  /** In the order in which they began. */
  readonly done: readonly string[];
  /** What the offline rehearsal did. */
  readonly rehearsed: readonly string[];
}

/**
 * Makes an edit: a preview shows the changes, an `up` does just those, and nothing is left to do. The offline rehearsal
 * says the same.
 * @param expected in any order
 */
async function edit(change: () => void, expected: readonly string[]): Promise<Edited> {
  change();
  stack.configure(sections as Sections);
  const previewed = changes((await well(stack.preview())).operations);
  expect(previewed.toSorted()).toEqual(expected.toSorted());
  const done = changes((await well(stack.up())).operations);
  expect(done.toSorted()).toEqual(expected.toSorted());
  expect(changes((await well(stack.preview())).operations)).toEqual([]);
  const offline = await rehearsed.up(sections);
  expect(offline.toSorted()).toEqual(expected.toSorted());
  return { done, rehearsed: offline };
}

/** What the tailnet calls its devices. */
const devices = (): readonly string[] =>
  world.tailscale.devices
    .list({ kind: "api-key" }, {})
    .map(({ name }) => name.replace(".example.ts.net", ""))
    .toSorted();
const clusters = () => world.hosts.clusters().map(({ nodes, members, lock }) => ({ nodes, members, lock }));
const names = (pool: string, numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `prod-${pool}-${number}`);

describe.skipIf(missing.length > 0)("prod on the real engine", () => {
  beforeAll(async () => {
    const installation = findInstallation();
    if (installation === undefined) throw new Error("the engine has gone");
    world = await createWorld({
      dir: join(dir, "world"),
      stack: { ...config, stack: "prod" },
      otherVersions: { "cert-manager": ["v1.99.0"] },
      say,
    });
    sections = structuredClone(world.sections) as typeof sections;
    rehearsed = new Rehearsed({ ...config, stack: "prod" }, process.cwd());
    stack = await EngineStack.create({
      installation,
      dir: join(dir, "engine"),
      project: process.cwd(),
      name: "prod",
      sections,
      secrets: Object.fromEntries(config.canaries),
    });
  });

  afterAll(async () => {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("a preview of the empty stack shows creations alone, and makes nothing", async () => {
    const { operations } = await well(stack.preview());
    expect(changes(operations).filter((line) => !line.startsWith("create "))).toEqual([]);
    expect(changes(operations).length).toBeGreaterThan(100);
    const asked = Object.values(world.doors).flatMap((door) => door.requests());
    expect(asked.filter(({ method, path }) => method !== "GET" && path !== "/oauth/token")).toEqual([]);
  });

  test("up makes what the preview showed: one cluster, and everything on it is ready", async () => {
    const { operations } = await well(stack.up());
    expect(changes(operations).filter((line) => !line.startsWith("create "))).toEqual([]);
    expect(operations.filter(({ end }) => end === undefined)).toEqual([]);
    // Providers that the program does not name are the engine's own affair.
    const named = changes(operations).filter((line) => !/^create default(_|$)/.test(line));
    expect((await rehearsed.up(sections)).toSorted()).toEqual(named.toSorted());
    expect((await stack.outputs()).established).toEqual(["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"]);
    expect(clusters()).toEqual([
      {
        nodes: [...names("cp", [1, 2, 3]), ...names("worker", [1, 2, 3])],
        members: names("cp", [1, 2, 3]),
        lock: undefined,
      },
    ]);
  });

  test("a second up changes nothing", async () => {
    expect(changes((await well(stack.up())).operations)).toEqual([]);
  });

  test("a refresh finds nothing, and would have found something", async () => {
    const found = async () =>
      (await well(stack.drift())).operations
        .filter(({ operation, diffs }) => diffs.length > 0 || !["refresh", "same", "read"].includes(operation))
        .map(({ operation, name, diffs }) => ({ operation, name, diffs }));
    expect(await found()).toEqual([]);
    const { id: zone } = world.cloudflare.zones.list()[0] ?? { id: "" };
    const record = world.cloudflare.records.list(zone)[0];
    if (record === undefined) throw new Error("there are no records");
    world.cloudflare.records.edit(zone, record.id, { comment: "changed by hand" });
    expect(await found()).toMatchObject([{ operation: "update", diffs: expect.arrayContaining(["comment"]) }]);
    world.cloudflare.records.edit(zone, record.id, { comment: record.comment });
  });

  const ofNode = (name: string): readonly string[] =>
    ["", "-boot-key", "-host-key", "-host-key-install", "-join", "-member", "-tailnet-device", "-tailnet-key"].map(
      (role) => name + role,
    );

  test("another worker touches nothing that is there", async () => {
    await edit(
      () => Object.assign(pool("worker"), { count: 4 }),
      ofNode("worker-4").map((name) => `create ${name}`),
    );
    expect(clusters()[0]?.nodes).toEqual([...names("cp", [1, 2, 3]), ...names("worker", [1, 2, 3, 4])]);
  });

  test("a worker taken out by number leaves the cluster before its server goes, and the others keep their names", async () => {
    const { done } = await edit(
      () => Object.assign(pool("worker"), { count: 3, skip: [2] }),
      ofNode("worker-2").map((name) => `delete ${name}`),
    );
    expect(done.indexOf("delete worker-2-member")).toBeLessThan(done.indexOf("delete worker-2"));
    expect(clusters()[0]?.nodes).toEqual([...names("cp", [1, 2, 3]), ...names("worker", [1, 3, 4])]);
  });

  test("a DNS record more", async () => {
    await edit(
      () => Object.assign(sections.dns?.records as object, { "www.example.com": {} }),
      ["create www.example.com", "create www.example.com-aaaa"],
    );
  });

  test("a changed Helm value upgrades its release alone", async () => {
    await edit(
      () => Object.assign(release("cert-manager"), { values: { replicaCount: 2 } }),
      ["update release/cert-manager"],
    );
  });

  test("another version of a chart upgrades its release alone", async () => {
    await edit(() => Object.assign(release("cert-manager"), { version: "v1.99.0" }), ["update release/cert-manager"]);
  });

  test("what only new servers take touches none that is there", async () => {
    await edit(() => {
      Object.assign(pool("cp"), { image: "debian-13" });
      Object.assign(pool("worker"), { image: "debian-13" });
      Object.assign(sections.cluster ?? {}, { kubeletArgs: ["max-pods=200"] });
    }, []);
  });

  test("another server type is taken in place, one control plane after the other", async () => {
    const inOrder = ["cp-2", "cp-3", "cp-1"].flatMap((name) => [`update ${name}`, `update ${name}-member`]);
    const { done, rehearsed: offline } = await edit(() => Object.assign(pool("cp"), { type: "cpx32" }), inOrder);
    expect({ done, offline }).toEqual({ done: inOrder, offline: inOrder });
  });

  test("control planes are replaced one at a time, the first last, each drained before it goes", async () => {
    const inOrder = ["cp-2", "cp-3", "cp-1"].flatMap((name) => [
      `delete-replaced ${name}-member`,
      `delete-replaced ${name}-join`,
      `delete-replaced ${name}-tailnet-device`,
      `delete-replaced ${name}`,
      `create-replacement ${name}`,
      `create-replacement ${name}-tailnet-device`,
      `create-replacement ${name}-join`,
      `create-replacement ${name}-member`,
    ]);
    const beside = ["cp-1", "cp-2", "cp-3"].flatMap((name) =>
      ["boot-key", "tailnet-key", "host-key-install"].flatMap((role) => [
        `create-replacement ${name}-${role}`,
        `delete-replaced ${name}-${role}`,
      ]),
    );
    const before = world.hosts.clusters()[0]?.snapshots ?? 0;
    const { done, rehearsed: offline } = await edit(
      () => Object.assign(pool("cp"), { generation: 2 }),
      [...inOrder, ...beside],
    );
    expect(done.filter((line) => inOrder.includes(line))).toEqual(inOrder);
    expect(offline.filter((line) => inOrder.includes(line))).toEqual(inOrder);
    expect(clusters()).toEqual([
      {
        nodes: [...names("cp", [1, 2, 3]), ...names("worker", [1, 3, 4])],
        members: names("cp", [1, 2, 3]),
        lock: undefined,
      },
    ]);
    expect((world.hosts.clusters()[0]?.snapshots ?? 0) - before).toBe(3);
  });

  test("no secret is in the state in plain text, nor in anything that was said", async () => {
    const state = await stack.export();
    expect(openSecrets([state, ...said].join("\n"), config.canaries)).toEqual([]);
    // What was looked for is there, encrypted.
    expect(state).toContain('"ciphertext"');
  });

  test("the tailnet keeps no device of a server that is gone", () => {
    const nodes = [...names("cp", [1, 2, 3]), "prod-main-gateway", ...names("worker", [1, 3, 4])];
    expect(devices()).toEqual(nodes);
  });

  test("destroy takes everything away and drains nothing", async () => {
    const before = world.hosts.clusters();
    await well(stack.destroy());
    expect(world.hosts.clusters()).toEqual(before);
    const { hetzner, cloudflare } = world;
    expect({
      servers: hetzner.servers.list(),
      networks: hetzner.networks.list(),
      loadBalancers: hetzner.load_balancers.list(),
      firewalls: hetzner.firewalls.list(),
      placementGroups: hetzner.placement_groups.list(),
      keys: hetzner.ssh_keys.list(),
      addresses: hetzner.primary_ips.list(),
      volumes: hetzner.volumes.list(),
      records: cloudflare.zones.list().flatMap(({ id }) => cloudflare.records.list(id)),
      devices: devices(),
      machines: world.machines.all().map(({ spec }) => spec.name),
    }).toEqual({
      servers: [],
      networks: [],
      loadBalancers: [],
      firewalls: [],
      placementGroups: [],
      keys: [],
      addresses: [],
      volumes: [],
      records: [],
      devices: [],
      machines: [],
    });
    expect(JSON.parse(await stack.export())).not.toHaveProperty("deployment.resources");
  });
});
