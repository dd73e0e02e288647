import { join } from "node:path";
import { type RunArgs, type RunResult, runProgram } from "../../../rehearsal/engine/run.ts";
import { emptyState } from "../../../rehearsal/engine/state.ts";

export const programs = join(import.meta.dirname, "..", "programs");

/** Runs one of the test programs; configuration without a namespace. */
export function runToy(
  entry: string,
  config: Readonly<Record<string, string>>,
  args: Partial<RunArgs> & Pick<RunArgs, "models">,
): Promise<RunResult> {
  return runProgram({
    projectDir: programs,
    project: "toys",
    stack: "test",
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`toys:${key}`, value])),
    secretKeys: ["toys:password"],
    state: emptyState,
    entry,
    ...args,
  });
}
