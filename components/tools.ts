import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedStage } from "../config/load.ts";
import { missingTools, toolsOf, toolsStep } from "../lib/tools.ts";

/**
 * Looks for the programs that the stage's steps call on this machine, before anything is made: halfway through, machines
 * would stand that nobody can set up. @throws RunError that names what is missing
 */
export async function checkTools({ cluster }: Pick<LoadedStage, "cluster">): Promise<void> {
  const tools = toolsOf(cluster.distribution);
  if (tools.length === 0) return;
  const { stdout } = await command.local.run({ command: toolsStep(tools), addPreviousOutputInEnv: false });
  const missing = missingTools(stdout, tools);
  if (missing !== undefined) throw new pulumi.RunError(missing);
}
