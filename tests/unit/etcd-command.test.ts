import { expect, test } from "vitest";
import { heldNodes } from "../../commands/etcd/held.ts";
import { readOptions } from "../../commands/etcd/options.ts";
import { backupTalos, planTalosRestore, restoreTalos } from "../../commands/etcd/talos.ts";
import { readStage } from "../../commands/stage.ts";
import { talosStage } from "../../commands/talos/stage.ts";
import { k3sOptions } from "../../components/cluster/k3s/documents.ts";
import { planStagePlatform } from "../../config/platform.ts";
import { k3sConfig } from "../../lib/k3s/config.ts";
import { readRestore, readSnapshots } from "../../lib/k3s/etcd.ts";
import { SecretRef } from "../../lib/platform/release.ts";
import { node } from "../harness/systems.ts";
import { fixtures, parseConfig, readStackFile } from "../helpers/stack-file.ts";

test.each([
  [["prod", "backup"], { stack: "prod", ask: { verb: "backup" }, json: false }],
  [
    ["prod", "backup", "--to", "backups", "--node", "cp-2", "--json"],
    { stack: "prod", ask: { verb: "backup", to: "backups" }, node: "cp-2", json: true },
  ],
  [["prod", "list"], { stack: "prod", ask: { verb: "list" }, json: false }],
  [
    ["prod", "restore", "nightly-cp-1-1700000000.zip", "--yes"],
    { stack: "prod", ask: { verb: "restore", snapshot: "nightly-cp-1-1700000000.zip", yes: true }, json: false },
  ],
  [
    ["prod", "restore", "./backups/a-1"],
    { stack: "prod", ask: { verb: "restore", snapshot: "a-1", file: "./backups/a-1", yes: false }, json: false },
  ],
  [["--help"], undefined],
])("asked: %j", (argv, options) => {
  expect(readOptions(argv)).toEqual(options);
});

test.each([
  [[], "name the stack"],
  [["prod"], "say what to do: backup, list or restore"],
  [["prod", "restor"], "restor is none of backup, list and restore"],
  [["prod", "restore"], "restore takes one snapshot: a name of the list, or a file"],
  [["prod", "restore", "a", "b"], "restore takes one snapshot"],
  [["prod", "restore", "./a b"], '"a b" is no name of a snapshot'],
  [["prod", "list", "--to", "x"], "--to belongs to backup, not to list"],
  [["prod", "backup", "--yes"], "--yes belongs to restore, not to backup"],
  [["prod", "list", "cp-1"], "list takes nothing more: leave out cp-1"],
])("refused: %j", (argv, message) => {
  expect(() => readOptions(argv)).toThrow(message);
});

test("nodes are reached as their join was, by what the state holds of it", () => {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const connection = {
    host: "10.0.1.10",
    user: "root",
    privateKey: "KEY",
    hostKey: "ssh-ed25519 AAAA",
    dialErrorLimit: 60,
  };
  const resource = (name: string, type: string, inputs: object) => ({
    urn: `urn:pulumi:prod::groundwork::groundwork:k3s:Cluster$groundwork:k3s:Node$${type}::${name}`,
    custom: true,
    type,
    id: name,
    inputs,
  });
  const remote = "command:remote:Command";
  const jump = { host: "203.0.113.1", user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 BBBB" };
  const text = JSON.stringify({
    deployment: {
      resources: [
        resource("cp-1-join", remote, { connection: secret({ ...connection, proxy: jump }), stdin: secret("S\nA\n") }),
        resource("worker-1-member", remote, { connection, stdin: "" }),
        resource("desk-10-join", remote, {
          connection: { ...connection, user: "ops", port: 2222 },
          stdin: secret("A\n"),
        }),
      ],
    },
  });
  const login = { host: "10.0.1.10", user: "root", port: 22, privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" };
  expect(Object.fromEntries(heldNodes(text))).toEqual({
    "cp-1": { connection: { ...login, proxy: { ...jump, port: 22 } }, stdin: "S\nA\n" },
    "desk-10": { connection: { ...login, user: "ops", port: 2222 }, stdin: "A\n" },
  });
});

test("what steps print is read line by line, and nothing else is taken for it", () => {
  const hash = "ab".repeat(32);
  expect(readSnapshots(`warning: x|1|y\na-cp-1-17|120|${hash}\n../b|1|${hash}\n`)).toEqual([
    { file: "a-cp-1-17", bytes: 120, sha256: hash },
  ]);
  expect([readRestore("restore a-1 1700000000\n"), readRestore("changed /etc\n")]).toEqual([
    "a-1 1700000000",
    undefined,
  ]);
});

test("snapshots also go to a bucket: k3s is told of the Secret alone, which has the keys by reference", () => {
  const parsed = parseConfig(readStackFile(new URL("valid/everything.yaml", fixtures)));
  if (!parsed.ok || parsed.stage.cluster.distribution !== "k3s") throw new Error("the fixture is another one");
  const { stage, nodes } = parsed;
  const { cluster } = parsed.stage;
  const k3s = k3sOptions({ ...stage, cluster }, "10.0.0.5:6443", []);
  const config = k3sConfig({ node: node("cp", 1), k3s, membership: { kind: "init" } }).cluster;
  expect(Object.entries(config).filter(([key]) => key.startsWith("etcd-s3"))).toEqual([
    ["etcd-s3", true],
    ["etcd-s3-config-secret", "etcd-snapshots-s3"],
  ]);
  const made = planStagePlatform({ ...stage, nodes }).steps.find(
    ({ id }) => id === "secret/kube-system/etcd-snapshots-s3",
  );
  if (made?.kind !== "object") throw new Error("there is no such Secret");
  const { type, stringData } = made.manifest;
  const shown = Object.entries(stringData as object).map(([key, value]: [string, unknown]) => [
    key,
    value instanceof SecretRef ? `secret:${value.secret}` : value,
  ]);
  expect({ type, ...Object.fromEntries(shown) }).toEqual({
    type: "etcd.k3s.cattle.io/s3-config-secret",
    "etcd-s3-endpoint": "s3.example.com:9000",
    "etcd-s3-bucket": "etcd",
    "etcd-s3-region": "eu-central-1",
    "etcd-s3-folder": "full",
    "etcd-s3-access-key": "secret:s3-key",
    "etcd-s3-secret-key": "secret:s3-secret",
  });
});

test.each([
  ["talos-metal", "./a.db", undefined, "name the file that backup --to DIR has brought here"],
  ["talos-metal", "package.json", undefined, "docs/etcd.md says how it is done by hand. Nothing was changed"],
  ["talos-proxmox", "package.json", "worker-1", "there is no control plane worker-1. There are: cp-1"],
])("a restore of Talos that is refused before anything is run: %s, %s, %s", async (stack, file, node, message) => {
  const stage = talosStage(process.cwd(), stack);
  const releases = readStage(process.cwd(), stack).stage.platform;
  const run = () => Promise.reject(new Error("it was run"));
  const args = { stage, administrator: undefined, run };
  await expect(planTalosRestore(args, { file, node, releases })).rejects.toThrow(message);
  await expect(backupTalos(args, { to: undefined, node, label: "x" })).rejects.toThrow(
    "say where to bring it, --to DIR",
  );
});

test("a restore of Talos looks at all control planes, wipes them, begins one anew and waits for each", async () => {
  const stage = talosStage(process.cwd(), "talos-metal");
  const steps: string[] = [];
  const run = (script: string, stdin: string): Promise<undefined> => {
    const [, verb = "", params = ""] = /^# groundwork step: (\S+) (.*)$/m.exec(script) ?? [];
    expect(Buffer.from(stdin, "base64").toString()).toContain("crt: CRT");
    steps.push([verb, ...(params.match(/(?<=\b(?:name|look|file|peer)=)\S+/g) ?? [])].join(" "));
    return Promise.resolve(undefined);
  };
  const args = { stage, administrator: { ca: "CA", crt: "CRT", key: "KEY" }, run };
  const plan = await planTalosRestore(args, { file: "package.json", node: "cp-2", releases: {} });
  await restoreTalos(args, plan, "package.json");
  const file = encodeURIComponent(`${process.cwd()}/package.json`);
  expect(steps).toEqual([
    ...[1, 2, 3].map((number) => `talos-etcd-wipe metal-cp-${number} yes`),
    ...[2, 1, 3].map((number) => `talos-etcd-wipe metal-cp-${number} no`),
    `talos-etcd-recover metal-cp-2 ${file}`,
    ...[2, 1, 3].map((number) => `talos-member metal-cp-${number} 10.42.0.102`),
  ]);
});
