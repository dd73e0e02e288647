import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";

/** One thing that the engine does, or would do, to one resource. */
export interface Operation {
  /** The engine's own word: `create`, `update`, `delete`, `create-replacement`, `delete-replaced`, `refresh`, ... */
  readonly operation: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Properties that differ. */
  readonly diffs: readonly string[];
  /** Milliseconds since the run began. */
  readonly start: number;
  /** Absent: it did not end well. */
  readonly end?: number;
  /** What goes in, after the provider's check; secrets as `[secret]`. */
  readonly inputs?: unknown;
  readonly outputs?: unknown;
}

/** Puts the engine's events together to operations, in the order in which they began. */
export class OperationLog {
  readonly #begun = performance.now();
  readonly #operations = new Map<string, Operation>();
  readonly #diagnostics: string[] = [];
  #succeeded = true;

  take(event: EngineEvent): void {
    const now = Math.round(performance.now() - this.#begun);
    if (event.resourcePreEvent !== undefined) this.#begin(event.resourcePreEvent.metadata, now);
    if (event.resOutputsEvent !== undefined) this.#end(event.resOutputsEvent.metadata, now);
    if (event.resOpFailedEvent !== undefined) this.#succeeded = false;
    const { diagnosticEvent: said } = event;
    if (said !== undefined && said.ephemeral !== true && isShown(said.severity))
      this.#diagnostics.push(`${said.severity} ${said.urn === undefined ? "" : nameOf(said.urn)}: ${said.message}`);
  }

  get operations(): readonly Operation[] {
    return [...this.#operations.values()];
  }

  /** What the engine, its providers and the program said: `<severity> <resource>: <message>`. */
  get diagnostics(): readonly string[] {
    return this.#diagnostics;
  }

  get succeeded(): boolean {
    return this.#succeeded;
  }

  #begin(metadata: StepEventMetadata, start: number): void {
    const { op, type, urn, diffs, new: wanted } = metadata;
    this.#operations.set(key(metadata), {
      operation: op,
      type,
      urn,
      name: nameOf(urn),
      diffs: diffs ?? [],
      start,
      inputs: wanted?.inputs,
    });
  }

  /** What a refresh will find is known at its end. */
  #end(metadata: StepEventMetadata, end: number): void {
    const begun = this.#operations.get(key(metadata));
    const outputs = metadata.new?.outputs;
    if (begun !== undefined) {
      this.#operations.set(key(metadata), { ...begun, end, outputs, diffs: metadata.diffs ?? begun.diffs });
    } else if (metadata.op !== "same") {
      this.#begin(metadata, end);
      this.#end(metadata, end);
    }
  }
}

/**
 * Debug lines reach listeners although nobody is shown them without --debug: the SDK's hold what resources answered, with
 * Kubernetes' Secrets in base64. The type leaves that severity out.
 */
const isShown = (severity: string): boolean => severity !== "debug";

const key = ({ op, urn }: StepEventMetadata): string => `${op} ${urn}`;

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

/**
 * What changes, in the order in which it begins: `create worker-4`. Left out: what stays, components and the stack, which
 * only follow, and `replace`, which the engine says beside a replacement's two halves.
 */
export function changes(operations: readonly Operation[]): readonly string[] {
  return operations
    .filter(({ operation }) => !["same", "read", "replace", "refresh", "read-replacement"].includes(operation))
    .filter(({ type }) => !type.startsWith("groundwork:") && type !== "pulumi:pulumi:Stack")
    .map(({ operation, name }) => `${operation} ${name}`);
}
