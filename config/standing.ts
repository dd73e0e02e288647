import { planNodes } from "../lib/nodes.ts";
import { listed } from "../lib/words.ts";
import type { Fault } from "./faults.ts";
import { formatPath } from "./issues.ts";
import type { Stage } from "./stage.ts";

/**
 * What a stage asks of a cluster that stands, and that cannot be done to it.
 * @param established Names of the nodes that stand.
 */
export function standingFaults(stage: Stage, established: ReadonlySet<string>): readonly Fault[] {
  if (stage.cluster.distribution !== "k3d") return [];
  const servers = planNodes(stage.cluster, stage.pools).filter(({ role }) => role === "control-plane");
  const [first] = servers;
  if (first === undefined) return [];
  const standing = [...established].filter((name) => name.replace(/-\d+$/, "") === first.poolName);
  return standing.length === 0 || standing.length === servers.length
    ? []
    : [
        {
          path: formatPath(["pools", first.poolName, "count"]),
          message: `k3d cannot change the servers of a cluster that stands: ${stage.cluster.name} has ${listed(standing, "and")}, and ${servers.length} are asked for`,
          remedy: `write ${standing.length}; workers come and go. To begin anew, destroy the stack and make it again`,
        },
      ];
}
