import type { Moment, Span } from "./clock.ts";
import type { Step, StepOperation } from "./events.ts";
import type { Ledger } from "./ledger.ts";
import { existing, performDelete } from "./perform.ts";
import { requirements, type StateResource } from "./state.ts";

/** Deletes one resource, or says why nothing has to be asked of its service. Recorded as a step. */
export async function deleteOne(
  ledger: Ledger,
  resource: StateResource,
  operation: StepOperation,
  start: Moment,
): Promise<{ readonly span: Span; readonly error?: string }> {
  const { urn, options, custom, type } = resource;
  const at = (seconds: number): Span => ledger.clock.record(urn, start, seconds);
  if (operation === "delete" && options.protect) {
    const error = `"${urn}" is protected: unset its option "protect", run, and only then take it out of the program`;
    const span = at(0);
    ledger.step(resource, operation, span, { error });
    return { span, error };
  }
  const skipped = skipReason(ledger, resource);
  if (!custom || skipped !== undefined) {
    const span = at(0);
    ledger.step(resource, operation, span, skipped === undefined ? {} : { skipped });
    return { span };
  }
  const { model } = ledger.world.resource(type);
  const context = ledger.context(resource, start.at);
  const performed = await performDelete({ model, context, faults: ledger.faults }, existing(resource));
  const span = at(performed.seconds);
  ledger.step(resource, operation, span, performed.ok ? {} : { error: performed.error });
  return performed.ok ? { span } : { span, error: performed.error };
}

function skipReason(ledger: Ledger, { options }: StateResource): Step["skipped"] {
  if (options.retainOnDelete) return "retainOnDelete";
  return options.deletedWith !== undefined && ledger.deleted.has(options.deletedWith) ? "deletedWith" : undefined;
}

/**
 * Deletes everything in `doomed`, dependents first, in rounds: each round begins when the one before it has ended, as
 * the engine does it. Stops after a round in which something failed. Returns what is left.
 */
export async function deleteAll(ledger: Ledger, doomed: readonly StateResource[]): Promise<StateResource[]> {
  const left = new Set(doomed);
  for (const { urn } of doomed) ledger.deleted.add(urn);
  for (const round of deletionRounds(doomed)) {
    const start = ledger.clock.latest;
    for (const resource of round) {
      const operation = resource.condemned ? "delete-replaced" : "delete";
      const { span, error } = await deleteOne(ledger, resource, operation, start);
      // A replaced resource has its record: the one that took its place.
      if (!resource.condemned) ledger.record(resource, "delete", span, error);
      if (error === undefined) left.delete(resource);
    }
    if (ledger.failed) break;
  }
  return [...left];
}

/** Each round holds what nothing later needs; a resource needs its requirements and its parent. */
export function deletionRounds(doomed: readonly StateResource[]): StateResource[][] {
  const depths = new Map<string, number>();
  const rounds: StateResource[][] = [];
  for (const resource of doomed) {
    const needs = resource.parent === undefined ? requirements(resource) : [...requirements(resource), resource.parent];
    const depth = needs.reduce((deepest, urn) => Math.max(deepest, (depths.get(urn) ?? -1) + 1), 0);
    depths.set(resource.urn, Math.max(depth, depths.get(resource.urn) ?? 0));
    const round = rounds[depth];
    if (round === undefined) rounds[depth] = [resource];
    else round.push(resource);
  }
  return rounds.map((round) => round.toReversed()).toReversed();
}
