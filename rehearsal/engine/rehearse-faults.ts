import type { Finding, ProviderModel } from "../model.ts";
import type { Run, Step } from "./events.ts";
import { eachTypeFailsOnce, type Injected } from "./faults.ts";
import { importCommand, importResource, isLeftBehind } from "./import.ts";
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
  /** The id of what a lost reply left in the service for somebody to delete: a later run made another one. */
  readonly leftBehind?: string;
}

export interface FaultRehearsal extends RunResult {
  readonly faults: readonly FaultReport[];
  /** How many times the program was run, the closing run included. */
  readonly runs: number;
  /** The program came through, and one more run found nothing left to do. */
  readonly converged: boolean;
  /**
   * One for each resource that did not recover, and one for a stack that never comes to rest; with what the models found
   * while the earlier runs made things, which the closing run, that makes nothing, no longer tells.
   */
  readonly findings: readonly Finding[];
}

export interface FaultRehearsalArgs extends Omit<RunArgs, "faults"> {
  readonly seed?: number;
  /** After so many runs, give up. */
  readonly maxRuns?: number;
}

/**
 * Runs a program with one fault for each kind of resource, again and again, as somebody would who repeats `pulumi up`.
 *
 * A service that keeps names unique refuses to make again what it has made without the engine's knowledge. Then the
 * object is imported, which is what its error asks a person to do; what cannot be imported has to cope by itself. A
 * service that makes another one is left with the first, which the report names.
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
  const everLost: StateResource[] = [];
  const found: Finding[] = [];
  const { models, isOfTheEnd } = distinguishing(args.models);
  let state = args.state;
  let errors = "";
  for (let run = 1; ; run += 1) {
    const struck = injected.length;
    const result = await runProgram({
      ...args,
      models,
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
    everLost.push(...result.lost);
    const before = errors;
    errors = JSON.stringify(steps.flatMap(({ urn, error }) => (error === undefined ? [] : [urn, error])));
    // The program itself fails, or nothing has changed since the last failure: repeating it leads nowhere.
    const isStuck =
      failure !== undefined || (state === result.state && injected.length === struck && errors === before);
    const converged = succeeded && steps.every(isRest);
    if (!converged && !(isStuck && !succeeded) && run < maxRuns) {
      // What a whole stack shows, half a one cannot.
      found.push(...result.recording.findings.filter((finding) => !isOfTheEnd(finding)));
      continue;
    }
    const leftBehind = new Map<string, string>();
    for (const resource of everLost) {
      if (await isLeftBehind({ ...args, state, resource })) leftBehind.set(resource.urn, resource.id ?? "");
    }
    const faults = injected.map((fault) => reportOf(fault, { recovered, commands, leftBehind }));
    const findings = [
      ...without(found, result.recording.findings),
      ...findingsOf({ last: result.recording, faults, converged, runs: run }),
    ];
    return { ...result, state, faults, runs: run, converged, findings };
  }
}

/** The models, and whether a finding is one that they made at a run's end. */
function distinguishing(models: readonly ProviderModel[]) {
  const closing = new Set<Finding>();
  const finishing = models.map(
    (model): ProviderModel => ({
      ...model,
      finish(context) {
        const findings = model.finish?.(context) ?? [];
        for (const finding of findings) closing.add(finding);
        return findings;
      },
    }),
  );
  return { models: finishing, isOfTheEnd: (finding: Finding) => closing.has(finding) };
}

/** Each of `findings` once, and none that is among `others`. */
function without(findings: readonly Finding[], others: readonly Finding[]): Finding[] {
  const keyOf = (finding: Finding) => JSON.stringify([finding.rule, finding.urn, finding.message]);
  const known = new Set(others.map(keyOf));
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).entries()]
    .filter(([key]) => !known.has(key))
    .map(([, finding]) => finding);
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
    commands.set(urn, importCommand(args.models, resource));
    next = imported;
  }
  return next;
}

interface Outcomes {
  readonly recovered: ReadonlyMap<string, number>;
  readonly commands: ReadonlyMap<string, string>;
  readonly leftBehind: ReadonlyMap<string, string>;
}

function reportOf(fault: Injected & { readonly run: number }, outcomes: Outcomes): FaultReport {
  const recovered = outcomes.recovered.get(fault.urn);
  const command = outcomes.commands.get(fault.urn);
  const leftBehind = outcomes.leftBehind.get(fault.urn);
  return {
    ...fault,
    ...(recovered === undefined ? {} : { recovered }),
    ...(command === undefined ? {} : { command }),
    ...(leftBehind === undefined || recovered === undefined ? {} : { leftBehind }),
  };
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
