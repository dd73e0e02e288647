import { formatFaults } from "../config/faults.ts";
import { type Parsed, parseStage } from "../config/parse.ts";
import { readConfig } from "../config/read.ts";
import { loadStackConfig, UsageError } from "../rehearsal/engine/stack-file.ts";
import { stackName } from "./stack.ts";

/**
 * A stack as its file describes it, secrets taken as set: for commands that look at the configuration alone.
 * @throws UsageError when there is no such stack, and with every fault of one that is wrong.
 */
export function readStage(project: string, stack: string): Extract<Parsed, { readonly ok: true }> {
  const name = stackName(stack);
  const { config, secretKeys } = loadStackConfig(project, name);
  const parsed = parseStage(readConfig(config, (key) => secretKeys.includes(key)));
  if (!parsed.ok) throw new UsageError(formatFaults(name, parsed.faults));
  return parsed;
}
