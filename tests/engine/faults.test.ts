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
import { merged, type Sections } from "../../rehearsal/pulumi/sections.ts";
import { EngineStack, type Ran } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";
import { start } from "./command.ts";
import { createArms } from "./matrix/arm.ts";
import { expected, Fates } from "./matrix/fates.ts";
import { allOrders, fewOrders, type Order } from "./matrix/orders.ts";
import { isLater, laterSections, moreHosts } from "./matrix/victims.ts";
import { openSecrets } from "./open-secrets.ts";

// `prod` on the real engine and the real providers, made while the services and machines fail: `up` again and again, as
// somebody would who repeats it, until it is through. GROUNDWORK_ENGINE_FAULTS=all orders the whole matrix of
// docs/faults.md; else each fault befalls one provider.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: failures on the real engine: ${line}`);

const orders = process.env.GROUNDWORK_ENGINE_FAULTS === "all" ? allOrders() : fewOrders();
const config = loadStackConfig(process.cwd(), "prod");
const dir = mkdtempSync(join(tmpdir(), "groundwork-faults-"));
let world: World;
let stack: EngineStack;
let sections: Sections;
const arms = createArms();
/** All that any command said. */
const said: string[] = [];
let number = 0;

/** More than any order needs: who has not come through by then never will. */
const most = 16;

async function run(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  said.push(...ran.said);
  expect(world.failures()).toEqual([]);
  return ran;
}

/** `up` after `up` while these befall it, until one is through. */
async function befallenBy(befalling: readonly Order[]): Promise<void> {
  const fates = new Fates(befalling, arms);
  let ran: Ran;
  let runs = 0;
  do {
    number++;
    runs++;
    fates.arm();
    const began = Date.now();
    ran = await run(stack.up({ continueOnError: true }));
    fates.follow(ran, number);
    await Promise.all(Object.values(world.doors).map((door) => door?.reopen()));
    const seconds = Math.round((Date.now() - began) / 1000);
    say(`up ${number}: ${ran.failure === undefined ? "well" : "failed"}, ${seconds} s`);
    for (const line of ran.failure?.split("\n") ?? []) say(`  ${line.slice(0, 400)}`);
    if (fates.needsRecovery) fates.recovered(await recover(), number);
  } while (ran.failure !== undefined && runs < most);
  for (const line of fates.results()) say(line);
  expect(ran.failure).toBeUndefined();
  expect(fates.results().toSorted()).toEqual(expected(befalling).toSorted());
  expect(fates.unclear()).toEqual([]);
}

/** `npm run recover`: URNs of what it has dealt with. */
async function recover(): Promise<readonly string[]> {
  const file = join(import.meta.dirname, "../../commands/recover.ts");
  const { status, out, err } = await start(stack, process.execPath, [file, "prod", "--yes", "--json"]).ended;
  said.push(out, err);
  say(`recover: ${status}\n${err}`);
  const { actions, left } = JSON.parse(out) as {
    readonly left: readonly object[];
    readonly actions: readonly {
      readonly do: string;
      readonly urn?: string;
      readonly remedy?: { readonly urn: string };
    }[];
  };
  expect(left).toEqual([]);
  expect(status).toBe(0);
  return actions.flatMap(({ urn, remedy }) => urn ?? remedy?.urn ?? []);
}

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
    const { doors, interrupt } = arms;
    world = await createWorld({
      ...{ dir: join(dir, "world"), stack: { ...config, stack: "prod" }, doors, interrupt, say },
    });
    const records = Object.fromEntries(moreHosts.map((host) => [host, {}]));
    sections = merged(world.sections, { dns: { records } });
    stack = await EngineStack.create({
      ...{ installation, sections, project: process.cwd(), name: "prod", dir: join(dir, "engine") },
      secrets: Object.fromEntries(config.canaries),
    });
  });

  afterAll(async () => {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("up after up it gets there, and each failure is named", { timeout: 1_800_000 }, async () => {
    await befallenBy(orders.filter(({ victim }) => !isLater(victim)));
  });

  test("and so it does when whole services go away while it is changed", { timeout: 900_000 }, async () => {
    sections = merged(sections, laterSections);
    stack.configure(sections);
    await befallenBy(orders.filter(({ victim }) => isLater(victim)));
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
    const networks = hetzner.networks.list();
    const balancers = hetzner.load_balancers.list();
    expect({
      servers: ids(hetzner.servers.list()),
      networks: ids(networks),
      subnets: networks.flatMap(({ id, subnets }) => subnets.map(({ ip_range }) => `${id}-${ip_range}`)).toSorted(),
      routes: networks.flatMap(({ id, routes }) => routes.map(({ destination }) => `${id}-${destination}`)).toSorted(),
      loadBalancers: ids(balancers),
      services: balancers
        .flatMap(({ id, services }) => services.map(({ listen_port }) => `${id}__${listen_port}`))
        .toSorted(),
      targets: balancers.flatMap(({ targets }) => targets).length,
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
      subnets: await idsIn("hcloud:index/networkSubnet:NetworkSubnet"),
      routes: await idsIn("hcloud:index/networkRoute:NetworkRoute"),
      loadBalancers: await idsIn("hcloud:index/loadBalancer:LoadBalancer"),
      services: await idsIn("hcloud:index/loadBalancerService:LoadBalancerService"),
      targets: (await inState("hcloud:index/loadBalancerTarget:LoadBalancerTarget")).length,
      firewalls: await idsIn("hcloud:index/firewall:Firewall"),
      placementGroups: await idsIn("hcloud:index/placementGroup:PlacementGroup"),
      keys: await idsIn("hcloud:index/sshKey:SshKey"),
      volumes: [],
      records: await idsIn("cloudflare:index/dnsRecord:DnsRecord"),
    });
    // The keys in the state have been used; what is left are those whose making was not told of. They last a day.
    const untold = orders.filter(({ provider, fault }) => provider === "tailscale" && fault === "dropped after");
    expect(tailscale.keys.list({ kind: "api-key" }).map(({ description }) => description)).toEqual(
      untold.map(({ victim }) => `groundwork prod-${victim.resource.replace("-tailnet-key", "")}`),
    );
    const workers = ["worker-1", "worker-2", "worker-3", "worker-4"];
    const nodes = ["cp-1", "cp-2", "cp-3", ...workers].map((name) => `prod-${name}`);
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
