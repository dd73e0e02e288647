import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { machineConfig } from "../../lib/talos/config.ts";
import { heldCluster } from "../../lib/talos/held.ts";
import type { TalosNode, TalosOptions } from "../../lib/talos/options.ts";
import type { TalosSecrets } from "../../lib/talos/secrets.ts";
import type { RunResult } from "../../rehearsal/engine/run.ts";
import { plain } from "../../rehearsal/engine/values.ts";
import { createRandom } from "../../rehearsal/random/provider.ts";
import { Secret } from "../../rehearsal/recording.ts";
import { createTls } from "../../rehearsal/tls/provider.ts";
import { controlPlane, server, talos, virtualMachine, worker } from "../harness/talos.ts";
import { missing, onPath } from "../harness/tools.ts";
import { runToy } from "./engine/program.ts";

const models = [createRandom({ seed: "talos" }), createTls({ seed: "talos" })];
const folder = mkdtempSync(join(tmpdir(), "groundwork-talos-"));
let first: RunResult;
let secrets: TalosSecrets;
let administrator: { readonly ca: string; readonly crt: string; readonly key: string };

beforeAll(async () => {
  first = await runToy("talos-pki.ts", {}, { models });
  expect(first.recording.failure).toBe(undefined);
  const outputs = plain(first.recording.outputs);
  secrets = outputs.secrets as TalosSecrets;
  administrator = outputs.administrator as typeof administrator;
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true }));

const certificate = (base64: string): X509Certificate => new X509Certificate(Buffer.from(base64, "base64"));

test("every certificate verifies against its own authority, and no other", () => {
  const authorities = ["talos", "etcd", "kubernetes", "aggregator"] as const;
  for (const name of authorities) {
    const own = certificate(secrets[name].crt);
    expect(own.ca).toBe(true);
    for (const other of authorities)
      expect(own.verify(certificate(secrets[other].crt).publicKey), `${name} by ${other}`).toBe(name === other);
  }
  const admin = certificate(administrator.crt);
  expect(administrator.ca).toBe(secrets.talos.crt);
  expect(admin.verify(certificate(secrets.talos.crt).publicKey)).toBe(true);
  expect(admin.ca).toBe(false);
  expect(admin.subject).toBe("O=os:admin");
  expect(admin.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
});

test("tokens and keys have the forms that Talos takes", () => {
  expect(secrets.bootstrapToken).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  expect(secrets.machineToken).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  for (const key of [secrets.clusterId, secrets.clusterSecret, secrets.secretboxKey])
    expect(Buffer.from(key, "base64").length).toBe(32);
  const label = (base64: string) => Buffer.from(base64, "base64").toString().split("\n")[0];
  expect(label(secrets.talos.key)).toBe("-----BEGIN ED25519 PRIVATE KEY-----");
  expect(label(administrator.key)).toBe("-----BEGIN ED25519 PRIVATE KEY-----");
  expect(label(secrets.kubernetes.key)).toBe("-----BEGIN EC PRIVATE KEY-----");
});

test("what the cluster shares is secret as a whole, and a second run makes none of it anew", async () => {
  expect(first.recording.outputs.secrets).toBeInstanceOf(Secret);
  expect(first.recording.outputs.administrator).toBeInstanceOf(Secret);
  const again = await runToy("talos-pki.ts", {}, { models, state: first.state });
  expect(again.recording.steps.filter(({ operation }) => operation !== "same")).toEqual([]);
  expect(plain(again.recording.outputs)).toEqual(plain(first.recording.outputs));
});

test("what the state holds of a cluster is what the program made of it: npm run talos goes on from there", () => {
  const resources = first.state.resources.map(({ urn, type, outputs }) => ({ urn, type, outputs: plain(outputs) }));
  const exported = (kept: readonly object[]) => JSON.stringify({ version: 3, deployment: { resources: kept } });
  expect(heldCluster(exported(resources), "metal")).toEqual({
    ...{ secrets, administrator },
    ...{ tailnetKeys: new Map(), bootstrapped: false },
  });
  const halfMade = resources.filter(({ urn }) => !urn.endsWith("::metal-pki-etcd"));
  expect(heldCluster(exported(halfMade), "metal").secrets).toBeUndefined();
});

const older = { ...talos, version: "v1.12.7", kubernetes: "v1.35.4" };
const plainNode: TalosNode = { ...controlPlane, addressing: "dhcp", link: "only" };
const inCloud = ({ vip: _vip, ...options }: TalosOptions): TalosOptions => ({
  ...options,
  externalCloudProvider: true,
});
const cases: readonly (readonly [string, TalosOptions, TalosNode, "metal" | "cloud"])[] = [
  ["a control plane with a virtual address", talos, controlPlane, "metal"],
  ["a control plane of v1.12", older, controlPlane, "metal"],
  [
    "a control plane with KubeSpan and flannel",
    { ...talos, cni: "flannel", kubeProxy: true, kubeSpan: true },
    plainNode,
    "metal",
  ],
  ["a control plane of v1.12 with KubeSpan", { ...older, kubeSpan: true }, plainNode, "metal"],
  ["a worker", talos, worker, "metal"],
  ["a worker of v1.12", older, worker, "metal"],
  ...[talos, older].flatMap((options) =>
    (["control-plane", "worker"] as const).flatMap((role) => [
      [`a ${role} on a VM, ${options.version}`, options, { ...virtualMachine, role }, "cloud"] as const,
      [`a ${role} at Hetzner, ${options.version}`, inCloud(options), { ...server, role }, "cloud"] as const,
    ]),
  ),
];

const noTalosctl = !onPath("talosctl");
if (noTalosctl) console.warn(missing("talosctl"));

test.skipIf(noTalosctl).each(cases)("talosctl accepts the configuration of %s", (name, options, node, mode) => {
  const file = join(folder, `${name.replaceAll(" ", "-")}.yaml`);
  writeFileSync(file, machineConfig({ talos: options, node, secrets }), { mode: 0o600 });
  const { status, stderr } = spawnSync("talosctl", ["validate", "--strict", "--mode", mode, "--config", file], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
});

test.skipIf(noTalosctl)("talosctl refuses a worker that holds an authority's key: the check above can fail", () => {
  const file = join(folder, "wrong.yaml");
  const text = machineConfig({ talos, node: controlPlane, secrets }).replace("type: controlplane", "type: worker");
  writeFileSync(file, text, { mode: 0o600 });
  const { status, stderr } = spawnSync("talosctl", ["validate", "--mode", "metal", "--config", file], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain("issuing Talos API CA key is not allowed on non-controlplane nodes");
});
