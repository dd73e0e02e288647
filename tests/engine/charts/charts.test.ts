import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { catalogue } from "../../../lib/platform/catalogue.ts";
import { chartFacts } from "../../../lib/platform/facts.ts";
import { chartName } from "../../../lib/platform/mirror.ts";
import { hasChart } from "../../../lib/platform/release.ts";
import { packChart, readIdentity } from "../../../rehearsal/pulumi/charts/package.ts";
import { type ChartRepository, collectCharts, serveCharts } from "../../../rehearsal/pulumi/charts/repository.ts";
import { ensurePrograms } from "../../../rehearsal/pulumi/kube/binaries.ts";
import { helmEnvironment, writeValues } from "../kube/install.ts";
import { prod } from "../kube/prod.ts";
import { describeWith, say } from "../kube/programs.ts";

const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "groundwork-charts-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

describeWith(["helm"], "stand-in charts with Helm", () => {
  let helm: string;
  let repository: ChartRepository;
  beforeAll(async () => {
    ({ helm } = await ensurePrograms(["helm"], say));
    repository = await serveCharts({ real: "" });
  });
  afterAll(() => repository.stop());

  const ask = async (...args: readonly string[]): Promise<string> =>
    (await run(helm, args, { env: helmEnvironment(join(dir, "helm")), cwd: dir, maxBuffer: 1e8 })).stdout;

  test.each(catalogue.filter(hasChart).map((release) => [release.name, release] as const))(
    "%s brings the kinds, Services and webhooks that are known of its chart",
    async (_, { name, chart, namespace }) => {
      const step = prod(repository.url).plan.steps.find((each) => each.id === `release/${name}`);
      const values = writeValues(dir, step?.kind === "release" ? step.values : { crds: { enabled: true } });
      const text = await ask(
        ...["template", name, chartName(chart.chart), "--repo", repository.url, "--version", chart.version],
        ...["--namespace", namespace, "--include-crds", "--values", values],
        ...["--api-versions", "monitoring.coreos.com/v1"],
      );
      const objects = parseAllDocuments(text).map((document) => document.toJS() as Rendered | null);
      const of = (kind: string) => objects.filter((object) => object !== null).filter((object) => object.kind === kind);
      const facts = chartFacts(chart.chart);
      expect({
        kinds: of("CustomResourceDefinition")
          .map(
            ({ spec }) => `${spec.group}/${spec.versions.map((v) => v.name).join()} ${spec.names.kind} ${spec.scope}`,
          )
          .sort(),
        services: of("Service")
          .map(({ metadata }) => metadata.name)
          .sort(),
        webhooks: of("ValidatingWebhookConfiguration").map(({ metadata }) => metadata.name),
      }).toEqual({
        kinds: (facts?.kinds ?? []).map((k) => `${k.group}/${k.versions.join()} ${k.kind} ${k.scope}`).sort(),
        services: (facts?.services ?? []).map((service) => service.name).sort(),
        webhooks: [...new Set(facts?.webhooks.map(({ configuration }) => configuration))],
      });
    },
  );

  test("a chart of an OCI registry is pulled from the repository that mirrors it", async () => {
    await ask("pull", "cert-manager", "--repo", repository.url, "--version", "v1.21.1", "--destination", dir);
    const pulled = readFileSync(join(dir, "cert-manager-v1.21.1.tgz"));
    const served = repository.charts.find(({ name }) => name === "cert-manager");
    expect(pulled.equals(served?.archive ?? Buffer.alloc(0))).toBe(true);
  });

  test("a version that nobody serves is refused by Helm, by name", async () => {
    await expect(ask("pull", "metallb", "--repo", repository.url, "--version", "9.9.9")).rejects.toThrow(
      /metallb.*9\.9\.9/,
    );
  });
});

test("every chart of the catalogue is described beyond its facts", async () => {
  const charts = await collectCharts({ real: "" });
  expect(charts.filter(({ origin }) => origin === "bare").map(({ name }) => name)).toEqual([]);
});

test("real charts take the place of their stand-ins, and it says which", async () => {
  const real = mkdtempSync(join(dir, "real-"));
  const archive = await packChart(
    "metallb",
    new Map([
      ["Chart.yaml", "apiVersion: v2\nname: metallb\nversion: 0.16.1\n"],
      ["values.yaml", "speaker: {}\n"],
      ["charts/crds/Chart.yaml", "apiVersion: v2\nname: crds\nversion: 0.16.1\n"],
    ]),
  );
  writeFileSync(join(real, "any-name.tgz"), archive);
  const repository = await serveCharts({ real, otherVersions: { metallb: ["0.17.0"], "hcloud-csi": ["3.0.0"] } });
  const answer = await fetch(`${repository.url}/metallb-0.16.1.tgz`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  await repository.stop();
  expect(bytes.equals(archive)).toBe(true);
  expect(repository.description.filter((line) => line.startsWith("metallb") || line.startsWith("hcloud-csi"))).toEqual([
    "metallb 0.16.1: the real chart",
    "hcloud-csi 2.22.1: a stand-in",
    "hcloud-csi 3.0.0: a stand-in",
    "metallb 0.17.0: the real chart of the catalogue's version once more",
  ]);
  expect(repository.requests).toEqual(["200 metallb-0.16.1.tgz"]);
  // A real chart cannot be upgraded to a stand-in, which selects its pods by other labels.
  const again = repository.charts.find(({ version }) => version === "0.17.0")?.archive ?? Buffer.alloc(0);
  const files = new Map([
    ["Chart.yaml", "apiVersion: v2\nname: metallb\nversion: 0.17.0\n"],
    ["values.yaml", "speaker: {}\n"],
    ["charts/crds/Chart.yaml", "apiVersion: v2\nname: crds\nversion: 0.16.1\n"],
  ]);
  expect(again.equals(await packChart("metallb", files))).toBe(true);
});

test("a directory without charts, and a file that is none, are refused with the remedy", async () => {
  const real = mkdtempSync(join(dir, "empty-"));
  await expect(collectCharts({ real })).rejects.toThrow(
    `${real} (GROUNDWORK_CHARTS) has no .tgz → fill it with helm pull, or leave it unset`,
  );
  const file = join(real, "junk.tgz");
  writeFileSync(file, "not gzip");
  await expect(collectCharts({ real })).rejects.toThrow(
    `${file} is no chart package: incorrect header check → put the .tgz there that helm pull writes`,
  );
});

test("a package is the same bytes each time, and says what it is", async () => {
  const files = new Map([
    ["values.yaml", "{}\n"],
    ["Chart.yaml", "apiVersion: v2\nname: demo\nversion: v1.2.3\n"],
    ["charts/inner/Chart.yaml", "name: inner\nversion: 0.0.1\n"],
  ]);
  const [first, second] = [await packChart("demo", files), await packChart("demo", new Map([...files].reverse()))];
  expect(first.equals(second)).toBe(true);
  expect(await readIdentity(first, "demo.tgz")).toEqual({ name: "demo", version: "v1.2.3" });
});
