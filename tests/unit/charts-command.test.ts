import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { chartFacts } from "../../lib/platform/facts.ts";
import { packChart } from "../../rehearsal/pulumi/charts/package.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "groundwork-charts-test-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** A project with one stack: prod with no releases but these. */
function project(platform: Readonly<Record<string, unknown>>): string {
  const home = mkdtempSync(join(dir, "project-"));
  copyFileSync(join(root, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
  const file = parse(readFileSync(join(root, "Pulumi.prod.yaml"), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const config = { ...file.config, "groundwork:platform": platform };
  writeFileSync(join(home, "Pulumi.prod.yaml"), stringify({ config }));
  return home;
}

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function charts(cwd: string, args: readonly string[], path: string): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "commands/charts.ts"), ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
  });
  return { status, stdout, stderr };
}

const metallb = { metallb: { pools: { private: { addresses: ["10.0.200.0/24"], via: "worker-1" } } } };
const about = "apiVersion: v2\nname: metallb\nversion: 0.16.1\n";

async function mirror(values: string, templates: Readonly<Record<string, string>> = {}): Promise<string> {
  const home = mkdtempSync(join(dir, "mirror-"));
  mkdirSync(home, { recursive: true });
  const files = new Map(Object.entries({ "Chart.yaml": about, "values.yaml": values, ...templates }));
  writeFileSync(join(home, "metallb-0.16.1.tgz"), await packChart("metallb", files));
  return home;
}

/** The kinds that are known of it. */
const definitions = (chartFacts("metallb")?.kinds ?? [])
  .map(({ group, kind }) => `kind: CustomResourceDefinition\nspec:\n  group: ${group}\n  names:\n    kind: ${kind}\n`)
  .join("---\n");

const known = "speaker: {}\ncontroller: {}\nfrrk8s: {}\nprometheus: {}\ncrds: {}\n";

test("without helm it compares keys, says what it could not do, and ends with 3", async () => {
  const home = project(metallb);
  const result = charts(home, ["prod", "--mirror", await mirror(known)], "");
  expect(result).toMatchInlineSnapshot(`
    {
      "status": 3,
      "stderr": "",
      "stdout": "prod
      ? metallb  metallb 0.16.1
          not rendered: helm is not installed
    releases: 1, findings: 0, not looked at whole: 1
    ",
    }
  `);
  const missing = charts(home, ["prod"], "");
  expect({ status: missing.status, stdout: missing.stdout }).toMatchInlineSnapshot(`
    {
      "status": 3,
      "stdout": "prod
      ? metallb  metallb 0.16.1
          it takes helm to pull it, and helm is not installed
    releases: 1, findings: 0, not looked at whole: 1
    ",
    }
  `);
});

test("a key that the chart does not know is a finding, and ends with 1", async () => {
  const result = charts(project(metallb), ["--all", "--mirror", await mirror(known.replace("frrk8s", "frrK8s"))], "");
  expect(result).toMatchInlineSnapshot(`
    {
      "status": 1,
      "stderr": "",
      "stdout": "prod
      ✗ metallb  metallb 0.16.1
          frrk8s: the chart has no such value
          not rendered: helm is not installed
    releases: 1, findings: 1, not looked at whole: 1
    ",
    }
  `);
});

test("another version in the mirror is named, not used", async () => {
  const home = project({ metallb: { ...metallb.metallb, version: "0.17.0" } });
  const mirrored = await mirror(known);
  const { status, stdout } = charts(home, ["prod", "--mirror", mirrored], "");
  expect({ status, stdout: stdout.replace(mirrored, "<mirror>") }).toMatchInlineSnapshot(`
    {
      "status": 3,
      "stdout": "prod
      ? metallb  metallb 0.17.0
          <mirror>/metallb-0.17.0.tgz is not there, only metallb-0.16.1.tgz
    releases: 1, findings: 0, not looked at whole: 1
    ",
    }
  `);
});

test("a wrong call and a wrong configuration end with 2 and say why", () => {
  const called = charts(project(metallb), ["prod", "--mirror", "nowhere"], "");
  expect({ ...called, stderr: called.stderr.split("\n").slice(0, 3) }).toEqual({
    ...{ status: 2, stdout: "" },
    stderr: [
      "charts: --mirror nowhere is neither a directory nor an http(s):// or oci:// address",
      "",
      expect.stringMatching(/^Compares the Helm values of a stack's releases/),
    ],
  });
  const wrong = charts(project({ metallb: { pool: {} } }), ["prod"], "");
  expect(wrong).toMatchInlineSnapshot(`
    {
      "status": 2,
      "stderr": "charts: Pulumi.prod.yaml has 2 faults; nothing was made.

      groundwork:platform.metallb.pool
        "pool" is no setting here
        → write pools

      groundwork:platform.metallb.pools
        is missing
        → add it: Pools of addresses by name.
    ",
      "stdout": "prod
    ",
    }
  `);
});

const path = process.env.PATH ?? "";
const helm = path.split(delimiter).some((directory) => directory !== "" && existsSync(join(directory, "helm")));

test.skipIf(!helm)(
  "helm renders the chart with the stage's version of Kubernetes; what it refuses is a finding",
  async () => {
    const fails =
      '{{ if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}{{ fail "frr is gone" }}{{ end }}';
    const home = project(metallb);
    const { status, stdout } = charts(
      home,
      ["prod", "--mirror", await mirror(known, { "templates/a.yaml": fails })],
      path,
    );
    expect({ status, stdout }).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stdout": "prod
        ✗ metallb  metallb 0.16.1
            helm template: execution error at (metallb/templates/a.yaml:1:72): frr is gone
      releases: 1, findings: 1, not looked at whole: 0
      ",
      }
    `);
    const bare = charts(home, ["prod", "--mirror", await mirror(known, { "templates/a.yaml": "" })], path);
    expect({ status: bare.status, stdout: bare.stdout.split("\n").slice(1, 3) }).toEqual({
      status: 1,
      stdout: [
        "  ✗ metallb  metallb 0.16.1",
        "      metallb.io/BFDProfile: the plan counts on this release for the kind, and with these values the chart has no definition of it",
      ],
    });
    const early = `${definitions}---\napiVersion: metallb.io/v1beta1\nkind: Community\n`;
    const refused = charts(home, ["prod", "--mirror", await mirror(known, { "templates/a.yaml": early })], path);
    expect({ status: refused.status, stdout: refused.stdout.split("\n").slice(2, 3) }).toEqual({
      status: 1,
      stdout: [
        "      metallb.io/Community: the chart makes one, and nothing that this release waits for brings the kind",
      ],
    });
    const good = charts(home, ["prod", "--mirror", await mirror(known, { "templates/a.yaml": definitions })], path);
    expect({ status: good.status, stdout: good.stdout }).toMatchInlineSnapshot(`
      {
        "status": 0,
        "stdout": "prod
        ✓ metallb  metallb 0.16.1
      releases: 1, findings: 0, not looked at whole: 0
      ",
      }
    `);
  },
);
