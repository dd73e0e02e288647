import type { Finding } from "./model.ts";

/** A secret value inside recorded inputs or outputs. It prints as `[secret]` unless asked otherwise. */
export class Secret {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  toJSON(): string {
    return "[secret]";
  }
}

/** Values as recorded: JSON with `Secret` around what is marked so. */
export type Recorded = Readonly<Record<string, unknown>>;

export type Operation = "same" | "create" | "update" | "replace" | "delete" | "read";

/** Resource options as the program gave them, absent when it did not. */
export interface RecordedOptions {
  readonly protect?: boolean;
  readonly provider?: string;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  readonly deletedWith?: string;
  readonly retainOnDelete?: boolean;
  readonly additionalSecretOutputs?: readonly string[];
  readonly customTimeouts?: { readonly create?: string; readonly update?: string; readonly delete?: string };
  readonly replacementTrigger?: unknown;
  readonly aliases?: readonly string[];
}

export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** False for components. */
  readonly custom: boolean;
  readonly id?: string;
  /** URNs, direct: from `dependsOn` and from inputs. */
  readonly dependencies: readonly string[];
  /** Input property -> URNs that its value came from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: RecordedOptions;
  readonly inputs: Recorded;
  readonly outputs: Recorded;
  readonly operation: Operation;
  /** Virtual seconds since the run began. */
  readonly start: number;
  readonly end: number;
  /** The service's refusal, when the operation failed. */
  readonly error?: string;
}

/** All that one run of the program showed. */
export interface Recording {
  readonly project: string;
  readonly stack: string;
  /** In order of registration; deletions last. */
  readonly resources: readonly RecordedResource[];
  readonly outputs: Recorded;
  readonly findings: readonly Finding[];
  /** The program's own failure (an exception, an invalid configuration), as it printed it. */
  readonly failure?: string;
  /** Lines that the program logged, by severity. */
  readonly log: readonly {
    readonly severity: "debug" | "info" | "warning" | "error";
    readonly message: string;
    readonly urn?: string;
  }[];
}
