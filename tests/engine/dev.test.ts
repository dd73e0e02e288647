import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { type K3dOnPath, putK3dOnPath } from "../../rehearsal/pulumi/k3d.ts";
import { missingForStacks } from "../../rehearsal/pulumi/missing.ts";
import { changes } from "../../rehearsal/pulumi/operations.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";
import { Rehearsed } from "../../rehearsal/pulumi/rehearsed.ts";
import { EngineStack, type Ran, type Sections } from "../../rehearsal/pulumi/stack.ts";
import { createWorld, type World } from "../../rehearsal/pulumi/world.ts";
import { openSecrets } from "./open-secrets.ts";

// `dev` on the real engine and the real providers, through its life: one test after the other. The steps run as they are,
// against stand-ins for docker and k3d on PATH; the cluster is a real control plane.

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const missing = missingForStacks(pluginsOf(process.cwd()).map(({ name }) => name));
for (const line of missing) say(`skipped: dev on the real engine: ${line}`);

const config = loadStackConfig(process.cwd(), "dev");
const dir = mkdtempSync(join(tmpdir(), "groundwork-engine-"));
let world: World;
let k3d: K3dOnPath;
let stack: EngineStack;
let rehearsed: Rehearsed;
const said: string[] = [];

async function well(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  said.push(...ran.said);
  expect(ran.failure).toBeUndefined();
  expect([...world.failures(), ...k3d.failures()]).toEqual([]);
  return ran;
}

let sections: Record<string, Record<string, unknown>>;

/** A preview shows the changes, an `up` does just those, nothing is left to do, and the rehearsal says the same. */
async function edit(change: () => void, expected: readonly string[]): Promise<void> {
  change();
  stack.configure(sections as Sections);
  expect(changes((await well(stack.preview())).operations).toSorted()).toEqual(expected.toSorted());
  expect(changes((await well(stack.up())).operations).toSorted()).toEqual(expected.toSorted());
  expect(changes((await well(stack.preview())).operations)).toEqual([]);
  expect((await rehearsed.up(sections)).toSorted()).toEqual(expected.toSorted());
}

const addresses = () =>
  Object.fromEntries(Object.entries(k3d.docker.state.containers).map(([name, { address }]) => [name, address]));

const servers = {
  "k3d-dev-server-0": "172.30.0.4",
  "k3d-dev-server-1": "172.30.0.5",
  "k3d-dev-server-2": "172.30.0.6",
  "k3d-dev-serverlb": "172.30.0.7",
};

describe.skipIf(missing.length > 0)("dev on the real engine", () => {
  beforeAll(async () => {
    const installation = findInstallation();
    if (installation === undefined) throw new Error("the engine has gone");
    world = await createWorld({ dir: join(dir, "world"), stack: { ...config, stack: "dev" }, say });
    k3d = await putK3dOnPath({ dir: join(dir, "k3d"), kube: world.kube });
    sections = structuredClone(world.sections) as typeof sections;
    rehearsed = new Rehearsed({ ...config, stack: "dev" }, process.cwd());
    stack = await EngineStack.create({
      installation: { ...installation, path: k3d.path(installation.path) },
      dir: join(dir, "engine"),
      project: process.cwd(),
      name: "dev",
      sections,
      secrets: Object.fromEntries(config.canaries),
    });
  });

  afterAll(async () => {
    await k3d?.stop();
    await world?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("a preview of the empty stack looks at the tools, and makes nothing", async () => {
    const { operations } = await well(stack.preview());
    expect(changes(operations).filter((line) => !line.startsWith("create "))).toEqual([]);
    expect(k3d.calls).toEqual(["docker version --format {{.Server.Version}}", "k3d version"]);
  });

  test("up makes what the preview showed, at the addresses that Prometheus is told", async () => {
    const { operations } = await well(stack.up());
    const named = changes(operations).filter((line) => !/^create default(_|$)/.test(line));
    expect((await rehearsed.up(sections)).toSorted()).toEqual(named.toSorted());
    expect(addresses()).toEqual(servers);
    expect((await stack.outputs()).established).toEqual(["cp-1", "cp-2", "cp-3"]);
  });

  test("a second up changes nothing", async () => {
    expect(changes((await well(stack.up())).operations)).toEqual([]);
  });

  test("workers come, and one in the middle goes, drained first", async () => {
    const worker = { machine: "docker", role: "worker", count: 2, firstAddress: "172.30.0.10" };
    await edit(() => Object.assign(sections.pools ?? {}, { worker }), ["create worker-1-node", "create worker-2-node"]);
    expect(addresses()).toEqual({
      ...servers,
      "k3d-dev-worker-1-0": "172.30.0.10",
      "k3d-dev-worker-2-0": "172.30.0.11",
    });
    await edit(
      () => Object.assign(sections.pools?.worker as object, { count: 1, skip: [1] }),
      ["delete worker-1-node"],
    );
    expect(addresses()).toEqual({ ...servers, "k3d-dev-worker-2-0": "172.30.0.11" });
    const drained = k3d.calls.findIndex((call) => call.includes("kubectl drain dev-worker-1"));
    expect(drained).toBeGreaterThan(-1);
    expect(k3d.calls.findIndex((call) => call.includes("node delete k3d-dev-worker-1-0"))).toBeGreaterThan(drained);
  });

  test("a changed Helm value upgrades its release alone", async () => {
    await edit(
      () => Object.assign(sections.platform?.["cert-manager"] as object, { values: { replicaCount: 2 } }),
      ["update release/cert-manager"],
    );
  });

  test("fewer servers than stand are refused before anything is done", async () => {
    const { cp, ...others } = sections.pools ?? {};
    stack.configure({ ...sections, pools: { ...others, cp: { ...(cp as object), count: 1 } } });
    const { length } = k3d.calls;
    const refused = await stack.preview();
    expect(refused.said.join("\n")).toContain(
      `k3d cannot change the servers of a cluster that stands: dev has cp-1, cp-2 and cp-3, and 1 are asked for`,
    );
    expect(k3d.calls.slice(length)).toEqual(["docker version --format {{.Server.Version}}", "k3d version"]);
    stack.configure(sections as Sections);
  });

  test("no secret is in the state in plain text, nor in anything that was said", async () => {
    const state = await stack.export();
    expect(openSecrets([state, ...said].join("\n"), config.canaries)).toEqual([]);
  });

  test("destroy takes the cluster and its network, and drains nothing", async () => {
    const { length } = k3d.calls;
    await well(stack.destroy());
    expect(k3d.docker.state).toMatchObject({ networks: {}, containers: {} });
    expect(k3d.calls.slice(length).filter((call) => call.includes("drain"))).toEqual([]);
    expect(JSON.parse(await stack.export())).not.toHaveProperty("deployment.resources");
  });
});
