import type { Finding } from "../model.ts";
import type { Run, Step } from "./events.ts";
import { eachTypeFailsOnce, type Injected } from "./faults.ts";
import { importCommand, importResource } from "./import.ts";
import { type RunArgs, type RunResult, runProgram } from "./run.ts";
import type { State, StateResource } from "./state.ts";

/** What became of one injected fault. */
export interface FaultReport extends Injected {
  /** The run, counted from 1, in which it struck. */
  readonly run: number;
  /** The run in which the resource came through; absent when it never did. */
  readonly recovered?: number;
  /** The command that took over what a lost reply had left behind, where a repeated run alone does not. */
  readonly command?: string;
}

export interface FaultRehearsal extends RunResult {
  readonly faults: readonly FaultReport[];
  /** How many times the program was run, the closing run included. */
  readonly runs: number;
  /** The program came through, and one more run found nothing left to do. */
  readonly converged: boolean;
  /** One for each resource that did not recover, and one for a stack that never comes to rest. */
  readonly findings: readonly Finding[];
}

export interface FaultRehearsalArgs extends Omit<RunArgs, "faults"> {
  readonly seed?: number;
  /** After so many runs, give up. */
  readonly maxRuns?: number;
}

/**
 * Runs a program with one fault for each resource type, again and again, as somebody would who repeats `pulumi up`.
 *
 * A service that keeps names unique refuses to make again what it has made without the engine's knowledge. Then the
 * object is imported, which is what its error asks a person to do; what cannot be imported has to cope by itself.
 */
export async function rehearseWithFaults({
  seed = 0,
  maxRuns = 40,
  ...args
}: FaultRehearsalArgs): Promise<FaultRehearsal> {
  const injected: (Injected & { readonly run: number })[] = [];
  const plan = eachTypeFailsOnce(seed);
  const recovered = new Map<string, number>();
  const lost = new Map<string, StateResource>();
  const commands = new Map<string, string>();
  let state = args.state;
  let errors = "";
  for (let run = 1; ; run += 1) {
    const struck = injected.length;
    const result = await runProgram({
      ...args,
      state,
      faults: (attempt) => {
        const fault = plan(attempt);
        if (fault !== undefined) injected.push({ ...attempt, fault, run });
        return fault;
      },
    });
    const { steps, succeeded, failure } = result.recording;
    for (const { urn, error } of steps) if (error === undefined && !recovered.has(urn)) recovered.set(urn, run);
    state = await takeOver({ ...args, state: result.state, steps, lost, commands });
    for (const resource of result.lost) lost.set(resource.urn, resource);
    const before = errors;
    errors = JSON.stringify(steps.flatMap(({ urn, error }) => (error === undefined ? [] : [urn, error])));
    // The program itself fails, or nothing has changed since the last failure: repeating it leads nowhere.
    const isStuck =
      failure !== undefined || (state === result.state && injected.length === struck && errors === before);
    const converged = succeeded && steps.every(isRest);
    if (!converged && !(isStuck && !succeeded) && run < maxRuns) continue;
    const faults = injected.map((fault) => reportOf(fault, recovered, commands));
    const findings = findingsOf({ last: result.recording, faults, converged, runs: run });
    return { ...result, state, faults, runs: run, converged, findings };
  }
}

interface TakeOverArgs extends Pick<RunArgs, "project" | "stack" | "models"> {
  readonly state: State;
  readonly steps: readonly Step[];
  readonly lost: Map<string, StateResource>;
  readonly commands: Map<string, string>;
}

/** Imports what a run stumbled over. Returns the same state when that was nothing. */
async function takeOver({ steps, lost, commands, state, ...args }: TakeOverArgs): Promise<State> {
  let next = state;
  for (const { urn, error } of steps) {
    const resource = lost.get(urn);
    if (resource === undefined) continue;
    lost.delete(urn);
    if (error === undefined) continue;
    const imported = await importResource({ ...args, state: next, resource });
    if (imported === undefined) continue;
    commands.set(urn, importCommand(resource));
    next = imported;
  }
  return next;
}

function reportOf(
  fault: Injected & { readonly run: number },
  recovered: ReadonlyMap<string, number>,
  commands: ReadonlyMap<string, string>,
): FaultReport {
  const run = recovered.get(fault.urn);
  const command = commands.get(fault.urn);
  return { ...fault, ...(run === undefined ? {} : { recovered: run }), ...(command === undefined ? {} : { command }) };
}

/** A step after which nothing is different. */
function isRest({ operation }: Step): boolean {
  return operation === "same" || operation === "read";
}

interface FindingArgs {
  readonly last: Run;
  readonly faults: readonly FaultReport[];
  readonly converged: boolean;
  readonly runs: number;
}

function findingsOf({ last, faults, converged, runs }: FindingArgs): Finding[] {
  if (converged) return [];
  const struck = new Map(faults.map((fault) => [fault.urn, fault]));
  const stuck = last.steps.filter(({ error }) => error !== undefined);
  if (stuck.length > 0) {
    return stuck.map(({ urn, error = "" }): Finding => {
      const fault = struck.get(urn);
      const origin =
        fault === undefined ? "" : `. It began with the injected fault "${fault.fault}" in run ${fault.run}`;
      return {
        rule: "no-recovery",
        urn,
        message: `still fails after ${runs} runs: ${error}${origin}`,
        remedy:
          "make it idempotent: a repeated run has to find what a broken one left behind, and take it over or clear it away",
      };
    });
  }
  const restless = last.steps.find((step) => !isRest(step));
  return [
    {
      rule: "no-recovery",
      urn: restless?.urn ?? "",
      message: `after ${runs} runs there is still something to do: ${restless?.operation ?? last.failure ?? ""}`,
      remedy: "find what changes from run to run: an input that is not the same twice is written again each time",
    },
  ];
}
