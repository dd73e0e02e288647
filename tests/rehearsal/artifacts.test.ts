import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { loadStackConfig } from "../../rehearsal/engine/stack-file.ts";
import { missing, onPath } from "../harness/tools.ts";

// What `npm run rehearse -- prod` leaves behind, made by the command itself in a process of its own.

const out = join(mkdtempSync(join(tmpdir(), "groundwork-artifacts-")), "results");
let printed = "";
let status: number | null = null;

const rehearse = (...more: readonly string[]) =>
  spawnSync(process.execPath, ["commands/rehearse.ts", "prod", "--out", out, ...more], { encoding: "utf8" });
const files = (): readonly string[] =>
  readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .sort();
const read = (path: string): string => readFileSync(join(out, path), "utf8");

beforeAll(() => {
  const result = rehearse();
  printed = result.stdout + result.stderr;
  ({ status } = result);
}, 60_000);

afterAll(() => rmSync(join(out, ".."), { recursive: true }));

test("prod is clean, and every kind of document is there", () => {
  expect(status).toBe(0);
  const nodes = ["cp-1", "cp-2", "cp-3", "main-gateway", "worker-1", "worker-2", "worker-3"];
  expect(files().filter((path) => !path.startsWith("manifests/") && !path.startsWith("scripts/"))).toEqual([
    ...nodes.map((name) => `cloud-init/${name}.yaml`),
    "dns.json",
    "findings.json",
    ...[
      "cert-manager.values.yaml",
      "haproxy.values.yaml",
      "hcloud-cloud-controller-manager.values.yaml",
      "hcloud-csi.values.yaml",
      "kube-prometheus-stack.values.yaml",
      "metallb.values.yaml",
      "prometheus-operator-crds.values.yaml",
      "releases.json",
      "system-upgrade-controller.values.yaml",
      "tailscale-operator.values.yaml",
    ].map((name) => `helm/${name}`),
    "kubeconfig",
    "resources.json",
    "timeline.json",
  ]);
  expect(nodes.filter((name) => !files().includes(`scripts/${name}.sh`))).toEqual([]);
  expect(JSON.parse(read("findings.json"))).toEqual([]);
});

test("no secret stands in what is printed or written, but for the kubeconfig, which only its owner reads", () => {
  const kubeconfig = parse(read("kubeconfig")) as { users: { user: Record<string, string> }[] };
  const shown = rehearse("--show-secrets", "--quiet");
  expect(shown.status).toBe(0);
  const open = JSON.parse(read("resources.json")) as { type: string; outputs: Record<string, unknown> }[];
  const made = open.flatMap(({ type, outputs }) => {
    if (type === "random:index/randomPassword:RandomPassword") return [String(outputs.result)];
    if (type === "tailscale:index/tailnetKey:TailnetKey") return [String(outputs.key)];
    if (type === "tls:index/privateKey:PrivateKey") return String(outputs.privateKeyOpenssh).split("\n").slice(1, 3);
    return [];
  });
  const canaries = [...loadStackConfig(process.cwd(), "prod").canaries.values()];
  const secrets = [...canaries, ...made, String(kubeconfig.users[0]?.user["client-key-data"])];
  expect(secrets.length).toBeGreaterThan(40);

  expect(rehearse("--quiet").status).toBe(0);
  const places = [["the terminal", printed], ...files().map((path) => [path, read(path)])] as const;
  const leaks = places.flatMap(([place, text]) =>
    secrets.filter((secret) => secret !== "" && text?.includes(secret)).map(() => place),
  );
  expect(leaks.filter((place) => place !== "kubeconfig")).toEqual([]);
  expect(statSync(join(out, "kubeconfig")).mode & 0o777).toBe(0o600);
}, 60_000);

test("kubectl reads the kubeconfig", ({ skip }) => {
  skip(!onPath("kubectl"), missing("kubectl"));
  const result = spawnSync(
    "kubectl",
    ["--kubeconfig", join(out, "kubeconfig"), "config", "get-contexts", "-o", "name"],
    {
      encoding: "utf8",
    },
  );
  expect(result.stdout.trim().split("\n")).toEqual(["prod", "prod-tailnet"]);
});

test("cloud-init accepts every document", ({ skip }) => {
  skip(!onPath("cloud-init"), missing("cloud-init"));
  const verdicts = files()
    .filter((path) => path.startsWith("cloud-init/"))
    .map((path) => spawnSync("cloud-init", ["schema", "--config-file", join(out, path)], { encoding: "utf8" }).status);
  expect(verdicts).toEqual(Array.from({ length: 7 }, () => 0));
}, 60_000);

test("shellcheck has nothing to say of any script", ({ skip }) => {
  skip(!onPath("shellcheck"), missing("shellcheck"));
  const scripts = files().filter((path) => path.startsWith("scripts/"));
  const result = spawnSync(
    "shellcheck",
    scripts.map((path) => join(out, path)),
    { encoding: "utf8" },
  );
  expect(result.stdout + result.stderr).toBe("");
}, 60_000);
