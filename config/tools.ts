import { type Tool, toolsOf } from "../lib/tools.ts";
import type { Stage } from "./stage.ts";

/** Programs that a stage's steps call on the machine that runs the program. A Docker host has its own. */
export function stageTools({ cluster, pools }: Pick<Stage, "cluster" | "pools">): readonly Tool[] {
  return Object.values(pools).some(({ role }) => role === "docker-host") ? [] : toolsOf(cluster.distribution);
}
