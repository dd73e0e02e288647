import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedStage } from "../config/load.ts";
import { stageTools } from "../config/tools.ts";
import { missingTools, toolsStep, unfitTools } from "../lib/tools.ts";

/**
 * Looks for the programs that the stage's steps call on this machine, before anything is made: halfway through, machines
 * would stand that nobody can set up. @throws RunError that names what is missing, too old or does not answer
 */
export async function checkTools(stage: Pick<LoadedStage, "cluster" | "pools">): Promise<void> {
  const tools = stageTools(stage);
  if (tools.length === 0) return;
  const { stdout } = await command.local.run({ command: toolsStep(tools), addPreviousOutputInEnv: false });
  const missing = missingTools(stdout, tools);
  const faults = [...(missing === undefined ? [] : [missing]), ...unfitTools(stdout, tools)];
  if (faults.length > 0) throw new pulumi.RunError(faults.join("\n"));
}
