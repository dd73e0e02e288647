import type { MonthlyCost } from "../clouds/hetzner/cost.ts";
import type { Observer, Run } from "../engine/events.ts";
import { type FaultReport, rehearseWithFaults } from "../engine/rehearse-faults.ts";
import { runProgram } from "../engine/run.ts";
import { loadStackConfig, type StackConfig, UsageError } from "../engine/stack-file.ts";
import { emptyState } from "../engine/state.ts";
import { timelineOf } from "../engine/timeline.ts";
import { createModels } from "../engine/world.ts";
import { allFindings } from "../findings/all.ts";
import type { Finding, ProviderModel } from "../model.ts";
import { type Artifact, type ArtifactSource, createShow, json, occupied, writeArtifacts } from "./artifacts.ts";
import { configurationFault } from "./configuration-fault.ts";
import { createShowDocument } from "./documents.ts";
import { showLive } from "./live.ts";
import type { OfflineOptions } from "./options.ts";
import { createStyle, type Style } from "./style.ts";
import * as text from "./text.ts";

export interface RehearseArgs {
  readonly projectDir: string;
  readonly options: OfflineOptions;
  /** The world that the program runs in; made once the stack's configuration, with its stand-ins, is known. */
  createWorld(config: StackConfig): RehearsedWorld;
  readonly sources: readonly ArtifactSource[];
  /** The kinds that a chart brings, as `<group>/<Kind>`. */
  kindsOf(chart: string): readonly string[];
  /** `CI`: no drawing in place. `NO_COLOR`: no colours (no-color.org). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Standard output and standard error. */
  readonly out: Output;
  readonly err: Output;
}

/** What a rehearsal is held in. */
export interface RehearsedWorld {
  readonly models: readonly ProviderModel[];
  /** What stands in it once a run has ended costs so much a month. Absent: nothing of it is paid for by the month. */
  monthlyCost?(): MonthlyCost;
}

/** A stream to print on, and what it is. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
}

/** Rehearses one stack and reports. Returns the exit status: see `usage`. */
export async function rehearse(args: RehearseArgs): Promise<number> {
  const { options, projectDir, err, out } = args;
  const blocked = occupied(options.out);
  if (blocked !== undefined) throw new UsageError(blocked);
  const stackConfig = loadStackConfig(projectDir, options.stack);
  const began = Date.now();
  const stream = options.json ? err : out;
  const isTerminal = stream.isTTY === true && !args.environment.CI;
  const style = createStyle(isTerminal && options.colours && !args.environment.NO_COLOR);
  const live = options.quiet
    ? undefined
    : showLive({ write: (piece) => stream.write(piece), isTerminal, rows: stream.rows ?? 24, style });
  const world = args.createWorld(stackConfig);
  const { models } = world;
  const { run, faults, runs, faultFindings } = await perform({ ...args, models, stackConfig, observer: live?.observe });
  const fault = configurationFault(run.failure);
  if (fault !== undefined) throw new UsageError(fault);
  live?.end();
  const known = createModels(models);
  const findings = [
    ...allFindings(run, {
      kindsOf: args.kindsOf,
      isKnown: (type) => known.resource(type).known,
      canaries: stackConfig.canaries,
    }),
    ...faultFindings,
  ];
  const cost = world.monthlyCost?.();
  const outcome = { run, findings, faults, runs, cost, wallSeconds: (Date.now() - began) / 1000 };
  const artifacts = collectArtifacts(args, outcome, stackConfig.canaries);
  writeArtifacts(options.out, artifacts);
  if (options.json) out.write(json(documentOf(args, outcome)));
  stream.write(`${reportText(args, outcome, style)}\nResults: ${options.out}\n`);
  return run.succeeded && findings.length === 0 ? 0 : 1;
}

interface Outcome {
  readonly run: Run;
  readonly findings: readonly Finding[];
  readonly faults: readonly FaultReport[] | undefined;
  readonly runs: number;
  readonly cost: MonthlyCost | undefined;
  readonly wallSeconds: number;
}

interface PerformArgs extends Pick<RehearseArgs, "projectDir" | "options"> {
  readonly models: readonly ProviderModel[];
  readonly stackConfig: StackConfig;
  readonly observer: Observer | undefined;
}

async function perform({ projectDir, options, models, stackConfig, observer }: PerformArgs) {
  const { project, entry, config, secretKeys } = stackConfig;
  const args = {
    projectDir,
    project,
    stack: options.stack,
    config,
    secretKeys,
    models,
    state: emptyState,
    entry,
    ...(observer === undefined ? {} : { observer }),
  };
  if (!options.faults) {
    const { recording } = await runProgram(args);
    return { run: recording, faults: undefined, runs: 1, faultFindings: [] };
  }
  const { recording, faults, runs, findings } = await rehearseWithFaults({ ...args, seed: options.seed });
  return { run: recording, faults, runs, faultFindings: findings };
}

function collectArtifacts(
  { sources, options }: RehearseArgs,
  { run, findings }: Outcome,
  canaries: ReadonlyMap<string, string>,
): Artifact[] {
  const show = createShow(options.showSecrets);
  const document = createShowDocument(run, canaries, options.showSecrets);
  return [
    { path: "resources.json", content: json(show(run.resources)) },
    { path: "findings.json", content: json(findings) },
    { path: "timeline.json", content: json(timelineOf(run)) },
    ...sources.flatMap((source) => source(run, show, document)),
  ];
}

function documentOf({ options }: RehearseArgs, { run, findings, faults, runs, cost, wallSeconds }: Outcome) {
  const show = createShow(options.showSecrets);
  const { makespan, criticalPath, lowerBound } = timelineOf(run);
  return {
    project: run.project,
    stack: run.stack,
    succeeded: run.succeeded,
    ...(run.failure === undefined ? {} : { failure: run.failure }),
    outputs: show(run.outputs),
    findings,
    ...(faults === undefined ? {} : { faults, runs }),
    timeline: { makespan, criticalPath, lowerBound },
    ...(cost === undefined ? {} : { cost }),
    totals: text.totalsOf(run),
    log: run.log,
    resources: show(run.resources),
    results: options.out,
    wallSeconds,
  };
}

function reportText(
  { options }: RehearseArgs,
  { run, findings, faults, runs, cost, wallSeconds }: Outcome,
  style: Style,
): string {
  const show = createShow(options.showSecrets);
  const parts = [
    ...(options.quiet ? [] : [text.logText(run, style), text.outputsText(run.outputs, style, show)]),
    text.failuresText(run, style),
    text.findingsText(findings, style),
    run.succeeded && findings.length === 0 ? style.green("No findings: nothing here would have gone wrong.\n") : "",
    faults === undefined ? "" : text.faultsText(faults, runs, style),
    options.quiet ? "" : text.timelineText(timelineOf(run), style),
    cost === undefined || options.quiet ? "" : text.costText(cost),
    text.totalsText(text.totalsOf(run), wallSeconds, style),
  ];
  return `\n${parts.filter((part) => part !== "").join("\n")}`;
}
