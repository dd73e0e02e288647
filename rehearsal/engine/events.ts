import type { Operation, Recording } from "../recording.ts";

/** One operation of a run. A replacement is two: which comes first is `deleteBeforeReplace`'s to say. */
export type StepOperation = Exclude<Operation, "replace"> | "create-replacement" | "delete-replaced";

export interface Step {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly operation: StepOperation;
  /** Virtual seconds since the run began. */
  readonly start: number;
  readonly end: number;
  /** URN of what it waited for last: the way back along the critical path. */
  readonly after?: string;
  /** Why it is replaced: properties or options. */
  readonly reasons?: readonly string[];
  /** Nothing was asked of the provider: it goes with something else, or is kept on purpose. */
  readonly skipped?: "deletedWith" | "retainOnDelete";
  readonly error?: string;
}

/** What an observer is told while a program runs. */
export type RunEvent =
  | { readonly kind: "registered"; readonly urn: string; readonly parent?: string; readonly custom: boolean }
  | { readonly kind: "step"; readonly step: Step }
  | {
      readonly kind: "log";
      readonly severity: "debug" | "info" | "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    };

export type Observer = (event: RunEvent) => void;

/** A recording with the order in which things happened. */
export interface Run extends Recording {
  /** In the order in which they were decided. */
  readonly steps: readonly Step[];
  /** True when neither the program nor any operation failed. */
  readonly succeeded: boolean;
}
