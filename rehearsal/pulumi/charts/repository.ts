import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { stringify } from "yaml";
import { catalogue } from "../../../lib/platform/catalogue.ts";
import { chartName } from "../../../lib/platform/mirror.ts";
import { hasChart } from "../../../lib/platform/release.ts";
import { standInChart } from "./chart.ts";
import { packChart, readIdentity, withVersion } from "./package.ts";

export interface RepositoryArgs {
  /** A directory with packages (.tgz) of real charts, served instead of their stand-ins. Absent: `GROUNDWORK_CHARTS`. */
  readonly real?: string | undefined;
  /**
   * Versions beside the catalogue's, by release: for tests of an upgrade. Stand-ins too, or the real chart once more: Helm
   * upgrades no real chart to a stand-in, whose Deployments select their pods by other labels.
   */
  readonly otherVersions?: Readonly<Record<string, readonly string[]>>;
}

export interface ServedChart {
  readonly name: string;
  readonly version: string;
  /** `real again`: the catalogue's version of a real chart under another one. `bare`: a stand-in that has no more than one Deployment, since stand-ins.ts does not describe the chart. */
  readonly origin: "real" | "real again" | "stand-in" | "bare";
  readonly archive: Buffer;
}

export interface ChartRepository {
  /** What `groundwork:charts.mirror` is set to: `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly charts: readonly ServedChart[];
  /** One line for each chart, saying whether it is the real one. */
  readonly description: readonly string[];
  /** Files that were asked for so far, with the answer's status: `200 index.yaml`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/**
 * Serves every chart of the catalogue on loopback as one Helm repository, whether its own is an HTTP repository or an
 * OCI registry: below a mirror a chart goes by the last part of its reference (lib/platform/mirror.ts).
 */
export async function serveCharts(args: RepositoryArgs = {}): Promise<ChartRepository> {
  const charts = await collectCharts(args);
  const files = new Map<string, Buffer>([
    ["index.yaml", Buffer.from(indexYaml(charts))],
    ...charts.map((chart) => [fileName(chart), chart.archive] as const),
  ]);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").replace(/^\/|\?.*$/g, ""));
    const body = files.get(name);
    requests.push(`${body === undefined ? 404 : 200} ${name}`);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/octet-stream" });
    response.end(body ?? `no ${name} here; there are ${[...files.keys()].join(", ")}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the chart repository has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    charts,
    description: charts.map(({ name, version, origin }) => `${name} ${version}: ${descriptions[origin]}`),
    requests,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

const descriptions: Readonly<Record<ServedChart["origin"], string>> = {
  real: "the real chart",
  "real again": "the real chart of the catalogue's version once more",
  "stand-in": "a stand-in",
  bare: "a bare stand-in (describe it in rehearsal/pulumi/charts/stand-ins.ts)",
};

/** Real charts, then stand-ins for what of the catalogue is not among them. */
export async function collectCharts(args: RepositoryArgs = {}): Promise<readonly ServedChart[]> {
  const { real = process.env.GROUNDWORK_CHARTS, otherVersions = {} } = args;
  const given = real === undefined || real === "" ? [] : await realCharts(real);
  const find = (name: string, version: string) =>
    given.find((chart) => chart.name === name && chart.version === version);
  const filled = catalogue.filter(hasChart).flatMap((release) => {
    const real = find(chartName(release.chart.chart), release.chart.version);
    return [release.chart.version, ...(otherVersions[release.name] ?? [])].map(
      async (version): Promise<readonly ServedChart[]> => {
        const { name, files, bare } = standInChart(release, version);
        if (find(name, version) !== undefined) return [];
        if (real !== undefined) {
          return [{ name, version, origin: "real again", archive: await withVersion(real.archive, version) }];
        }
        return [{ name, version, origin: bare ? "bare" : "stand-in", archive: await packChart(name, files) }];
      },
    );
  });
  return [...given, ...(await Promise.all(filled)).flat()];
}

async function realCharts(directory: string): Promise<readonly ServedChart[]> {
  const files = readdirSync(directory).filter((file) => file.endsWith(".tgz"));
  if (files.length === 0) {
    throw new Error(`${directory} (GROUNDWORK_CHARTS) has no .tgz → fill it with helm pull, or leave it unset`);
  }
  return await Promise.all(
    files.sort().map(async (file): Promise<ServedChart> => {
      const path = join(directory, file);
      const archive = readFileSync(path);
      return { ...(await readIdentity(archive, path)), origin: "real", archive };
    }),
  );
}

const fileName = ({ name, version }: Pick<ServedChart, "name" | "version">): string => `${name}-${version}.tgz`;

function indexYaml(charts: readonly ServedChart[]): string {
  const entries = Map.groupBy(charts, ({ name }) => name);
  return stringify({
    apiVersion: "v1",
    entries: Object.fromEntries(
      [...entries].map(([name, versions]) => [
        name,
        versions.map((chart) => ({
          apiVersion: "v2",
          name,
          version: chart.version,
          urls: [fileName(chart)],
          digest: createHash("sha256").update(chart.archive).digest("hex"),
        })),
      ]),
    ),
  });
}
