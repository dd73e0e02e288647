import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { changes } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { EngineStack, type Ran } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";
import { openSecrets } from "./open-secrets.ts";
import { arm, type Order, orders, title } from "./orders.ts";

// `prod` on the real engine and the real providers, made while the services and machines fail: `up` again and again, as
// somebody would who repeats it, until it is through.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: failures on the real engine: ${line}`);

const config = loadStackConfig(process.cwd(), "prod");
const dir = mkdtempSync(join(tmpdir(), "groundwork-faults-"));
let world: World;
let stack: EngineStack;
const armed = arm(orders);
/** All that any command of the engine said. */
const said: string[] = [];

/** More than any order needs: who has not come through by then never will. */
const most = 14;

/** What became of an order. Runs are counted from 1. */
interface Fate {
  struck?: number;
  made?: number;
  imported?: number;
  /** How many runs after the one that it was struck in failed to make it again. */
  again: number;
  /** What was said of the resource in runs that failed. */
  readonly said: string[];
}
const fates = new Map<Order, Fate>(orders.map((order) => [order, { again: 0, said: [] }]));

async function run(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  said.push(...ran.said);
  expect(world.failures()).toEqual([]);
  return ran;
}

const isMade = ({ operations }: Ran, resource: string): boolean =>
  operations.some(
    ({ name, type, operation, end }) =>
      name === resource && operation === "create" && end !== undefined && !type.startsWith("groundwork:"),
  );

const failures = ({ said: lines }: Ran, resource: string): readonly string[] =>
  lines.filter((line) => line.startsWith(`error ${resource}: `));

function follow(ran: Ran, number: number): void {
  for (const [order, fate] of fates) {
    if (fate.struck === undefined && armed.hasStruck(order)) fate.struck = number;
    if (fate.made === undefined && isMade(ran, order.resource)) fate.made = number;
    if (fate.made !== undefined) continue;
    const failed = failures(ran, order.resource);
    fate.said.push(...failed);
    if (failed.length > 0 && fate.struck !== undefined && fate.struck < number) fate.again++;
  }
}

/** Imports what an `up` could not make again, though it tried. */
async function adopt(ran: Ran, number: number): Promise<void> {
  for (const [order, fate] of fates) {
    if (order.outcome === "absorbed" || order.outcome.way !== "import") continue;
    if (fate.struck === undefined || fate.struck === number || fate.made !== undefined) continue;
    const operation = ran.operations.find(
      ({ name, operation, type }) =>
        name === order.resource && operation === "create" && !type.startsWith("groundwork:"),
    );
    const id = order.outcome.id(world);
    if (operation === undefined || id === undefined) continue;
    const { failure } = await run(stack.import({ operation, id }));
    say(`  import of ${order.resource}: ${failure ?? "well"}`);
    expect(failure).toBeUndefined();
    fate.made = number;
    fate.imported = number;
  }
}

/** An `up` may end before it comes to a resource again: that counts for nothing. */
function resultOf({ struck, made, imported, again }: Fate): string {
  if (struck === undefined) return "never struck";
  if (imported !== undefined) return "import";
  if (made === undefined) return "never made";
  return made === struck ? "absorbed" : again === 0 ? "next up" : `after ${again} ups more`;
}

const expected = ({ outcome }: Order): string => (outcome === "absorbed" ? outcome : outcome.way);

interface StateResource {
  readonly type: string;
  readonly id?: string;
  readonly outputs?: { readonly name?: string };
}

async function inState(type: string): Promise<readonly StateResource[]> {
  const { deployment } = JSON.parse(await stack.export()) as {
    readonly deployment: { readonly resources: readonly StateResource[] };
  };
  return deployment.resources.filter((resource) => resource.type === type);
}

const idsIn = async (type: string): Promise<readonly string[]> =>
  (await inState(type)).map(({ id = "" }) => id).toSorted();

describe.skipIf(missing.length > 0)("prod, while everything fails", () => {
  beforeAll(async () => {
    const installation = findInstallation();
    if (installation === undefined) throw new Error("the engine has gone");
    const { doors, interrupt } = armed;
    world = await createWorld({
      ...{ dir: join(dir, "world"), stack: { ...config, stack: "prod" }, doors, interrupt, say },
    });
    stack = await EngineStack.create({
      installation,
      dir: join(dir, "engine"),
      project: process.cwd(),
      name: "prod",
      sections: world.sections,
      secrets: Object.fromEntries(config.canaries),
    });
  });

  afterAll(async () => {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("up after up it gets there, and each failure is named", { timeout: 1_800_000 }, async () => {
    let number = 0;
    let ran: Ran;
    do {
      number++;
      const began = Date.now();
      ran = await run(stack.up({ continueOnError: true }));
      follow(ran, number);
      say(
        `up ${number}: ${ran.failure === undefined ? "well" : "failed"}, ${Math.round((Date.now() - began) / 1000)} s`,
      );
      for (const line of ran.failure?.split("\n") ?? []) say(`  ${line.slice(0, 400)}`);
      if (ran.failure !== undefined) await adopt(ran, number);
    } while (ran.failure !== undefined && number < most);
    for (const [order, fate] of fates)
      say(`${title(order)}: ${resultOf(fate)} (struck in up ${fate.struck ?? "none"})`);
    expect(ran.failure).toBeUndefined();
    expect([...fates].map(([order, fate]) => `${title(order)}: ${resultOf(fate)}`)).toEqual(
      orders.map((order) => `${title(order)}: ${expected(order)}`),
    );
    const unclear = [...fates].filter(
      ([{ outcome }, fate]) => outcome !== "absorbed" && !fate.said.some((line) => outcome.says.test(line)),
    );
    expect(unclear.map(([order, fate]) => [title(order), fate.said])).toEqual([]);
  });

  test("a preview has nothing left to do, and a refresh finds nothing", async () => {
    const previewed = await run(stack.preview());
    expect(previewed.failure).toBeUndefined();
    expect(changes(previewed.operations)).toEqual([]);
    const drift = (await run(stack.drift())).operations.filter(
      ({ operation, diffs }) => diffs.length > 0 || !["refresh", "same", "read"].includes(operation),
    );
    expect(drift.map(({ operation, name, diffs }) => ({ operation, name, diffs }))).toEqual([]);
  });

  test("nothing is there twice, and nothing that the state does not know", async () => {
    const { hetzner, cloudflare, tailscale, hosts, kube } = world;
    const ids = (list: readonly { readonly id: number }[]) => list.map(({ id }) => String(id)).toSorted();
    expect({
      servers: ids(hetzner.servers.list()),
      networks: ids(hetzner.networks.list()),
      loadBalancers: ids(hetzner.load_balancers.list()),
      firewalls: ids(hetzner.firewalls.list()),
      placementGroups: ids(hetzner.placement_groups.list()),
      keys: ids(hetzner.ssh_keys.list()),
      volumes: ids(hetzner.volumes.list()),
      records: cloudflare.zones
        .list()
        .flatMap(({ id }) => cloudflare.records.list(id).map((record) => record.id))
        .toSorted(),
    }).toEqual({
      servers: await idsIn("hcloud:index/server:Server"),
      networks: await idsIn("hcloud:index/network:Network"),
      loadBalancers: await idsIn("hcloud:index/loadBalancer:LoadBalancer"),
      firewalls: await idsIn("hcloud:index/firewall:Firewall"),
      placementGroups: await idsIn("hcloud:index/placementGroup:PlacementGroup"),
      keys: await idsIn("hcloud:index/sshKey:SshKey"),
      volumes: [],
      records: await idsIn("cloudflare:index/dnsRecord:DnsRecord"),
    });
    // The keys in the state have been used; what is left is one whose making was not told of. It lasts a day.
    expect(tailscale.keys.list({ kind: "api-key" }).map(({ description }) => description)).toEqual([
      "groundwork prod-worker-1",
    ]);
    const nodes = ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"].map((name) => `prod-${name}`);
    const devices = tailscale.devices.list({ kind: "api-key" }, {});
    expect(devices.map(({ hostname }) => hostname).toSorted()).toEqual([...nodes, "prod-main-gateway"].toSorted());
    expect(hosts.clusters().map((cluster) => ({ nodes: cluster.nodes, members: cluster.members }))).toEqual([
      { nodes, members: nodes.slice(0, 3) },
    ]);
    const records = await kube.config
      .makeApiClient(CoreV1Api)
      .listSecretForAllNamespaces({ labelSelector: "owner=helm,status=deployed" });
    const releases = await inState("kubernetes:helm.sh/v3:Release");
    expect(records.items.map(({ metadata }) => metadata?.labels?.name ?? "").toSorted()).toEqual(
      releases.map(({ outputs }) => outputs?.name ?? "").toSorted(),
    );
  });

  test("no secret is in the state in plain text, nor in anything that was said", async () => {
    const state = await stack.export();
    expect(openSecrets([state, ...said].join("\n"), config.canaries)).toEqual([]);
    expect(state).toContain('"ciphertext"');
  });
});
