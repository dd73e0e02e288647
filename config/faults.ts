/** Something wrong in a stack's configuration. */
export interface Fault {
  /** Where, as in the stack file: `groundwork:pools.cp.count`. */
  readonly path: string;
  readonly message: string;
  /** What to do, in the imperative. */
  readonly remedy: string;
}

const indent = (text: string, by: string): string => text.replaceAll("\n", `\n${by}`);

export function formatFaults(stack: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const list = faults.map(
    ({ path, message, remedy }) => `  ${path}\n    ${indent(message, "    ")}\n    → ${indent(remedy, "      ")}`,
  );
  return [`Pulumi.${stack}.yaml has ${count}; nothing was made.`, ...list].join("\n\n");
}

/** A configuration that no program can be run with: every fault at once. */
export class ConfigurationError extends Error {
  /** The SDK's mark of a RunError: the engine then prints the message alone, without a stack trace. */
  readonly __pulumiRunError = true;
  readonly faults: readonly Fault[];
  constructor(stack: string, faults: readonly Fault[]) {
    super(formatFaults(stack, faults));
    this.name = "ConfigurationError";
    this.faults = faults;
  }
}
