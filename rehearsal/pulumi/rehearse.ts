import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "../engine/events.ts";
import { loadStackConfig, type StackConfig, UsageError } from "../engine/stack-file.ts";
import { createUrn, stackType } from "../engine/urn.ts";
import type { Finding } from "../model.ts";
import { json } from "../report/artifacts.ts";
import { configurationFault } from "../report/configuration-fault.ts";
import type { EngineOptions } from "../report/options.ts";
import type { Output } from "../report/rehearse.ts";
import { createStyle } from "../report/style.ts";
import { differences, resourcesOf } from "./differences.ts";
import { fieldFindings } from "./fields/findings.ts";
import { findInstallation } from "./installation.ts";
import { leftBehind } from "./left-behind.ts";
import { missingForStacks } from "./missing.ts";
import { changes, isChange, type Operation } from "./operations.ts";
import { pluginsOf } from "./plugins.ts";
import { type Command, createReport, type Report } from "./progress.ts";
import { Rehearsed } from "./rehearsed.ts";
import { sectionsOf } from "./sections.ts";
import { EngineStack, type Ran } from "./stack.ts";
import { createWorld, type World } from "./world.ts";

export interface EngineRehearsalArgs {
  readonly projectDir: string;
  readonly options: EngineOptions;
  /** `NO_COLOR`: no colours (no-color.org). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  readonly err: Output;
  /** Aborts: stop, and leave nothing behind. */
  readonly signal: AbortSignal;
}

/** What a rehearsal on the real engine has shown so far. */
interface Outcome {
  readonly commands: { readonly command: Command; readonly seconds: number; readonly changes: readonly string[] }[];
  readonly operations: readonly Operation[];
  readonly findings: Finding[];
  /** Why it ended early. */
  readonly failure?: string;
}

/**
 * Rehearses one stack on the real engine, inside a network of its own, and reports. Returns the exit status: see `usage`
 * of the options; 130 when it was stopped.
 * @throws UsageError
 */
export async function rehearseOnEngine(args: EngineRehearsalArgs): Promise<number> {
  const { options, projectDir, err, out, signal, environment } = args;
  const config = { ...loadStackConfig(projectDir, options.stack), stack: options.stack };
  const missing = missingForStacks(pluginsOf(projectDir).map(({ name }) => name));
  if (missing.length > 0) throw new UsageError(missing.join("\n"));
  const offline = await new Rehearsed(config, projectDir).run(sectionsOf(config));
  const fault = configurationFault(offline.failure);
  if (fault !== undefined) throw new UsageError(fault);
  const stream = options.json ? err : out;
  const colours = stream.isTTY === true && options.colours && !environment.NO_COLOR;
  const report = createReport({ stream, style: createStyle(colours), quiet: options.quiet });
  if (!offline.succeeded) {
    const why = offline.failure ?? "an operation failed";
    report.failure(`${why.trim()}\nSo it is offline already → npm run rehearse -- ${options.stack}`);
    return 1;
  }

  const dir = mkdtempSync(join(tmpdir(), "groundwork-rehearsal-"));
  const began = performance.now();
  let world: World | undefined;
  try {
    report.line("The real engine and the real plugins, against simulated clouds: nothing leaves this machine.");
    world = await createWorld({ dir: join(dir, "world"), stack: config, say: (line) => report.line(line) });
    const outcome = await perform({ ...args, config, dir, world, report });
    if (signal.aborted) return stopped;
    const succeeded = outcome.failure === undefined;
    if (options.json) out.write(json(documentOf(args, config, outcome)));
    report.verdict({ ...outcome, seconds: (performance.now() - began) / 1000 });
    if (options.keep && succeeded) await keep(world, report, signal);
    return succeeded && outcome.findings.length === 0 ? 0 : 1;
  } finally {
    await world?.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** As a shell has it for a program that SIGINT has ended. */
const stopped = 130;

interface PerformArgs extends EngineRehearsalArgs {
  readonly config: StackConfig & { readonly stack: string };
  readonly dir: string;
  readonly world: World;
  readonly report: Report;
}

async function perform(args: PerformArgs): Promise<Outcome> {
  const { projectDir, options, config, dir, world, report, signal } = args;
  const installation = findInstallation();
  if (installation === undefined) throw new UsageError("the Pulumi engine has gone meanwhile");
  const { sections } = world;
  const stack = await EngineStack.create({
    ...{ installation: { ...installation, path: world.path(installation.path) }, sections, signal },
    dir: join(dir, "engine"),
    project: projectDir,
    name: options.stack,
    secrets: Object.fromEntries(config.canaries),
    onOperation: report.operation,
  });
  const commands: Outcome["commands"] = [];
  const findings: Finding[] = [];
  /** Why the rest makes no sense any more; undefined when all went well. */
  const run = async (command: Command, running: () => Promise<Ran>): Promise<{ ran: Ran; failure?: string }> => {
    if (signal.aborted) return { ran: { operations: [], said: [] }, failure: "stopped" };
    report.begin(command);
    const from = performance.now();
    const ran = await running();
    const row = { command, seconds: (performance.now() - from) / 1000, changes: changes(ran.operations) };
    commands.push(row);
    report.end(row);
    const failures = [...(ran.failure === undefined ? [] : [ran.failure]), ...world.failures()];
    return failures.length === 0 ? { ran } : { ran, failure: failures.join("\n") };
  };

  const up = await run("up", () => stack.up());
  const { operations } = up.ran;
  if (up.failure !== undefined) return { commands, findings, operations, failure: up.failure };
  const offline: Run = await new Rehearsed(world.stack, projectDir).run(sections);
  const exported = await stack.exportOpen();
  findings.push(...differences(offline, resourcesOf(exported)), ...fieldFindings(offline, exported));
  const again = await run("second up", () => stack.up());
  findings.push(...again.ran.operations.filter(isChange).map(notSettled));
  if (again.failure !== undefined || options.keep) return { commands, findings, operations, ...failed(again) };
  const destroy = await run("destroy", () => stack.destroy());
  if (destroy.failure !== undefined) return { commands, findings, operations, failure: destroy.failure };
  const urn = createUrn({ ...config, type: stackType, name: `${config.project}-${config.stack}` });
  findings.push(...leftBehind(world).map((what) => left(urn, what)));
  return { commands, findings, operations };
}

const failed = ({ failure }: { readonly failure?: string }) => (failure === undefined ? {} : { failure });

const notSettled = ({ urn, operation, diffs }: Operation): Finding => ({
  rule: "not-settled",
  urn,
  message: `a second up, with nothing changed, would ${operation} it${diffs.length === 0 ? "" : `: ${diffs.join(", ")}`}`,
  remedy: "give the provider the very value that it stores, or ignoreChanges for what it fills in by itself",
});

const left = (urn: string, what: string): Finding => ({
  rule: "left-behind",
  urn,
  message: `destroy leaves ${what}`,
  remedy: "let a resource of the program own it, or say in the docs who takes it away",
});

/** Everything stands until somebody has seen enough. */
async function keep(world: World, report: Report, signal: AbortSignal): Promise<void> {
  const user = process.getuid?.() === 0 ? "" : "--user --preserve-credentials ";
  report.line(
    `It all stands until Ctrl-C. To look at it:\n  nsenter --target ${process.pid} ${user}--net kubectl --kubeconfig ${world.kube.kubeconfig} get pods -A`,
  );
  // A listener alone keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  clearInterval(alive);
}

function documentOf({ options }: EngineRehearsalArgs, { project }: StackConfig, outcome: Outcome) {
  const { commands, operations, findings, failure } = outcome;
  return {
    project,
    stack: options.stack,
    engine: options.engine,
    succeeded: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
    findings,
    commands,
    operations: operations.map(({ operation, type, name, urn, start, end }) => ({
      operation,
      type,
      name,
      urn,
      start,
      end,
    })),
  };
}
