import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, expect, test } from "vitest";
import { UsageError } from "../../../rehearsal/engine/stack-file.ts";
import type { ProviderModel } from "../../../rehearsal/model.ts";
import { readOptions } from "../../../rehearsal/report/options.ts";
import { rehearse } from "../../../rehearsal/report/rehearse.ts";
import { genericSources } from "../../../rehearsal/report/sources.ts";
import { programs } from "../engine/program.ts";

const scratch = mkdtempSync(join(tmpdir(), "rehearse-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Knows every type; what it makes takes a minute and a half. */
const world = () => ({
  models: ["hcloud", "command", "kubernetes", "cloudflare"].map(
    (name): ProviderModel => ({
      name,
      resource: () => ({ create: (_inputs, context) => ({ id: context.name, outputs: {}, seconds: 90 }) }),
    }),
  ),
});

async function run(argv: readonly string[], terminal: { readonly rows?: number } = {}) {
  const options = readOptions(argv);
  if (options?.engine !== "offline") throw new Error("no rehearsal without the real engine was asked for");
  let out = "";
  let err = "";
  const isTTY = terminal.rows !== undefined;
  const status = await rehearse({
    projectDir: join(programs, "project"),
    options,
    createWorld: world,
    sources: genericSources,
    kindsOf: () => [],
    environment: {},
    out: { write: (text) => (out += text), isTTY, ...terminal },
    err: { write: (text) => (err += text) },
  });
  return { status, out: out.replace(/\d+\.\d s\./, "1.0 s.").replaceAll(scratch, "<out>"), err };
}

/** Every file below a directory with its content. */
function filesIn(directory: string): Record<string, string> {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const path = (entry: (typeof found)[number]) => join(entry.parentPath, entry.name);
  return Object.fromEntries(
    found.map((entry) => [path(entry).slice(directory.length + 1), readFileSync(path(entry), "utf8")]),
  );
}

const canary = /canary[0-9a-f]{58}/;

test("a rehearsal prints every resource, outputs, findings, timeline and totals, and leaves its results", async () => {
  const out = join(scratch, "plain");
  const { status, out: printed } = await run(["good", "--out", out]);
  expect(status).toBe(1);
  expect(printed).toMatchInlineSnapshot(`
    "+ pulumi:Stack demo-good
    + demo:Machines machines
    + cloudflare:DnsRecord web  1m 30s  0:00 → 1:30
    + kubernetes:Secret token-apps  1m 30s  0:00 → 1:30
    + kubernetes:Secret token-databases  1m 30s  0:00 → 1:30
    + hcloud:Server server  1m 30s  0:00 → 1:30
    + command:Command join  1m 30s  1:30 → 3:00
    + kubernetes:Release loki  1m 30s  3:00 → 4:30

    Outputs
      kubeconfig  [secret]
      region      here

    3 findings

      ambient-provider
        token-apps kubernetes:Secret
        token-databases kubernetes:Secret
        loki kubernetes:Release
        it has no explicit provider, so it goes to whichever cluster the kubeconfig at hand points at
        → pass the cluster's provider: as its option \`provider\`, or as \`providers\` of a component above it

    Timeline  about 4m 30s on the real thing; by its values alone 1m 30s
         0:00 → 1:30    server hcloud:Server
         1:30 → 3:00    join command:Command
         3:00 → 4:30    loki kubernetes:Release

    6 resources: 6 create. Rehearsed in 1.0 s.

    Results: <out>/plain
    "
  `);
  const files = filesIn(out);
  expect(Object.keys(files).sort()).toMatchInlineSnapshot(`
    [
      "cloud-init/server.yaml",
      "dns.json",
      "findings.json",
      "helm/loki.values.yaml",
      "helm/releases.json",
      "kubeconfig",
      "manifests/secret-apps-token.yaml",
      "manifests/secret-databases-token.yaml",
      "resources.json",
      "scripts/join.delete.sh",
      "scripts/join.sh",
      "timeline.json",
    ]
  `);
  const { "resources.json": resources, "timeline.json": timeline, "findings.json": findings, ...others } = files;
  expect(others).toMatchInlineSnapshot(`
    {
      "cloud-init/server.yaml": "#cloud-config
    {}
    ",
      "dns.json": "[
      {
        "content": "192.0.2.1",
        "name": "www.example.com",
        "ttl": 300,
        "type": "A"
      }
    ]
    ",
      "helm/loki.values.yaml": "password: "[secret]"
    replicas: 1
    ",
      "helm/releases.json": "[
      {
        "name": "loki",
        "after": [
          "join"
        ],
        "chart": "loki",
        "namespace": "logs",
        "version": "6.30.1"
      }
    ]
    ",
      "kubeconfig": "apiVersion: v1
    kind: Config
    ",
      "manifests/secret-apps-token.yaml": "apiVersion: v1
    kind: Secret
    metadata:
      name: token
      namespace: apps
    stringData:
      token: "[secret]"
    ",
      "manifests/secret-databases-token.yaml": "apiVersion: v1
    kind: Secret
    metadata:
      name: token
      namespace: databases
    stringData:
      token: "[secret]"
    ",
      "scripts/join.delete.sh": "#!/bin/sh
    leave
    ",
      "scripts/join.sh": "#!/bin/sh
    join
    ",
    }
  `);
  expect(JSON.parse(timeline ?? "")).toMatchObject({ makespan: 270, lowerBound: 90 });
  expect(JSON.parse(findings ?? "")).toHaveLength(3);
  expect(JSON.parse(resources ?? "")).toHaveLength(8);
  expect(Object.values(files).join("\n")).not.toMatch(canary);
  expect(printed).not.toMatch(canary);
  expect(statSync(join(out, "kubeconfig")).mode & 0o777).toBe(0o600);
}, 60_000);

test("--show-secrets shows them, --json is one document and nothing else", async () => {
  const out = join(scratch, "json");
  const { status, out: printed, err } = await run(["good", "--out", out, "--json", "--show-secrets"]);
  expect(status).toBe(1);
  const document = JSON.parse(printed) as Record<string, unknown>;
  expect(Object.keys(document)).toMatchInlineSnapshot(`
    [
      "project",
      "stack",
      "succeeded",
      "outputs",
      "findings",
      "timeline",
      "totals",
      "log",
      "resources",
      "results",
      "wallSeconds",
    ]
  `);
  expect(document).toMatchObject({
    stack: "good",
    succeeded: true,
    totals: { resources: 6, failed: 0, operations: { create: 6 } },
  });
  expect(filesIn(out)["helm/loki.values.yaml"]).toMatch(canary);
  expect(err).toContain("+ hcloud:Server server");
}, 60_000);

test("a configuration error is its message alone, and nothing is written", async () => {
  const out = join(scratch, "wrong");
  await expect(run(["wrong", "--out", out])).rejects.toThrow(
    new UsageError("demo has 1 fault; nothing was made.\n\n  demo:invalid\n    at least one\n    → at most none"),
  );
  expect(existsSync(out)).toBe(false);
}, 60_000);

test("results take the place of the last ones, and of nothing else", async () => {
  const out = join(scratch, "kept");
  mkdirSync(out);
  writeFileSync(join(out, "thesis.txt"), "years of work");
  await expect(run(["good", "--out", out])).rejects.toThrow(/kept holds other things \(thesis.txt\)/);
  rmSync(join(out, "thesis.txt"));
  writeFileSync(join(out, "timeline.json"), "{}");
  writeFileSync(join(out, "stale.yaml"), "");
  await run(["good", "--out", out, "--quiet"]);
  expect(existsSync(join(out, "stale.yaml"))).toBe(false);
  expect(readdirSync(scratch).filter((name) => name.includes("kept"))).toEqual(["kept"]);
}, 60_000);

test("on a terminal the tree is drawn in place, in colours, and whole in the end", async () => {
  const { out } = await run(["good", "--out", join(scratch, "terminal")], { rows: 5 });
  const last = out.slice(out.lastIndexOf("\u001b[J") + 3).split("\n\n")[0];
  expect(last?.split("\n").map(stripVTControlCharacters)).toMatchInlineSnapshot(`
    [
      "+ pulumi:Stack demo-good",
      "├─ + demo:Machines machines",
      "│  ├─ + hcloud:Server server  1m 30s  0:00 → 1:30",
      "│  └─ + command:Command join  1m 30s  1:30 → 3:00",
      "├─ + cloudflare:DnsRecord web  1m 30s  0:00 → 1:30",
      "├─ + kubernetes:Secret token-apps  1m 30s  0:00 → 1:30",
      "├─ + kubernetes:Secret token-databases  1m 30s  0:00 → 1:30",
      "└─ + kubernetes:Release loki  1m 30s  3:00 → 4:30",
    ]
  `);
  expect(out).toContain("\u001b[32m+\u001b[39m");
}, 60_000);

test("the command's options are checked", () => {
  expect(readOptions(["--help"])).toBe(undefined);
  expect(() => readOptions([])).toThrow("name the stack to rehearse");
  expect(() => readOptions(["a", "b"])).toThrow("one stack at a time: b is too much");
  expect(() => readOptions(["a", "--colour"])).toThrow(/--colour/);
  expect(() => readOptions(["a", "--seed", "x"])).toThrow('--seed has to be a whole number from 0 on, not "x"');
  expect(readOptions(["a"])).toEqual({
    ...{ engine: "offline", stack: "a", out: join(".rehearsal", "a"), faults: false, seed: 0 },
    ...{ json: false, showSecrets: false, quiet: false, colours: true },
  });
});

test("the real engine is asked for by name, and takes only the options that mean something to it", () => {
  expect(readOptions(["a", "--engine", "pulumi", "--keep", "--json", "--quiet", "--no-color"])).toEqual({
    ...{ engine: "pulumi", stack: "a", keep: true, json: true, quiet: true, colours: false },
  });
  expect(() => readOptions(["a", "--engine", "tofu"])).toThrow(
    '--engine is pulumi, the real one, or left out; not "tofu"',
  );
  expect(() => readOptions(["a", "--keep"])).toThrow("--keep goes with --engine pulumi alone");
  for (const alien of [["--faults"], ["--seed", "0"], ["--out", "x"], ["--show-secrets"]])
    expect(() => readOptions(["a", "--engine", "pulumi", ...alien])).toThrow(
      `${alien[0]} does not go with --engine pulumi: leave out one of them`,
    );
});
