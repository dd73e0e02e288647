import { dirname, relative, resolve } from "node:path";
import { stackFiles } from "../rehearsal/engine/stack-file.ts";

/** What the engine names a stack's file by: the last part of `organization/project/stack`, which it takes, too. */
export const stackName = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

/**
 * For `--config-file`, relative to the project: a stack's file where it is under `examples/`. The engine looks for it
 * beside Pulumi.yaml alone, and without one takes the stack for one that has no configuration.
 */
export function fileElsewhere(project: string, stack: string): string | undefined {
  const file = stackFiles(project).get(stackName(stack));
  return file === undefined || dirname(file) === resolve(project) ? undefined : relative(project, file);
}
