import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Refused } from "../../commands/command.ts";
import { readOptions } from "../../commands/talos/options.ts";
import { apply, bootstrap, configuration } from "../../commands/talos/perform.ts";
import { talosStage } from "../../commands/talos/stage.ts";
import type { HeldCluster } from "../../lib/talos/held.ts";
import { UsageError } from "../../rehearsal/engine/stack-file.ts";
import { secrets } from "../harness/talos.ts";

// `npm run talos`: what it asks of the machines, by the steps that it runs, and what it refuses.

const metal = talosStage(process.cwd(), "talos-metal");
const proxmox = talosStage(process.cwd(), "talos-proxmox");

const held: HeldCluster = {
  ...{ secrets, administrator: { ca: "ca", crt: "crt", key: "key" } },
  ...{ tailnetKeys: new Map(), bootstrapped: true },
};
const fresh: HeldCluster = { ...held, bootstrapped: false };

/** Runs nothing: writes down `<verb> <name>` of each step, and fails at the one that is named. */
function recorder(failing?: string) {
  const steps: string[] = [];
  const input: string[][] = [];
  const run = async (script: string, stdin: string): Promise<string | undefined> => {
    const [, verb = "", name = ""] = /^# groundwork step: (\S+) .*\bname=(\S+)/m.exec(script) ?? [];
    steps.push(`${verb} ${name}`);
    input.push(stdin.split("\n").map((line) => Buffer.from(line, "base64").toString()));
    return `${verb} ${name}` === failing ? "refuses its configuration" : undefined;
  };
  return { steps, input, run };
}

test("a configuration is shown without what is secret in it, unless that is asked for", () => {
  const hidden = configuration(metal, "cp-1");
  for (const value of Object.values(secrets).flatMap((each) => (typeof each === "string" ? [each] : [each.key])))
    expect(hidden).not.toContain(value);
  expect(hidden).toContain("hostname: metal-cp-1");
  expect(configuration(metal, "cp-1", held)).toContain(secrets.secretboxKey);
});

test("all machines of a cluster that stands: one control plane at a time, the first last, each healthy before the next", async () => {
  const { steps, input, run } = recorder();
  expect(await apply(metal, { nodes: "all", held, run })).toEqual([
    { node: "cp-2", result: "applied" },
    { node: "cp-3", result: "applied" },
    { node: "cp-1", result: "applied" },
  ]);
  expect(steps).toEqual(
    ["cp-2", "cp-3", "cp-1"].flatMap((name) => [`talos-apply metal-${name}`, `talos-member metal-${name}`]),
  );
  expect(input[0]?.[1]).toBe(configuration(metal, "cp-2", held));
});

test("the first that fails leaves the rest untouched, and says so", async () => {
  const { steps, run } = recorder("talos-member metal-cp-2");
  expect(await apply(metal, { nodes: "all", held, run })).toEqual([
    { node: "cp-2", result: "failed", reason: "refuses its configuration" },
    { node: "cp-3", result: "untouched" },
    { node: "cp-1", result: "untouched" },
  ]);
  expect(steps).toEqual(["talos-apply metal-cp-2", "talos-member metal-cp-2"]);
});

test("before the bootstrap nobody waits for members; one node is that node alone", async () => {
  const { steps, run } = recorder();
  expect(await apply(proxmox, { nodes: ["worker-1"], held: fresh, run })).toEqual([
    { node: "worker-1", result: "applied" },
  ]);
  expect(steps).toEqual(["talos-apply lab-worker-1"]);
});

test("a cluster is bootstrapped once: what the program did is not done again, nor what the machines say is done", async () => {
  const { steps, run } = recorder();
  await expect(bootstrap(metal, { held, run })).rejects.toThrow(
    new Refused(
      "cluster metal has been bootstrapped by pulumi up, whose state holds metal-bootstrap. A second bootstrap would be a second cluster: nothing was changed",
    ),
  );
  expect(steps).toEqual([]);
  expect(await bootstrap(metal, { held: fresh, run })).toBeUndefined();
  expect(steps).toEqual(["talos-bootstrap metal-cp-1"]);
});

test("without the stack's authorities nothing is begun: a machine that trusts none is out of reach later", async () => {
  const { steps, run } = recorder();
  const none: HeldCluster = { ...fresh, secrets: undefined, administrator: undefined };
  await expect(apply(metal, { nodes: "all", held: none, run })).rejects.toThrow(Refused);
  await expect(bootstrap(metal, { held: none, run })).rejects.toThrow("pulumi up makes them");
  expect(() => configuration(metal, "cp-1", none)).toThrow(Refused);
  expect(steps).toEqual([]);
});

test("what is no Talos, or no node, is said by name", () => {
  expect(() => talosStage(process.cwd(), "dev")).toThrow(new UsageError("dev runs k3d: there is no Talos in it"));
  expect(() => configuration(proxmox, "cp-9")).toThrow(
    new UsageError("there is no node cp-9. There are: cp-1, worker-1"),
  );
});

test.each([
  [[], "name the stack"],
  [["lab"], "say what to do: config, apply or bootstrap"],
  [["lab", "upgrade"], "upgrade is none of config, apply and bootstrap"],
  [["lab", "config"], "config takes one node, <pool>-<n>"],
  [["lab", "apply"], "apply takes one node, <pool>-<n>, or --all"],
  [["lab", "apply", "cp-1", "--all"], "--all are all: leave out cp-1"],
  [["lab", "bootstrap", "cp-1"], "bootstrap takes no node: leave out cp-1"],
  [["lab", "bootstrap", "--all"], "--all belongs to apply, not to bootstrap"],
  [["lab", "apply", "cp-1", "--show-secrets"], "--show-secrets belongs to config, not to apply"],
])("wrong use: %j", (argv, message) => {
  expect(() => readOptions(argv)).toThrow(new Error(message));
});

const dir = mkdtempSync(join(tmpdir(), "groundwork-talos-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("the command itself: a stack whose state holds a bootstrap refuses another, with status 1 and nothing on standard output", () => {
  const urn = "urn:pulumi:talos-metal::groundwork::groundwork:talos:Cluster$command:local:Command::metal-bootstrap";
  const made = ["talos", "etcd", "kubernetes", "aggregator"].flatMap((role) => [
    resource("tls:index/selfSignedCert:SelfSignedCert", role, { certPem: "crt" }),
    resource("tls:index/privateKey:PrivateKey", role, { privateKeyPem: "key", privateKeyPemPkcs8: "key" }),
  ]);
  const others = [
    ...["cluster-id", "cluster-secret", "secretbox-key"].map((role) =>
      resource("random:index/randomBytes:RandomBytes", role, { base64: "Ynl0ZXM=" }),
    ),
    ...["bootstrap-token-id", "bootstrap-token-secret", "machine-token-id", "machine-token-secret"].map((role) =>
      resource("random:index/randomPassword:RandomPassword", role, { result: "text" }),
    ),
    resource("tls:index/privateKey:PrivateKey", "service-account", { privateKeyPem: "key" }),
    resource("tls:index/privateKey:PrivateKey", "administrator", { privateKeyPemPkcs8: "key" }),
    resource("tls:index/locallySignedCert:LocallySignedCert", "administrator", { certPem: "crt" }),
  ];
  const resources = [...made, ...others, { urn, type: "command:local:Command", outputs: {} }];
  writeFileSync(join(dir, "state.json"), JSON.stringify({ version: 3, deployment: { resources } }));
  writeFileSync(join(dir, "pulumi"), `#!/bin/sh\ncat ${join(dir, "state.json")}\n`);
  chmodSync(join(dir, "pulumi"), 0o755);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["commands/talos.ts", "talos-metal", "bootstrap"], {
    encoding: "utf8",
    env: { ...process.env, PATH: [dir, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter) },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("cluster metal has been bootstrapped by pulumi up");
});

const resource = (type: string, role: string, outputs: object) => ({
  urn: `urn:pulumi:talos-metal::groundwork::groundwork:talos:Pki$${type}::metal-pki-${role}`,
  ...{ type, outputs },
});
