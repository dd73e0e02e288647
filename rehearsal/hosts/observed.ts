const reads = ["list", "get", "machine", "machines", "config", "status", "all"];

/**
 * The same operations of a model, with something done after each that may have changed something; where the work is put
 * off, as an action that is returned to be run, after that.
 */
export function observed<Operations extends object>(operations: Operations, after: () => void): Operations {
  const entries = Object.entries(operations).map(([name, operation]: [string, unknown]) => [
    name,
    typeof operation !== "function" || reads.includes(name)
      ? operation
      : (...args: readonly unknown[]): unknown => {
          const result: unknown = Reflect.apply(operation, operations, args);
          if (isWork(result)) return { ...result, run: () => then(result.run(), after) };
          return then(result, after);
        },
  ]);
  return Object.fromEntries(entries) as Operations;
}

const isWork = (result: unknown): result is { run(): unknown } =>
  typeof result === "object" && result !== null && "run" in result && typeof result.run === "function";

function then<Result>(result: Result, after: () => void): Result {
  after();
  return result;
}
