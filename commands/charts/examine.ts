import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { readChart } from "../../lib/charts/chart.ts";
import { kindsTooEarly, missingKinds } from "../../lib/charts/kinds.ts";
import { unknownKeys } from "../../lib/charts/unknown-keys.ts";
import { chartFacts } from "../../lib/platform/facts.ts";
import { SecretRef } from "../../lib/platform/release.ts";
import type { ReleaseStep } from "../../lib/platform/steps.ts";
import { obtain } from "./obtain.ts";
import { unpackChart } from "./unpack.ts";

const run = promisify(execFile);

/** What came of one release. */
export interface Examined {
  readonly release: string;
  readonly chart: string;
  /** Each is something that a person has to mend. */
  readonly findings: readonly string[];
  /** What could not be looked at, and why. */
  readonly unreached: readonly string[];
}

export interface ExamineArgs {
  readonly step: ReleaseStep;
  readonly directory: string | undefined;
  readonly helm: string | undefined;
  readonly scratch: string;
  /** Of the stage's cluster, `1.36.4`: charts refuse to be rendered for one that is too old. */
  readonly kubernetes: string;
  /** What the platform's other releases bring, `monitoring.coreos.com/v1`: charts look for it. */
  readonly apiVersions: readonly string[];
  /** `group/Kind` of what is there before this release: of the cluster, and of all that it waits for. */
  readonly brought: ReadonlySet<string>;
}

/** Compares a release's values with its real chart, and renders the chart with them. */
export async function examine(args: ExamineArgs): Promise<Examined> {
  const { step, helm } = args;
  const chart = `${step.chart.chart} ${step.chart.version}`;
  const about = { release: step.name, chart };
  const obtained = await obtain({ ...args, chart: step.chart });
  if ("missing" in obtained) return { ...about, findings: [], unreached: [obtained.missing] };
  const values = plain(step.values) as Readonly<Record<string, unknown>>;
  const content = readChart(await unpackChart(obtained.archive));
  const unknown = unknownKeys(values, content).map((path) => `${path}: the chart has no such value`);
  if (helm === undefined) return { ...about, findings: unknown, unreached: ["not rendered: helm is not installed"] };
  return { ...about, findings: [...unknown, ...(await render(helm, obtained.file, values, args))], unreached: [] };
}

async function render(
  helm: string,
  file: string,
  values: Readonly<Record<string, unknown>>,
  { step, scratch, kubernetes, apiVersions, brought }: ExamineArgs,
): Promise<readonly string[]> {
  const valuesFile = join(scratch, `${step.name}.values.yaml`);
  writeFileSync(valuesFile, stringify(values), { mode: 0o600 });
  const options = [
    "--namespace",
    step.namespace,
    "--values",
    valuesFile,
    "--kube-version",
    kubernetes,
    "--include-crds",
  ];
  const apis = apiVersions.flatMap((each) => ["--api-versions", each]);
  try {
    const { stdout } = await run(helm, ["template", step.name, file, ...options, ...apis], {
      maxBuffer: 1e9,
      timeout: 120_000,
    });
    const facts = chartFacts(step.chart.chart);
    return [
      ...(facts === undefined ? [] : missingKinds(facts, stdout)).map(
        (kind) =>
          `${kind}: the plan counts on this release for the kind, and with these values the chart has no definition of it`,
      ),
      ...kindsTooEarly(stdout, brought).map(
        (kind) => `${kind}: the chart makes one, and nothing that this release waits for brings the kind`,
      ),
    ];
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return [
      `helm template: ${output
        .trim()
        .replace(/^Error: /, "")
        .replace(/\n\nUse --debug.*$/s, "")}`,
    ];
  }
}

/** Values with a stand-in for each secret. Numbers and booleans stay what they are: schemas look at types. */
function plain(value: unknown): unknown {
  if (value instanceof SecretRef) return value.render(`secret-${value.secret}`);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
