import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { platformContext } from "../config/context.ts";
import { planStagePlatform } from "../config/platform.ts";
import { builtin } from "../lib/platform/builtin.ts";
import { chartFacts, chartKinds } from "../lib/platform/facts.ts";
import type { PlatformPlan, PlatformStep } from "../lib/platform/plan.ts";
import type { Capability } from "../lib/platform/release.ts";
import { stackFiles, UsageError } from "../rehearsal/engine/stack-file.ts";
import { type Examined, examine } from "./charts/examine.ts";
import { runCommand } from "./command.ts";
import { findOnPath } from "./path.ts";
import { readStage } from "./stage.ts";

const usage = `Compares the Helm values of a stack's releases with the real charts, renders the charts with them, and looks there for
kinds that other releases wait for, and for kinds that nobody has brought yet.

  npm run charts -- <stack> [options]
  npm run charts -- --all [options]

  --mirror DIR|URL   take charts from a directory of packages (<chart>-<version>.tgz), a Helm repository or an oci://
                     registry, instead of where the stack says
  --help

Ends with 0 when nothing was found, 1 with findings, 2 when the configuration or the call is wrong, 3 when nothing was
found but a chart could not be reached or not be rendered.
`;

interface Options {
  readonly stacks: readonly string[];
  readonly mirror: string | undefined;
}

/** Undefined: help is asked for. @throws Error that says what is wrong with the arguments */
function readOptions(argv: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      mirror: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const stacks = values.all ? [...stackFiles(process.cwd()).keys()] : positionals;
  if (values.all && positionals.length > 0) throw new Error(`--all takes no stack beside it: ${positionals.join(" ")}`);
  if (stacks.length === 0) throw new Error("name a stack, or ask for --all");
  const { mirror } = values;
  if (mirror !== undefined && !/^(https?|oci):\/\//.test(mirror) && !isDirectory(mirror))
    throw new Error(`--mirror ${mirror} is neither a directory nor an http(s):// or oci:// address`);
  return { stacks, mirror };
}

/** Exit status, see `usage`. */
async function perform({ stacks, mirror }: Options): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "groundwork-charts-"));
  try {
    const examined: Examined[] = [];
    for (const stack of stacks) {
      process.stdout.write(`${stack}\n`);
      for (const each of await examineStack(stack, mirror, scratch)) examined.push(each);
    }
    return status(examined);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function status(examined: readonly Examined[]): number {
  const findings = examined.flatMap((each) => each.findings).length;
  const unreached = examined.filter((each) => each.unreached.length > 0).length;
  process.stdout.write(`releases: ${examined.length}, findings: ${findings}, not looked at whole: ${unreached}\n`);
  if (findings > 0) return 1;
  return unreached > 0 ? 3 : 0;
}

async function examineStack(stack: string, mirror: string | undefined, scratch: string): Promise<readonly Examined[]> {
  const directory = mirror !== undefined && isDirectory(mirror) ? resolve(mirror) : undefined;
  const { plan, kubernetes, given } = load(stack, directory === undefined ? mirror : undefined);
  const releases = plan.steps.filter((step) => step.kind === "release");
  const apiVersions = [
    ...new Set(
      releases
        .flatMap(({ chart }) => chartFacts(chart.chart)?.kinds ?? [])
        .flatMap(({ group, kind, versions }) =>
          versions.flatMap((each) => [`${group}/${each}`, `${group}/${each}/${kind}`]),
        ),
    ),
  ];
  const helm = findOnPath("helm");
  const done: Examined[] = [];
  for (const step of releases) {
    const brought = new Set([...given, ...waitedFor(plan, step.id).flatMap(kindsOf)]);
    const examined = await examine({ step, directory, helm, scratch, kubernetes, apiVersions, brought });
    print(examined);
    done.push(examined);
  }
  return done;
}

function print({ release, chart, findings, unreached }: Examined): void {
  const mark = findings.length > 0 ? "✗" : unreached.length > 0 ? "?" : "✓";
  const lines = [...findings, ...unreached].map((line) => `      ${line.replaceAll("\n", "\n      ")}\n`);
  process.stdout.write(`  ${mark} ${release}  ${chart}\n${lines.join("")}`);
}

/** Kinds are told in the plan as capabilities: `crd:group/Kind`. */
const named = (capabilities: Iterable<Capability>): readonly string[] =>
  [...capabilities].flatMap((each) => (each.startsWith("crd:") ? [each.slice("crd:".length)] : []));

const kindsOf = (step: PlatformStep): readonly string[] =>
  step.kind === "release" ? named(chartKinds(step.chart.chart)) : [];

/** All steps that one comes after. */
function waitedFor({ steps }: PlatformPlan, id: string): readonly PlatformStep[] {
  const before = new Set([id]);
  // Each stands after all that it depends on.
  for (const step of steps.toReversed()) if (before.has(step.id)) for (const each of step.dependsOn) before.add(each);
  return steps.filter((step) => step.id !== id && before.has(step.id));
}

interface Loaded {
  readonly plan: PlatformPlan;
  readonly kubernetes: string;
  /** Kinds that the cluster brings. */
  readonly given: readonly string[];
}

function load(stack: string, mirror: string | undefined): Loaded {
  const { stage, nodes } = readStage(process.cwd(), stack);
  const charts = mirror === undefined ? stage.charts : { mirror };
  // k3s names its releases after Kubernetes's; Talos has numbers of its own.
  const version = stage.cluster.distribution === "talos" ? stage.cluster.kubernetes : stage.cluster.version;
  const kubernetes = /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;
  const given = named(builtin(platformContext(stage, nodes).cluster));
  return { plan: planStagePlatform({ ...stage, charts, nodes }), kubernetes, given };
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

process.exitCode = await runCommand({ name: "charts", usage, readOptions, perform, misuse: [UsageError] });
