import type { RecordedResource } from "../recording.ts";
import type { Run, Step, StepOperation } from "./events.ts";

/** One operation on the critical path. Virtual seconds since the run began. */
export interface Leg {
  readonly urn: string;
  readonly operation: StepOperation;
  readonly start: number;
  readonly end: number;
}

/** When a run's operations would happen on the real thing, were there a worker free for each as soon as it can start. */
export interface Timeline {
  /** Virtual seconds from the first operation to the end of the last. */
  readonly makespan: number;
  /** The operations that the makespan consists of, each waiting for the one before it. */
  readonly criticalPath: readonly Leg[];
  /**
   * The longest chain of values, in seconds: resources of which each takes something from the one before it, or is
   * reached through it as its provider or parent. Without `dependsOn`, so no order whatever could be faster.
   */
  readonly lowerBound: number;
  readonly operations: readonly (Leg & { readonly after?: string; readonly error?: string })[];
}

export function timelineOf(run: Run): Timeline {
  const last = run.steps.reduce<Step | undefined>(
    (latest, step) => (step.end > (latest?.end ?? 0) ? step : latest),
    undefined,
  );
  return {
    makespan: last?.end ?? 0,
    criticalPath: last === undefined ? [] : pathTo(last, run.steps),
    lowerBound: longestValueChain(run.resources),
    operations: run.steps.map(({ urn, operation, start, end, after, error }) => ({
      urn,
      operation,
      start,
      end,
      ...(after === undefined ? {} : { after }),
      ...(error === undefined ? {} : { error }),
    })),
  };
}

function pathTo(last: Step, steps: readonly Step[]): Leg[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  const path: Leg[] = [];
  for (let step: Step | undefined = last; step !== undefined; ) {
    const { urn, operation, start, end, after }: Step = step;
    if (end > start) path.push({ urn, operation, start, end });
    const before: Step[] = after === undefined ? [] : (byUrn.get(after) ?? []);
    step = before.findLast((candidate) => candidate.end === start && candidate !== step && candidate.start <= start);
  }
  return path.toReversed();
}

function longestValueChain(resources: readonly RecordedResource[]): number {
  const ends = new Map<string, number>();
  const components = new Set(resources.filter(({ custom }) => !custom).map(({ urn }) => urn));
  let longest = 0;
  for (const { urn, custom, operation, start, end, parent, options, propertyDependencies } of resources) {
    if (!custom || operation === "delete") continue;
    const sources = Object.values(propertyDependencies).flat();
    if (options.provider !== undefined) sources.push(options.provider);
    if (parent !== undefined && !components.has(parent)) sources.push(parent);
    const begin = sources.reduce((latest, source) => Math.max(latest, ends.get(source) ?? 0), 0);
    ends.set(urn, begin + end - start);
    longest = Math.max(longest, begin + end - start);
  }
  return longest;
}
