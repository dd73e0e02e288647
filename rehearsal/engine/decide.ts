import type { ResourceModel } from "../model.ts";
import type { Recorded, RecordedOptions } from "../recording.ts";
import { changedPaths, type PropertyPath, parsePath, resetAt, touches } from "./property-path.ts";
import type { StateResource } from "./state.ts";
import { plain, plainValue } from "./values.ts";

/** What to do about one registration. */
export type Decision =
  | { readonly kind: "create" }
  | { readonly kind: "same"; readonly inputs: Recorded }
  | { readonly kind: "update"; readonly inputs: Recorded }
  /** `reasons`: the properties or options that ask for it. `recreate`: its old one is gone already. */
  | { readonly kind: "replace"; readonly reasons: readonly string[]; readonly deleteFirst: boolean }
  | { readonly kind: "recreate" };

export interface Registration {
  readonly custom: boolean;
  readonly inputs: Recorded;
  readonly options: RecordedOptions;
  readonly replaceWith: readonly string[];
}

export interface DecideArgs {
  readonly wanted: Registration;
  readonly old: StateResource | undefined;
  readonly model: Pick<ResourceModel, "replaceOn" | "deleteBeforeReplace"> | undefined;
  /** Whether this run has replaced that resource. */
  isReplaced(urn: string): boolean;
  /** Whether moving from one explicit provider to another means another place: the resource has to be made again there. */
  isElsewhere(oldProvider: string, provider: string): boolean;
}

/**
 * The engine's choice between creating, leaving, updating and replacing (pulumi/pulumi
 * pkg/resource/deploy/step_generator.go).
 *
 * `ignoreChanges` counts only while the resource stays: a replacement takes every input as the program has it now.
 */
export function decide({ old, ...args }: DecideArgs): Decision {
  const { wanted, model } = args;
  if (old === undefined || old.external) return { kind: "create" };
  if (old.pendingReplacement) return { kind: "recreate" };
  const inputs = ignoreChanges(wanted.inputs, old.inputs, wanted.options.ignoreChanges ?? []);
  const changes = changedPaths(plain(old.inputs), plain(inputs));
  if (!wanted.custom) return { kind: changes.length === 0 ? "same" : "update", inputs };
  const reasons = replaceReasons({ ...args, old, changes });
  if (reasons.length > 0) {
    const deleteFirst =
      wanted.options.deleteBeforeReplace ?? model?.deleteBeforeReplace?.(plain(wanted.inputs)) ?? false;
    return { kind: "replace", reasons, deleteFirst };
  }
  return { kind: changes.length === 0 ? "same" : "update", inputs };
}

interface ReasonArgs extends Omit<DecideArgs, "old"> {
  readonly old: StateResource;
  readonly changes: readonly PropertyPath[];
}

function replaceReasons({ wanted, old, changes, model, isReplaced, isElsewhere }: ReasonArgs): string[] {
  const { replacementTrigger, deletedWith, provider } = wanted.options;
  if (triggered(replacementTrigger, old.options.replacementTrigger)) return ["replacementTrigger"];
  if (wanted.replaceWith.some(isReplaced)) return ["replaceWith"];
  if (deletedWith !== undefined && isReplaced(deletedWith)) return ["deletedWith"];
  if (provider !== undefined) {
    const before = old.options.provider;
    if (isReplaced(provider)) return ["provider"];
    if (before !== undefined && before !== provider && isElsewhere(before, provider)) return ["provider"];
  }
  return replacingProperties(changes, [...(model?.replaceOn ?? []), ...(wanted.options.replaceOnChanges ?? [])]);
}

/** The top-level properties among the changes that `replaceOn` names. */
export function replacingProperties(changes: readonly PropertyPath[], replaceOn: readonly string[]): string[] {
  const patterns = replaceOn.map(parsePath);
  const replacing = changes.filter((path) => patterns.some((pattern) => touches(pattern, path)));
  return [...new Set(replacing.map(([property]) => property ?? ""))];
}

/** A trigger that appears or disappears asks for nothing: null means that there is none (`shouldTriggerReplace`). */
function triggered(now: unknown, before: unknown): boolean {
  if (now === undefined || now === null || before === undefined || before === null) return false;
  return changedPaths(plainValue(before), plainValue(now)).length > 0;
}

function ignoreChanges(inputs: Recorded, old: Recorded, paths: readonly string[]): Recorded {
  return paths.reduce<Recorded>((reset, path) => resetAt(reset, old, parsePath(path)) as Recorded, inputs);
}
