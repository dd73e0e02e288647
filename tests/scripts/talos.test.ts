import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { machineConfig } from "../../lib/talos/config.ts";
import type { TalosNode } from "../../lib/talos/options.ts";
import type { TalosSecrets } from "../../lib/talos/secrets.ts";
import {
  applyStep,
  bootstrapStep,
  kubeconfigStep,
  leaveStep,
  memberStep,
  resetStep,
  talosStdin,
} from "../../lib/talos/steps.ts";
import { talosconfig } from "../../lib/talos/talosconfig.ts";
import { createHosts } from "../../rehearsal/command/hosts.ts";
import { createClusters } from "../../rehearsal/command/k3s/clusters.ts";
import { plain } from "../../rehearsal/engine/values.ts";
import { type Answer, clockPrograms, programText, putPrograms, servePrograms } from "../../rehearsal/hosts/programs.ts";
import { RealTalosctl } from "../../rehearsal/pulumi/real-talosctl.ts";
import { createRandom } from "../../rehearsal/random/provider.ts";
import { createTalosMachines, type TalosMachines } from "../../rehearsal/talos/machines.ts";
import { Talosctl } from "../../rehearsal/talos/talosctl.ts";
import { createTls } from "../../rehearsal/tls/provider.ts";
import { controlPlane, talos } from "../harness/talos.ts";
import { missing, onPath } from "../harness/tools.ts";
import { runToy } from "../rehearsal/engine/program.ts";

// The steps of a Talos cluster's life, one test after the other, in a real shell: talosctl is the rehearsal's model of it.

const speed = 100;
const root = mkdtempSync(join(tmpdir(), "groundwork-talos-life-"));
let secrets: TalosSecrets;
let credentials: string;
let machines: TalosMachines;
let talosctl: Talosctl;
let server: Server;
const kubectl: string[] = [];

beforeAll(async () => {
  const models = [createRandom({ seed: "talos" }), createTls({ seed: "talos" })];
  const outputs = plain((await runToy("talos-pki.ts", {}, { models })).recording.outputs);
  secrets = outputs.secrets as TalosSecrets;
  const administrator = outputs.administrator as { readonly ca: string; readonly crt: string; readonly key: string };
  credentials = talosconfig({ cluster: "metal", endpoints: [], nodes: [], ...administrator });
  const hosts = createHosts();
  machines = createTalosMachines({ hosts, clusters: createClusters({ seed: "talos", hosts }) });
  const began = performance.now();
  talosctl = new Talosctl({
    machines,
    now: () => ((performance.now() - began) / 1000) * speed,
    kubeconfig: ({ main }) => Promise.resolve(`server: ${main.cluster.controlPlane.endpoint}\n`),
    hasNetwork: () => Promise.resolve(false),
    judge: () => Promise.resolve(undefined),
  });
  const [bin, socket] = [join(root, "bin"), join(root, "socket")];
  putPrograms(bin, {
    talosctl: programText("talosctl", socket),
    kubectl: programText("kubectl", socket),
    ...clockPrograms(speed),
  });
  mkdirSync(join(root, "tmp"));
  server = await servePrograms((program, args): Answer | Promise<Answer> => {
    if (program === "talosctl") return talosctl.call(args);
    kubectl.push(args.slice(args.indexOf("delete")).join(" "));
    return { code: 0, stdout: "", stderr: "" };
  }, socket);
});

afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

async function run(script: string, ...more: readonly string[]) {
  const child = spawn("/bin/sh", ["-c", script], {
    env: {
      PATH: `${join(root, "bin")}:/usr/bin:/bin`,
      ...{ TMPDIR: join(root, "tmp"), HOME: root, XDG_STATE_HOME: join(root, "state") },
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (stdout += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
  child.stdin.end(talosStdin(credentials, ...more));
  const status = await new Promise((resolve) => child.once("close", resolve));
  return { status, stdout, said: stderr.split("\n").flatMap((line) => /^groundwork: (.*)/.exec(line)?.[1] ?? []) };
}

const nodes = [1, 2, 3].map(
  (number): TalosNode => ({ ...controlPlane, name: `metal-cp-${number}`, address: `10.42.0.10${number}` }),
);
const [first, second, third] = nodes as [TalosNode, TalosNode, TalosNode];
const machine = ({ name, address }: TalosNode) => ({ name, address, timeout: 3600 });
const apply = (node: TalosNode, options = talos) =>
  run(applyStep({ ...machine(node), disk: "/dev/nvme0n1" }), machineConfig({ talos: options, node, secrets }));
const bootstrap = (node: TalosNode, again: "accept" | "refuse") =>
  run(bootstrapStep({ ...machine(node), peers: nodes.map(({ address }) => address), again }));
const member = (node: TalosNode, peer: TalosNode) =>
  run(memberStep({ ...machine(node), role: "control-plane", peer: peer.address }));
const leave = (node: TalosNode, peers: readonly TalosNode[]) =>
  run(leaveStep({ ...machine(node), peers: peers.map(({ address }) => address) }));
const well = (said: string) => ({ status: 0, said: expect.arrayContaining([said]) as unknown });
const configured = (): readonly string[] =>
  machines
    .all()
    .flatMap(({ configuration }) => configuration?.hostname ?? [])
    .toSorted();
const called = (verb: string) => talosctl.calls.filter((call) => call.includes(` ${verb}`));

test("machines in maintenance mode take their configurations, and one of them starts the cluster, once", async () => {
  expect(await Promise.all(nodes.map((node) => apply(node)))).toMatchObject(
    nodes.map(({ name }) => well(`${name} has its configuration`)),
  );
  expect(await bootstrap(first, "accept")).toMatchObject(well("metal-cp-1 started the cluster"));
  expect(await bootstrap(second, "accept")).toMatchObject(
    well("the cluster is there already: etcd runs at 10.42.0.102"),
  );
  expect(await bootstrap(first, "refuse")).toMatchObject({ status: 1 });
  expect(called("bootstrap")).toHaveLength(1);
  for (const [node, peer] of [
    [first, second],
    [second, first],
    [third, first],
  ] as const)
    expect(await member(node, peer)).toMatchObject(well(`${node.name} is a complete part of the cluster`));
  expect((await run(kubeconfigStep({ address: first.address, renewal: {}, timeout: 3600 }))).stdout).toBe(
    "server: https://10.42.0.100:6443\n",
  );
});

test("a configuration is applied in place, and another image is an upgrade, to the next minor and never back", async () => {
  expect(await apply(second, { ...talos, kubeletArgs: ["max-pods=200"] })).toMatchObject({ status: 0 });
  expect(called("upgrade")).toEqual([]);
  expect(await apply(second, { ...talos, version: "v1.13.10" })).toMatchObject({ status: 0 });
  expect(called("upgrade")).toHaveLength(1);
  expect(await member(second, first)).toMatchObject({ status: 0 });
  expect(await apply(second, { ...talos, version: "v1.12.7", kubernetes: "v1.35.4" })).toMatchObject({
    status: 1,
    said: [expect.stringContaining("metal-cp-2 runs Talos v1.13.10, from which no way leads back to v1.12.7")],
  });
});

test("a control plane leaves drained, with a snapshot before, and joins again as a machine in maintenance mode", async () => {
  expect(await leave(third, [first, second])).toMatchObject(well("metal-cp-3 has left the cluster"));
  expect(talosctl.drains).toEqual(["metal-cp-2", "metal-cp-3"]);
  expect(kubectl).toEqual(["delete node metal-cp-3 --ignore-not-found"]);
  expect(readdirSync(join(root, "state/groundwork/etcd"))).toHaveLength(1);
  expect(configured()).toEqual(["metal-cp-1", "metal-cp-2"]);
  expect(await apply(third)).toMatchObject({ status: 0 });
  expect(await member(third, first)).toMatchObject({ status: 0 });
});

test("one that joined later leaves although another that it knew has left before it", async () => {
  const more = [4, 5].map(
    (number): TalosNode => ({ ...controlPlane, name: `metal-cp-${number}`, address: `10.42.0.10${number}` }),
  );
  const [fourth, fifth] = more as [TalosNode, TalosNode];
  for (const node of more) expect(await apply(node)).toMatchObject({ status: 0 });
  expect(await member(fifth, first)).toMatchObject({ status: 0 });
  expect(await leave(fifth, [...nodes, fourth])).toMatchObject(well("metal-cp-5 has left the cluster"));
  expect(await leave(fourth, [...nodes, fifth])).toMatchObject(well("metal-cp-4 has left the cluster"));
});

test("whoever holds another cluster's credentials changes nothing", async () => {
  const own = credentials;
  credentials = own.replace(/crt: .*/, `crt: ${secrets.kubernetes.crt}`);
  expect(await run(resetStep({ ...machine(first), timeout: 30 }))).toMatchObject(
    well("metal-cp-1 is not in this cluster any more, or does not answer at 10.42.0.101"),
  );
  credentials = own;
  expect(configured()).toHaveLength(3);
});

test("machines that outlive their cluster are reset, and nothing of it is drained", async () => {
  const drained = talosctl.drains.length;
  for (const node of nodes) expect(await run(resetStep(machine(node)))).toMatchObject(well(`${node.name} is reset`));
  expect(talosctl.drains).toHaveLength(drained);
  expect(configured()).toEqual([]);
  expect(readdirSync(join(root, "tmp"))).toEqual([]);
});

const noTalosctl = !onPath("talosctl");
if (noTalosctl) console.warn(missing("talosctl"));

test.skipIf(noTalosctl)("the real talosctl knows every command and flag that the steps have called", async () => {
  const real = new RealTalosctl(console.warn);
  for (const call of talosctl.calls) expect(await real.reads(call.split(" "))).toBeUndefined();
  expect(await real.reads(["etcd", "members", "--nowhere"])).toContain("unknown flag: --nowhere");
});
