import type { Finding } from "../model.ts";
import type { Run, Step } from "./events.ts";
import { eachTypeFailsOnce, type Injected } from "./faults.ts";
import { type RunArgs, type RunResult, runProgram } from "./run.ts";

/** What became of one injected fault. */
export interface FaultReport extends Injected {
  /** The run, counted from 1, in which it struck. */
  readonly run: number;
  /** The run in which the resource came through; absent when it never did. */
  readonly recovered?: number;
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

/** Runs a program with one fault for each resource type, again and again, as somebody would who repeats `pulumi up`. */
export async function rehearseWithFaults({
  seed = 0,
  maxRuns = 40,
  ...args
}: FaultRehearsalArgs): Promise<FaultRehearsal> {
  const injected: (Injected & { readonly run: number })[] = [];
  const plan = eachTypeFailsOnce(seed);
  const recovered = new Map<string, number>();
  let result: RunResult = { recording: nothing(args), state: args.state };
  let converged = false;
  let runs = 0;
  while (runs < maxRuns && !converged) {
    runs += 1;
    const run = runs;
    result = await runProgram({
      ...args,
      state: result.state,
      faults: (attempt) => {
        const fault = plan(attempt);
        if (fault !== undefined) injected.push({ ...attempt, fault, run });
        return fault;
      },
    });
    for (const { urn, error } of result.recording.steps) {
      if (error === undefined && !recovered.has(urn)) recovered.set(urn, run);
    }
    converged = result.recording.succeeded && result.recording.steps.every(isRest);
    // The program itself fails: nothing that is repeated changes that.
    if (result.recording.failure !== undefined) break;
  }
  const faults = injected.map((fault) => ({
    ...fault,
    ...(recovered.has(fault.urn) ? { recovered: recovered.get(fault.urn) ?? 0 } : {}),
  }));
  return { ...result, faults, runs, converged, findings: findingsOf(result.recording, faults, converged, runs) };
}

/** A step after which nothing is different. */
function isRest({ operation }: Step): boolean {
  return operation === "same" || operation === "read";
}

function findingsOf(last: Run, faults: readonly FaultReport[], converged: boolean, runs: number): Finding[] {
  if (converged) return [];
  const stuck = last.steps.filter(({ error }) => error !== undefined);
  const struck = new Map(faults.map((fault) => [fault.urn, fault]));
  const findings = stuck.map(({ urn, error }): Finding => {
    const fault = struck.get(urn);
    const origin = fault === undefined ? "" : ` It began with the injected fault "${fault.fault}" in run ${fault.run}.`;
    return {
      rule: "no-recovery",
      urn,
      message: `still fails after ${runs} runs: ${error ?? ""}.${origin}`,
      remedy:
        "make it idempotent: a repeated run has to find what a broken one left behind, and take it over or clear it away",
    };
  });
  if (findings.length > 0) return findings;
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

function nothing({ project, stack }: Pick<RunArgs, "project" | "stack">): Run {
  return { project, stack, resources: [], outputs: {}, findings: [], log: [], steps: [], succeeded: false };
}
