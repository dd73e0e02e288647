import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { chartFacts, type Webhook } from "../../../lib/platform/facts.ts";
import { chartName } from "../../../lib/platform/mirror.ts";
import type { ChartRelease } from "../../../lib/platform/release.ts";
import * as make from "./objects.ts";
import type { StandIn } from "./stand-in.ts";
import { standIns } from "./stand-ins.ts";
import { template } from "./template.ts";

export interface ChartFiles {
  readonly name: string;
  readonly version: string;
  /** Text by path below the chart's own directory. */
  readonly files: ReadonlyMap<string, string>;
  /** True when nothing is known of the chart but its kinds and services: it has one Deployment named as the release. */
  readonly bare: boolean;
}

/**
 * A small chart that stands in for a release's own: of the same name and version, it brings the same kinds, Services,
 * classes and hooks, and workloads of the same names that do nothing.
 * @param version another one than the catalogue's.
 */
export function standInChart(release: ChartRelease, version: string = release.chart.version): ChartFiles {
  const name = chartName(release.chart.chart);
  const described = standIns.get(name);
  const standIn = described ?? unknown(release);
  const files = new Map([
    ["Chart.yaml", chartYaml(name, version)],
    ["values.yaml", stringify(standIn.values ?? {})],
    ...definitionFiles(name, standIn),
    ...templateFiles(name, standIn),
  ]);
  const extra = join(import.meta.dirname, "extras", `${name}.tpl`);
  if (existsSync(extra)) files.set("templates/extra.yaml", readFileSync(extra, "utf8"));
  return { name, version, files, bare: described === undefined };
}

const unknown = (release: ChartRelease): StandIn => ({
  workloads: [{ kind: "Deployment", name: release.name, image: `stand-in/${release.name}:${release.chart.version}` }],
});

const chartYaml = (name: string, version: string): string =>
  stringify({
    apiVersion: "v2",
    name,
    version,
    type: "application",
    description: `Stands in for the chart ${name}: its kinds and objects without its programs`,
  });

type File = readonly [path: string, text: string];

/** Definitions are a file each: those of one chart together are larger than some tools like. */
function definitionFiles(name: string, standIn: StandIn): readonly File[] {
  const { definitions = "templates", definitionsWhen, definitionsStay, conversion } = standIn;
  const annotations = {
    ...(definitions === "post-install hook" ? { "helm.sh/hook": "post-install" } : {}),
    ...(definitionsStay === true ? { "helm.sh/resource-policy": "keep" } : {}),
  };
  return (chartFacts(name)?.kinds ?? []).map((kind): File => {
    const object = make.definition(kind, conversion, annotations);
    const file = `${make.plural(kind.kind)}.${kind.group}.yaml`;
    switch (definitions) {
      case "crds":
        return [`crds/${file}`, template([object])];
      case "templates":
      case "post-install hook":
        return [`templates/crds/${file}`, template([object], definitionsWhen)];
      default: {
        const other: never = definitions;
        throw new Error(`unknown place of definitions: ${String(other)}`);
      }
    }
  });
}

function templateFiles(name: string, standIn: StandIn): readonly File[] {
  const { workloads, monitors, hooks = [], ownServices = [], servicesWhen } = standIn;
  const known = chartFacts(name);
  const services = (known?.services ?? []).filter((service) => !ownServices.includes(service.name));
  const accounts = workloads.map(make.accountOf).filter((account) => account !== undefined);
  const files: readonly File[] = [
    ["accounts", template([...new Map(accounts.map((account) => [JSON.stringify(account), account])).values()])],
    ...workloads.map((each, index): File => [`workload-${index}`, template([make.workload(each)], each.when)]),
    [
      "services",
      template(
        services.map((each) => make.service(each, workloads)),
        servicesWhen,
      ),
    ],
    ["webhooks", template(webhookConfigurations(known?.webhooks ?? []))],
    ["monitors", monitors === undefined ? "" : template(make.monitors(monitors), monitors.when)],
    ["hooks", template(hooks.flatMap(make.hook))],
  ];
  return files.filter(([, text]) => text !== "").map(([file, text]) => [`templates/${file}.yaml`, text]);
}

const webhookConfigurations = (webhooks: readonly Webhook[]): readonly make.KubernetesObject[] =>
  [...Map.groupBy(webhooks, ({ configuration }) => configuration)].map(([configuration, group]) =>
    make.webhookConfiguration(configuration, group),
  );
