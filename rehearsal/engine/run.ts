import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { setFlagsFromString } from "node:v8";
import type { ProviderModel } from "../model.ts";
import { Deployment } from "./deployment.ts";
import type { Observer, Run } from "./events.ts";
import type { FaultPlan } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { organization } from "./lookups.ts";
import { programRunner } from "./program-runner.ts";
import { serve } from "./server.ts";
import { emptyState, type State, type StateResource } from "./state.ts";
import { createModels } from "./world.ts";

export interface RunArgs {
  /** Where the program is: the directory of Pulumi.yaml. */
  readonly projectDir: string;
  readonly project: string;
  readonly stack: string;
  /** Configuration by full key, `<namespace>:<name>`; values that are not text as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** The keys of `config` that hold secrets. */
  readonly secretKeys: readonly string[];
  /** They keep what they were told: the same models go into a stack's next run. */
  readonly models: readonly ProviderModel[];
  readonly state: State;
  readonly observer?: Observer;
  readonly faults?: FaultPlan;
  /** The program's main file, relative to `projectDir`. Default: `index.ts`. */
  readonly entry?: string;
  /** What Node is started with. Default: what makes a rehearsal quick; none of it changes what a program does. */
  readonly nodeArguments?: readonly string[];
}

export interface RunResult {
  readonly recording: Run;
  readonly state: State;
  /** What services made without their answers arriving: there, but not in the state. */
  readonly lost: readonly StateResource[];
}

/** Runs a program, unmodified, against models of the world instead of the world: one `pulumi up`. */
export async function runProgram(args: RunArgs): Promise<RunResult> {
  const { project, stack, state, models } = args;
  const ledger = new Ledger({
    project,
    stack,
    world: createModels(models),
    state,
    faults: args.faults,
    observer: savingMemory(args.observer),
  });
  const deployment = new Deployment(ledger, state);
  const served = await serve({ ledger, deployment, previous: state });
  let ended: Ended;
  try {
    ended = await spawnProgram(args, served.address, (line) => ledger.write("info", line));
  } finally {
    served.close();
  }
  // Once a resource has failed, what the SDK says there is how it came apart.
  if (!ledger.failed) for (const line of ended.stderr) ledger.write("info", line);
  const failure = programFailure(ledger, ended);
  return finish(ledger, deployment, failure);
}

export type DestroyArgs = Pick<RunArgs, "project" | "stack" | "models" | "state" | "observer" | "faults">;

/** Deletes everything that a stack holds: one `pulumi destroy`. The program does not run. */
export async function destroy({ project, stack, models, state, observer, faults }: DestroyArgs): Promise<RunResult> {
  const ledger = new Ledger({ project, stack, world: createModels(models), state, faults, observer });
  const result = await finish(ledger, new Deployment(ledger, state), undefined);
  return result.recording.succeeded ? { ...result, state: emptyState } : result;
}

async function finish(ledger: Ledger, deployment: Deployment, failure: string | undefined): Promise<RunResult> {
  const state = await deployment.finish(failure === undefined);
  const { project, stack, world, steps, findings, log } = ledger;
  const succeeded = failure === undefined && !ledger.failed;
  const closing = world.models.flatMap((model) => model.finish?.({ project, stack }) ?? []);
  const recording: Run = {
    project,
    stack,
    resources: ledger.resources(),
    outputs: state.stackOutputs,
    findings: [...findings, ...closing],
    ...(failure === undefined ? {} : { failure }),
    log,
    steps,
    succeeded,
  };
  return { recording, state, lost: ledger.lost };
}

interface Ended {
  readonly code: number;
  /** Lines. */
  readonly stderr: readonly string[];
}

/** Steps: a stack of fewer is done before the collector could give anything back. */
const manySteps = 500;

function savingMemory(observer: Observer | undefined): Observer {
  let steps = 0;
  return (event) => {
    if (event.kind === "step" && ++steps === manySteps) setFlagsFromString(thrift.join(" "));
    observer?.(event);
  };
}

/**
 * Both processes collect what they no longer need when they have grown by half, and give the room back. Left to itself
 * the collector waits until they have grown threefold: with a thousand servers two thirds of the memory were garbage.
 */
const thrift = ["--memory-saver-mode", "--heap-growing-percent=50"];

const quick = [
  ...thrift,
  // Megabytes. Up to here a program grows without being searched for garbage: a stack of a hundred is no slower for it.
  "--initial-old-space-size=200",
  // Megabytes: what is young at a time.
  "--min-semi-space-size=4",
  "--max-semi-space-size=16",
  `--import=${new URL("./late-modules.ts", import.meta.url).href}`,
  `--import=${new URL("./quiet-sdk.ts", import.meta.url).href}`,
  `--import=${new URL("./lazy-outputs.ts", import.meta.url).href}`,
  `--import=${new URL("./late-outputs.ts", import.meta.url).href}`,
  `--import=${new URL("./wire-text.ts", import.meta.url).href}`,
];

/** Where Node keeps what it has compiled: half of a program's start is compiling the providers' SDKs. */
const compileCache = join(dirname(programRunner), "..", "..", "..", "..", ".cache", "rehearsal");

/** Starts the SDK's runner with what the engine's Node language host gives it (pulumi-language-nodejs/main.go). */
function spawnProgram(args: RunArgs, address: string, onLine: (line: string) => void): Promise<Ended> {
  const { projectDir, project, stack, config, secretKeys, entry = "index.ts", nodeArguments = quick } = args;
  const flags = {
    monitor: address,
    engine: address,
    organization,
    project,
    "root-directory": projectDir,
    stack,
    pwd: projectDir,
    parallel: "16",
  };
  const argv = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    PULUMI_NODEJS_TYPESCRIPT: "false",
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache,
    // A proxy in the environment is for the world outside, which is not asked.
    no_grpc_proxy: "127.0.0.1",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArguments, programRunner, ...argv, entry], {
      cwd: projectDir,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stderr: string[] = [];
    const flushOut = byLine(child.stdout, onLine);
    const flushError = byLine(child.stderr, (line) => stderr.push(line));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      flushOut();
      flushError();
      resolve({
        code: code ?? 1,
        stderr: signal === null ? stderr : [...stderr, `the program was ended by ${signal}`],
      });
    });
  });
}

function byLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  return () => {
    if (rest !== "") onLine(rest);
  };
}

/** The program's own failure, as it printed it. What failed resources made it print is not its own. */
function programFailure(ledger: Ledger, { code, stderr }: Ended): string | undefined {
  if (code === 0) return undefined;
  const printed = ledger.log.filter(({ severity, urn }) => severity === "error" && urn === undefined);
  if (printed.length > 0) return stripVTControlCharacters(printed.map(({ message }) => message).join("\n"));
  if (ledger.failed) return undefined;
  const text = stripVTControlCharacters(stderr.join("\n")).trim();
  return text === "" ? `the program ended with exit code ${code}` : text;
}
