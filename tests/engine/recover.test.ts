import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaults, type Fault } from "../../rehearsal/clouds/http/faults.ts";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { changes } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import type { Sections } from "../../rehearsal/pulumi/sections.ts";
import { EngineStack } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";
import { type Ended, killAll, type Running, start } from "./command.ts";
import { openSecrets } from "./open-secrets.ts";

// `prod` on the real engine, whose runs are killed at the worst moments, and `npm run recover` after each.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: recover on the real engine: ${line}`);

const config = loadStackConfig(process.cwd(), "prod");
const dir = mkdtempSync(join(tmpdir(), "groundwork-recover-"));
const faults = { hetzner: createFaults(), cloudflare: createFaults(), kubernetes: createFaults() };
let world: World;
let stack: EngineStack;
/** With each edit; the next one is made on top of it. */
let sections: Sections;
function edit(changed: Sections): void {
  sections = { ...sections, ...changed };
  stack.configure(sections);
}
/** All that recover said. */
const said: string[] = [];

const inTerminal = (command: string, args: readonly string[]): Running => start(stack, command, args);

const up = (): Running =>
  inTerminal("pulumi", ["up", "--yes", "--skip-preview", "--stack", "prod", "--color", "never"]);

/** All of it that does not follow from what has failed. */
const upAnyway = (): Running =>
  inTerminal("pulumi", ["up", "--yes", "--skip-preview", "--continue-on-error", "--stack", "prod", "--color", "never"]);

async function recover(...args: readonly string[]): Promise<Ended> {
  const file = join(import.meta.dirname, "../../commands/recover.ts");
  const ended = await inTerminal(process.execPath, [file, "prod", ...args]).ended;
  say(`recover ${args.join(" ")}: ${ended.status}\n${ended.out}${ended.err}`);
  said.push(ended.out, ended.err);
  return ended;
}

/** An `up` that ends like a machine that loses its power, as soon as something has happened. */
async function killedWhen(happened: () => boolean | Promise<boolean>): Promise<void> {
  const running = up();
  let ended: Ended | undefined;
  void running.ended.then((each) => (ended = each));
  while (!(await happened())) {
    if (ended !== undefined) throw new Error(`up ended before anything happened:\n${ended.out}${ended.err}`);
    await delay(50);
  }
  killAll(running);
  await running.ended;
}

const server = (name: string) => world.hetzner.servers.list().find((each) => each.name === name);

async function records(namespace: string): Promise<readonly string[]> {
  const listed = await world.kube.config
    .makeApiClient(CoreV1Api)
    .listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  return listed.items.map(({ metadata }) => {
    const { name, version, status } = metadata?.labels ?? {};
    return `${name} ${version} ${status}`;
  });
}

interface StateResource {
  readonly urn: string;
  readonly id?: string;
}
async function state() {
  const { deployment } = JSON.parse(await stack.export()) as {
    readonly deployment: {
      readonly resources: readonly StateResource[];
      readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
    };
  };
  const idOf = (name: string): string | undefined =>
    deployment.resources.find(({ urn, id }) => id !== undefined && urn.endsWith(`::${name}`))?.id;
  return {
    idOf,
    pending: (deployment.pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn}`),
  };
}

/** The next `up` goes through. */
async function goesOn(): Promise<void> {
  const ended = await up().ended;
  expect(ended.status, `${ended.out}${ended.err}`).toBe(0);
  expect(world.failures()).toEqual([]);
}

const recordsOf = (namespace: string): Fault["match"] => ({
  method: "POST",
  path: `/api/v1/namespaces/${namespace}/secrets`,
  body: ["sh.helm.release.v1"],
});
const serverNamed = (name: string): Fault["match"] => ({ method: "POST", path: "/servers", body: [`"prod-${name}"`] });

/** The pools with another one of workers. */
function workers(more: object): object {
  const pools = sections.pools as { readonly worker: object };
  return { ...pools, worker: { ...pools.worker, ...more } };
}

const slow = (match: Fault["match"]): Fault => ({ kind: "slow-reply", seconds: 600, match });

describe.skipIf(missing.length > 0)("a stack whose runs were killed", () => {
  beforeAll(async () => {
    const installation = findInstallation();
    if (installation === undefined) throw new Error("the engine has gone");
    const doors = Object.fromEntries(Object.entries(faults).map(([name, each]) => [name, { faults: each }]));
    world = await createWorld({ dir: join(dir, "world"), stack: { ...config, stack: "prod" }, doors, say });
    sections = world.sections;
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

  test("killed while servers are made: the plan names the lock and the server, and changes nothing", async () => {
    faults.hetzner.arm([slow({ method: "POST", path: "/servers", body: ['"prod-worker-1"'] })]);
    await killedWhen(() => server("prod-worker-1") !== undefined);
    const before = await state();
    expect(before.pending.filter((line) => line.endsWith("::worker-1"))).toHaveLength(1);
    const { status, out } = await recover();
    expect(status).toBe(1);
    expect(out).toMatch(/unlock +the stack: .* has ended and left it/);
    expect(out).toContain(
      `clear    worker-1 (hcloud:Server): interrupted while creating; it was made: server ${server("prod-worker-1")?.id}`,
    );
    expect(out).toContain("Nothing was done. To do it: npm run recover -- prod --yes");
    expect(await state()).toMatchObject({ pending: before.pending });
  });

  test("recovered, the server is the stack's, and the next up makes the rest", { timeout: 900_000 }, async () => {
    const id = server("prod-worker-1")?.id;
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    const after = await state();
    expect(after.pending).toEqual([]);
    expect(after.idOf("worker-1")).toBe(String(id));
    await killedInHelm();
    expect(server("prod-worker-1")?.id).toBe(id);
  });

  /** The next `up` is killed while Helm installs a release. */
  async function killedInHelm(): Promise<void> {
    faults.kubernetes.arm([
      slow({ method: "POST", path: "/apis/apps/v1/namespaces/haproxy-controller/deployments" }),
      slow({ method: "POST", path: "/apis/apps/v1/namespaces/haproxy-controller/daemonsets" }),
    ]);
    await killedWhen(() => faults.kubernetes.pending().length < 2);
    expect(await records("haproxy-controller")).toEqual(["haproxy 1 pending-install"]);
  }

  test("killed while Helm installs: recovered, nothing of it is recorded any more", { timeout: 900_000 }, async () => {
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    expect(out).toContain("delete Secret sh.helm.release.v1.haproxy.v1");
    expect(await records("haproxy-controller")).toEqual([]);
  });

  test("answers lost: no up alone makes them again; recovered, the next one does", { timeout: 900_000 }, async () => {
    const [helm, record] = [
      recordsOf("cert-manager"),
      { method: "POST", path: "/zones/*/dns_records", body: ['"late.example.com"', '"A"'] },
    ];
    const dns = sections.dns as { readonly records: object };
    edit({ dns: { ...dns, records: { ...dns.records, "late.example.com": {} } }, pools: workers({ count: 4 }) });
    faults.hetzner.arm([{ kind: "drop-after", match: serverNamed("worker-4") }]);
    faults.kubernetes.arm([{ kind: "drop-after", match: helm }]);
    faults.cloudflare.arm([{ kind: "drop-after", match: record }]);
    const first = await upAnyway().ended;
    expect(faults.kubernetes.pending().filter(({ kind }) => kind === "drop-after")).toEqual([]);
    const second = await upAnyway().ended;
    expect([first.status, second.status]).not.toContain(0);
    expect(second.out).toMatch(/another operation \(install\/upgrade\/rollback\) is in progress/);
    expect(second.out).toMatch(/identical record already exists/i);
    expect(second.out).toMatch(/uniqueness_error/);
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    expect(out).toContain("delete Secret sh.helm.release.v1.cert-manager.v1");
    expect(out).toMatch(/refresh +release\/cert-manager \(kubernetes:Release\): it is no longer there/);
    expect(out).toMatch(/import +late\.example\.com \(cloudflare:DnsRecord\): record \w+ is there/);
    const id = server("prod-worker-4")?.id;
    expect(out).toContain(`worker-4 (hcloud:Server): server ${id} is there`);
    await goesOn();
    expect(server("prod-worker-4")?.id).toBe(id);
    expect(await records("cert-manager")).toEqual(["cert-manager 1 deployed"]);
    expect(await records("haproxy-controller")).toEqual(["haproxy 1 deployed"]);
  });

  test("killed while Helm upgrades: the revision before is the last again, and the next up upgrades it", {
    timeout: 900_000,
  }, async () => {
    const platform = sections.platform as Readonly<Record<string, object>>;
    edit({ platform: { ...platform, haproxy: { ...platform.haproxy, values: { controller: { replicaCount: 3 } } } } });
    faults.kubernetes.arm([slow(recordsOf("haproxy-controller"))]);
    await killedWhen(async () => (await records("haproxy-controller")).includes("haproxy 2 pending-upgrade"));
    expect((await records("haproxy-controller")).toSorted()).toEqual([
      "haproxy 1 deployed",
      "haproxy 2 pending-upgrade",
    ]);
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    expect(await records("haproxy-controller")).toEqual(["haproxy 1 deployed"]);
    await goesOn();
    expect((await records("haproxy-controller")).toSorted()).toEqual(["haproxy 1 superseded", "haproxy 2 deployed"]);
  });

  test("killed while a server is made in place of an old one: recovered, the new one is the stack's", {
    timeout: 900_000,
  }, async () => {
    const before = server("prod-worker-3")?.id;
    edit({ pools: workers({ nodes: { 3: { generation: 2 } } }) });
    faults.hetzner.arm([slow(serverNamed("worker-3"))]);
    await killedWhen(() => ![undefined, before].includes(server("prod-worker-3")?.id));
    const id = server("prod-worker-3")?.id;
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    expect(out).toContain(`adopt    worker-3 (hcloud:Server): server ${id} is there in place of the old one`);
    await goesOn();
    expect(server("prod-worker-3")?.id).toBe(id);
  });

  test("and so it is where only the answer was lost that it was made", { timeout: 900_000 }, async () => {
    const before = server("prod-worker-2")?.id;
    edit({ pools: workers({ nodes: { 2: { generation: 2 }, 3: { generation: 2 } } }) });
    faults.hetzner.arm([{ kind: "drop-after", match: serverNamed("worker-2") }]);
    expect((await upAnyway().ended).status).not.toBe(0);
    const again = await upAnyway().ended;
    expect(again.out).toMatch(/uniqueness_error/);
    const id = server("prod-worker-2")?.id;
    const { status, out } = await recover("--yes");
    expect(status, out).toBe(0);
    expect(out).toContain(`adopt    worker-2 (hcloud:Server): server ${id} is there in place of the old one`);
    await goesOn();
    expect(server("prod-worker-2")?.id).toBe(id);
    expect(id).not.toBe(before);
  });

  test("and there is nothing left to do, no orphan and nothing twice", async () => {
    const previewed = await stack.preview();
    expect(previewed.failure).toBeUndefined();
    expect(changes(previewed.operations)).toEqual([]);
    const { idOf } = await state();
    const servers = world.hetzner.servers.list().map(({ id, name }) => [name, String(id)]);
    expect(servers).toEqual(servers.map(([name = ""]) => [name, idOf(name.replace("prod-", ""))]));
    expect((await recover()).status).toBe(0);
  });

  test("no secret was said", () => {
    expect(openSecrets(said.join("\n"), config.canaries)).toEqual([]);
  });
});
