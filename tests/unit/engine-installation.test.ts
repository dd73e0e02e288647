import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { findInstallation } from "../../rehearsal/pulumi/installation.ts";
import { controlPlanePrograms } from "../../rehearsal/pulumi/kube/binaries.ts";
import { missingForStacks, type Surroundings } from "../../rehearsal/pulumi/missing.ts";
import { pluginsOf } from "../../rehearsal/pulumi/plugins.ts";

// What a user is told whose machine lacks something that the real engine needs, on machines made of empty files.

const root = mkdtempSync(join(tmpdir(), "groundwork-installation-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let machines = 0;

/** A machine with these executables, by path; `bin` and `built` are where programs are looked for. */
function machine(...programs: readonly string[]): { readonly dir: string; readonly here: Required<Surroundings> } {
  const dir = join(root, String(machines++));
  for (const program of programs) {
    mkdirSync(dirname(join(dir, program)), { recursive: true });
    writeFileSync(join(dir, program), "#!/bin/sh\n");
    chmodSync(join(dir, program), 0o755);
  }
  const [path, built] = [join(dir, "bin"), join(dir, "built")];
  return { dir, here: { engine: { path, home: join(dir, "home") }, programs: { path, built }, isolated: true } };
}

const kube = controlPlanePrograms.map((name) => `bin/${name}`);
const noEngine =
  "no Pulumi engine → install the CLI (pulumi.com/docs/install); npm's wrapper `pulumi` is none: it downloads one when it is called";

test("where everything is, nothing is missing", () => {
  const { here } = machine("bin/pulumi", "bin/pulumi-resource-random", ...kube);
  expect(missingForStacks(["random"], here)).toEqual([]);
});

test("npm's wrapper is no engine, by whatever link it is called", () => {
  const { dir, here } = machine("node_modules/pulumi/run.js", ...kube);
  symlinkSync("../node_modules/pulumi/run.js", join(dir, "bin/pulumi"));
  expect(missingForStacks(["random"], here)).toEqual([noEngine]);
});

test("the engine that the wrapper has downloaded is one, the newest of them, and the wrapper is out of its way", () => {
  const { dir, here } = machine(
    ...["node_modules/pulumi/run.js", "home/versions/3.99.0/bin/pulumi", "home/versions/3.265.0/bin/pulumi"],
    ...["home/plugins/resource-random-v4.21.2/pulumi-resource-random", ...kube],
  );
  symlinkSync("../node_modules/pulumi/run.js", join(dir, "bin/pulumi"));
  expect(missingForStacks(["random"], here)).toEqual([]);
  const newest = join(dir, "home/versions/3.265.0/bin");
  expect(findInstallation(here.engine)).toEqual({
    engine: join(newest, "pulumi"),
    path: [dirname(process.execPath), newest].join(":"),
    plugins: join(dir, "home/plugins"),
  });
});

test("each plugin that is neither on PATH nor installed whole is named, with the command that installs it", () => {
  const { here } = machine(
    ...["bin/pulumi", "bin/pulumi-resource-random", "home/plugins/resource-tls-v5.6.1/pulumi-resource-tls"],
    ...["home/plugins/resource-hcloud-v1.41.0.partial", ...kube],
  );
  expect(missingForStacks(["hcloud", "random", "tls", "command"], here)).toEqual([
    "no plugin hcloud → npm run plugins, or put pulumi-resource-hcloud on PATH",
    "no plugin command → npm run plugins, or put pulumi-resource-command on PATH",
  ]);
});

test("each program of the control plane is named where there is no Go to build it", () => {
  const { here } = machine("bin/pulumi", "bin/kwok", "bin/kube-scheduler", "bin/kube-controller-manager");
  const remedy =
    "install it, or install Go (the version in rehearsal/pulumi/kube/go.mod) and run: npm run build:engine";
  expect(missingForStacks([], here)).toEqual([
    `etcd is not on PATH, and there is no Go to build it → ${remedy}`,
    `kube-apiserver is not on PATH, and there is no Go to build it → ${remedy}`,
  ]);
});

test("without a network of its own nothing is dialled", () => {
  const { here } = machine("bin/pulumi", ...kube);
  expect(missingForStacks([], { ...here, isolated: false })).toEqual([
    "not in a network of its own, so private addresses would be dialled for real → npm run test:engine",
  ]);
});

const project = join(import.meta.dirname, "../..");

test("the plugins are those of the dependencies, in their versions, whoever publishes them, and the SDK itself is none", () => {
  const { dependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const named = Object.entries(dependencies)
    .map(([name, version]) => ({ name: name.replace("@pulumi/", ""), version, scoped: name.startsWith("@pulumi/") }))
    .filter(({ name, scoped }) => scoped && name !== "pulumi")
    .map(({ name, version }) => ({ name, version }));
  const proxmox = {
    name: "proxmoxve",
    version: dependencies["@muhlba91/pulumi-proxmoxve"],
    server: "github://api.github.com/muhlba91/pulumi-proxmoxve",
  };
  expect(pluginsOf(project)).toEqual([...named, proxmox].toSorted((a, b) => a.name.localeCompare(b.name, "en")));
  expect(named.length).toBeGreaterThan(6);
});

test("CI's engine job takes every version from package.json and go.mod, and runs on every pull request", () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
    readonly env?: Readonly<Record<string, string>>;
  }
  const workflow = parse(readFileSync(join(project, ".github/workflows/ci.yml"), "utf8")) as {
    readonly on: Readonly<Record<string, unknown>>;
    readonly jobs: { readonly engine: { readonly if?: string; readonly steps: readonly Step[] } };
  };
  expect(workflow.on).toHaveProperty("pull_request", null);
  const { engine } = workflow.jobs;
  expect(engine.if).toBeUndefined();
  const action = (name: string) => engine.steps.find(({ uses }) => uses?.startsWith(`${name}@`) === true)?.with;
  expect(action("pulumi/actions")).toEqual({ "pulumi-version": "$".concat("{{ steps.versions.outputs.cli }}") });
  expect(action("actions/setup-go")).toMatchObject({ "go-version-file": "rehearsal/pulumi/kube/go.mod" });
  const runs = engine.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  expect(runs).toEqual([
    "npm ci",
    `npm pkg get dependencies.pulumi | sed 's/"//g; s/^/cli=/' >> "$GITHUB_OUTPUT"`,
    "npm run plugins",
    "npm run build:engine",
    "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    "npm run test:engine",
  ]);
  expect(engine.steps.at(-1)?.env).toEqual({ GROUNDWORK_ENGINE: "required" });
});
