import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { nameOf, stackType } from "../engine/urn.ts";

/** One thing that the engine does, or would do, to one resource. */
export interface Operation {
  /** The engine's own word: `create`, `update`, `delete`, `create-replacement`, `delete-replaced`, `refresh`, ... */
  readonly operation: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN. */
  readonly parent?: string;
  /** `<urn>::<id>`. */
  readonly provider?: string;
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
  readonly #onEnd: (operation: Operation) => void;
  #succeeded = true;

  /** @param onEnd is told of each operation that has ended, well or not. */
  constructor(onEnd: (operation: Operation) => void = () => undefined) {
    this.#onEnd = onEnd;
  }

  take(event: EngineEvent): void {
    const now = Math.round(performance.now() - this.#begun);
    if (event.resourcePreEvent !== undefined) this.#begin(event.resourcePreEvent.metadata, now);
    if (event.resOutputsEvent !== undefined) this.#end(event.resOutputsEvent.metadata, now);
    if (event.resOpFailedEvent !== undefined) {
      this.#succeeded = false;
      this.#tell(event.resOpFailedEvent.metadata);
    }
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
      ...(wanted?.parent ? { parent: wanted.parent } : {}),
      ...(wanted?.provider ? { provider: wanted.provider } : {}),
    });
  }

  #tell(metadata: StepEventMetadata): void {
    const operation = this.#operations.get(key(metadata));
    if (operation !== undefined) this.#onEnd(operation);
  }

  /** What a refresh will find is known at its end. */
  #end(metadata: StepEventMetadata, end: number): void {
    const begun = this.#operations.get(key(metadata));
    const outputs = metadata.new?.outputs;
    if (begun !== undefined) {
      this.#operations.set(key(metadata), { ...begun, end, outputs, diffs: metadata.diffs ?? begun.diffs });
      this.#tell(metadata);
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

/**
 * Left out: what stays or was only read, components and the stack, which only follow, and `replace`, said beside a
 * replacement's halves.
 */
export const isChange = ({ operation, type }: Operation): boolean =>
  !["same", "read", "replace", "refresh", "read-replacement", "discard"].includes(operation) &&
  !type.startsWith("groundwork:") &&
  type !== stackType;

/** What changes, in the order in which it begins: `create worker-4`. */
export function changes(operations: readonly Operation[]): readonly string[] {
  return operations.filter(isChange).map(({ operation, name }) => `${operation} ${name}`);
}
